"""Validate a YAML document by its schema, fill in defaults, explain faults."""

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError

from sambench.errors import InputError, unknown_name

TYPES = {
    "array": "a list",
    "object": "a mapping",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"


def validate(document: Mapping[str, Any], schema: str, where: object) -> dict[str, Any]:
    """Check a document and return a copy with the schema's defaults filled in.

    Parameters
    ----------
    document : mapping
        The parsed YAML document.
    schema : str
        Name of a file in `workflow/schemas`, without ``.schema.yaml``.
    where : object
        The file the document came from, for the message.

    Returns
    -------
    dict
        A deep copy with defaults.

    Raises
    ------
    InputError
        At the first fault, with the dotted key.
    """
    rules = load_schema(schema)
    filled = deepcopy(dict(document))
    fill_defaults(filled, rules, rules)
    errors = Draft202012Validator(rules).iter_errors(filled)
    first = min(errors, key=lambda error: len(error.absolute_path), default=None)
    if first is not None:
        raise _explain(first, where)
    return filled


@cache
def load_schema(name: str) -> dict[str, Any]:
    """Read one schema of `workflow/schemas`."""
    text = (SCHEMAS / f"{name}.schema.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def fill_defaults(value: Any, rules: dict[str, Any], root: dict[str, Any]) -> None:
    """Add missing keys that have a default, also inside nested objects and lists."""
    if "$ref" in rules:
        rules = root["$defs"][rules["$ref"].rsplit("/", 1)[-1]]
    if isinstance(value, dict):
        for key, rule in rules.get("properties", {}).items():
            if key not in value and "default" in rule:
                value[key] = deepcopy(rule["default"])
            if key in value:
                fill_defaults(value[key], rule, root)
        others = rules.get("additionalProperties")
        if isinstance(others, dict):
            for key in value.keys() - rules.get("properties", {}).keys():
                fill_defaults(value[key], others, root)
    elif isinstance(value, list) and isinstance(rules.get("items"), dict):
        for item in value:
            fill_defaults(item, rules["items"], root)


def _explain(error: ValidationError, where: object) -> InputError:
    key = ".".join(str(part) for part in error.absolute_path)
    place = f"{where}, key '{key}'" if key else str(where)
    if error.validator == "additionalProperties":
        valid = error.schema.get("properties", {})
        unknown = sorted(set(error.instance) - set(valid))
        return unknown_name(place, "key", unknown[0], valid)
    if error.validator == "required":
        missing = sorted(set(error.validator_value) - set(error.instance))
        return InputError(
            where=place,
            found=f"no key '{missing[0]}'",
            expected=f"the keys {', '.join(error.validator_value)}",
            remedy="Add the key",
        )
    return InputError(
        where=place,
        found=repr(error.instance),
        expected=_expectation(error),
        remedy=_remedy(error),
    )


def _expectation(error: ValidationError) -> str:
    rule = error.validator_value
    if error.validator == "type":
        return " or ".join(
            TYPES[name] for name in ([rule] if isinstance(rule, str) else rule)
        )
    wording = {
        "enum": f"one of {rule}",
        "minimum": f"at least {rule}",
        "maximum": f"at most {rule}",
        "exclusiveMinimum": f"more than {rule}",
        "minItems": f"at least {rule} entries",
        "pattern": f"text that matches {rule}",
    }
    return wording.get(error.validator, error.message)


def _remedy(error: ValidationError) -> str:
    nested = len(error.absolute_path) > 1
    if error.validator == "type" and isinstance(error.instance, str) and nested:
        return (
            "Correct the value. Snakemake turns nested values of --config into text: "
            "put them into a file and pass it with --configfile"
        )
    if error.validator == "type" and error.validator_value == "array":
        return "Write a list; on the command line: --config 'methods=[erm,box]'"
    return "Correct the value; config/README.md describes every key"
