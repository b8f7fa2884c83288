"""Validate a YAML document by its schema, fill in defaults, read numbers as meant."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from sambench.checkout import ROOT
from sambench.settings.wording import explain, not_finite, not_text
from sambench.settings.yaml_file import as_number

SCHEMAS = ROOT / "workflow" / "schemas"


def validate(
    document: Mapping[str, Any], schema: str, where: object, key: str = ""
) -> dict[str, Any]:
    """Check a document and return a deep copy with the schema's defaults filled in.

    Parameters
    ----------
    document : mapping
        The parsed YAML document.
    schema : str
        Name of a file in `workflow/schemas`, without ``.schema.yaml``.
    where : object
        The file the document came from, for the message.
    key : str
        The dotted key that the document is the value of.

    Raises
    ------
    InputError
        At the first fault, with the dotted key.
    """
    return validate_by(document, load_schema(schema), where, key)


def validate_by(
    document: Mapping[str, Any],
    rules: dict[str, Any],
    where: object,
    key: str = "",
) -> dict[str, Any]:
    """Check a document, or a part of it, by a JSON schema; see `validate`."""
    document = _with_on(document)
    for path, name in _keys(document):
        if not isinstance(name, str):
            raise not_text(name, where, _join(key, path))
    filled = _as_meant(deepcopy(dict(document)), rules, rules)
    fill_defaults(filled, rules, rules)
    for path, number in _numbers(filled):
        if not isfinite(number):
            raise not_finite(number, where, _join(key, path))
    errors = Draft202012Validator(rules).iter_errors(filled)
    first = min(errors, key=lambda error: len(error.absolute_path), default=None)
    if first is not None:
        raise explain(first, where, key)
    return filled


@cache
def load_schema(name: str) -> dict[str, Any]:
    """Read one schema of `workflow/schemas`."""
    text = (SCHEMAS / f"{name}.schema.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def fill_defaults(value: Any, rules: dict[str, Any], root: dict[str, Any]) -> None:
    """Add missing keys that have a default, also inside nested objects and lists."""
    rules = _resolved(rules, root)
    if isinstance(value, dict):
        for key, rule in rules.get("properties", {}).items():
            rule = _resolved(rule, root)
            if key not in value and "default" in rule:
                value[key] = deepcopy(rule["default"])
    for _, inner, rule in _inside(value, rules):
        fill_defaults(inner, rule, root)


def _as_meant(value: Any, rules: dict[str, Any], root: dict[str, Any]) -> Any:
    """Read whole floats, scientific notation and `~/` as they are meant, in place."""
    rules = _resolved(rules, root)
    kinds = rules.get("type", ())
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if (
        isinstance(value, str)
        and kinds & {"number", "integer"}
        and "string" not in kinds
    ):
        number = as_number(value)
        value = value if number is None else number
    if isinstance(value, str) and value.startswith("~/"):
        return str(Path(value).expanduser())  # shells do not in --config key=~/x
    if isinstance(value, float) and "integer" in kinds and value.is_integer():
        return int(value)
    for key, inner, rule in _inside(value, rules):
        value[key] = _as_meant(inner, rule, root)
    return value


def _inside(
    value: Any, rules: dict[str, Any]
) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
    """List the key, value and rules of all that a mapping or list holds."""
    if isinstance(value, dict):
        named = rules.get("properties", {})
        for key, inner in list(value.items()):
            rule = named.get(key, rules.get("additionalProperties"))
            if isinstance(rule, dict):
                yield key, inner, rule
    elif isinstance(value, list) and isinstance(rules.get("items"), dict):
        for number, item in enumerate(value):
            yield number, item, rules["items"]


def _resolved(rules: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in rules:
        return root["$defs"][rules["$ref"].rsplit("/", 1)[-1]]
    return rules


def _with_on(value: Any) -> Any:
    """Read the key `on` of a part as text: Snakemake's YAML reads it as true."""
    if isinstance(value, list):
        return [_with_on(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    part = "name" in value and "on" not in value
    return {
        "on" if part and key is True else key: _with_on(inner)
        for key, inner in value.items()
    }


def _keys(value: Any, path: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield path, key
            yield from _keys(inner, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _keys(item, (*path, number))


def _numbers(value: Any, path: tuple = ()) -> Iterator[tuple[tuple, float]]:
    if isinstance(value, float):
        yield path, value
    elif isinstance(value, Mapping | list):
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, inner in pairs:
            yield from _numbers(inner, (*path, key))


def _join(key: str, path: tuple) -> str:
    return ".".join([*([key] if key else []), *map(str, path)])
