"""The keys of a configuration file as a table, from its JSON schema."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from sambench.settings.schema import load_schema

HEAD = "| key | values | default | meaning |\n|---|---|---|---|\n"
KINDS = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "mapping",
    "array": "list",
    "null": "`null`",
}


def schema_table(name: str) -> str:
    """Return the Markdown table of every key of a schema, nested ones dotted.

    Parameters
    ----------
    name : str
        Name of a file in `workflow/schemas`, without ``.schema.yaml``.
    """
    return HEAD + "".join(
        f"| `{key}` | {values_in_words(rules)} | {_default(rules, required)} "
        f"| {_meaning(rules)} |\n"
        for key, rules, required in keys_of(load_schema(name))
    )


def keys_of(schema: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """List the keys of a schema, outer ones first: name, rules, whether required."""
    definitions = schema.get("$defs", {})

    def walk(rules: Any, above: str) -> Iterator[tuple[str, dict[str, Any], bool]]:
        required = [
            *rules.get("required", []),
            *rules.get("then", {}).get("required", []),
        ]
        for name, own in rules.get("properties", {}).items():
            own = _resolved(own, definitions)
            key = f"{above}.{name}" if above else name
            yield key, own, name in required
            yield from walk(own, key)
        for inside, mark in (("additionalProperties", ".<name>"), ("items", "[]")):
            inner = rules.get(inside)
            # A part may stand alone or in a list: its keys are listed once.
            if isinstance(inner, dict) and not (mark == "[]" and "properties" in rules):
                yield from walk(_resolved(inner, definitions), above + mark)

    yield from walk(schema, "")


def _resolved(rules: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition that rules refer to, if they do."""
    reference = rules.get("$ref")
    return definitions[reference.rsplit("/", 1)[-1]] if reference else rules


def values_in_words(rules: Mapping[str, Any]) -> str:
    """Describe in Markdown which values a key takes."""
    if "enum" in rules:
        return ", ".join(f"`{_written(value)}`" for value in rules["enum"])
    if "expected" in rules:
        return rules["expected"]
    if "oneOf" in rules:
        return " or ".join(map(values_in_words, rules["oneOf"]))
    if "const" in rules:
        return f"`{_written(rules['const'])}`"
    kinds = rules.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    words = " or ".join(KINDS[kind] for kind in kinds) or "any"
    items = rules.get("items", {}).get("enum")
    if items:
        words += " of " + ", ".join(f"`{_written(item)}`" for item in items)
    limits = (
        ("minimum", "at least"),
        ("exclusiveMinimum", "more than"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "less than"),
    )
    found = [f"{word} {rules[key]:g}" for key, word in limits if key in rules]
    return f"{words}, {' and '.join(found)}" if found else words


def _default(rules: Mapping[str, Any], required: bool) -> str:
    if "default" in rules:
        return f"`{_written(rules['default'])}`"
    return "required" if required else ""


def _meaning(rules: Mapping[str, Any]) -> str:
    return " ".join(rules.get("description", "").split()).replace("|", "\\|")


def _written(value: Any) -> str:
    """Write a value as YAML on one line."""
    if value == "":
        return '""'
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6)
    return text.removesuffix("...\n").strip()
