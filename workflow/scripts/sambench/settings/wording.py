"""The words for a value that breaks a schema: what, where, and what to do."""

import re
from typing import Any

from jsonschema import ValidationError

from sambench.errors import InputError, did_you_mean, first_few, unknown_name
from sambench.signature import kinds_of

TYPES = {
    "array": "a list",
    "object": "a mapping",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_EXPECTED = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "minLength": "a text that is not empty",
    "pattern": "text that matches {}",
}
_LONG = 80  # characters of a mapping
_PATTERNS = {
    "^[a-z][a-z0-9_]*$": "a name of letters a to z, digits and _, as optic_disc",
    "^[A-Za-z0-9][A-Za-z0-9_]*$": "a name of letters A to z, digits and _, as Site_1",
}
_QUOTES = 'write it in quotes: "{}"'
_NESTED = (
    "Snakemake turns nested values of --config into text: put them into a file and "
    "pass it with --configfile"
)


def explain(error: ValidationError, where: object, key: str = "") -> InputError:
    """Describe a fault that a schema found in the part of a file at a dotted key."""
    value, rule = error.instance, error.validator_value
    place = place_of(where, key, *error.absolute_path)
    found, expected, remedy = _shown(value), _expectation(error), _remedy(error)
    if error.validator == "additionalProperties":
        valid = error.schema.get("properties", {})
        unknown = min(set(value) - set(valid))
        new = error.schema.get("renamed", {}).get(unknown)
        if new is None:
            return unknown_name(place, "key", unknown, valid)
        found, remedy = f"key '{unknown}'", "Rename the key"
        expected = f"'{new}', as it is called now"
    elif error.validator == "required":
        missing = next(name for name in rule if name not in value)
        found, remedy = f"no key '{missing}'", "Add the key"
        expected = f"the keys {', '.join(rule)}"
    elif error.validator == "uniqueItems":
        twice = next(each for each in value if value.count(each) > 1)
        found, remedy = f"{twice!r} twice", "Remove one of them"
        expected = "every entry once"
    return InputError(where=place, found=found, expected=expected, remedy=remedy)


def _shown(value: Any) -> str:
    """Return a value as messages show it; of a large mapping its keys."""
    if isinstance(value, dict) and len(repr(value)) > _LONG:
        return f"a mapping with {first_few([str(key) for key in value])}"
    if isinstance(value, str) and not value.strip():
        return "an empty text"
    return "null" if value is None else repr(value)


def place_of(where: object, *keys: object) -> str:
    """Return a place for messages: the file, and the key in it, dotted."""
    key = ".".join(str(name) for name in keys if name != "")
    return f"{where}, key '{key}'" if key else str(where)


def not_text(name: Any, place: str) -> InputError:
    """Describe a key that YAML does not read as text."""
    return InputError(
        where=place,
        found=f"the key {name!r} ({_as_yaml_reads(name)})",
        expected="a name as text",
        remedy=f"If it is meant, {_QUOTES.format(_written(name))}",
    )


def not_finite(number: float, place: str) -> InputError:
    """Describe a number that is infinite or not a number."""
    return InputError(
        where=place,
        found=str(number),
        expected="a finite number",
        remedy="Correct the value",
    )


def _as_yaml_reads(value: Any) -> str:
    if isinstance(value, bool):
        words = "yes, on and true" if value else "no, off and false"
        return f"YAML reads {words} so without quotes"
    if value is None:
        return "YAML reads null, ~ and nothing so"
    return f"YAML reads it as {type(value).__name__}"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return 'yes" or "on' if value else 'no" or "off'
    return "null" if value is None else str(value)


def _expectation(error: ValidationError) -> str:
    if "expected" in error.schema:
        return error.schema["expected"]
    if error.validator == "type":
        return " or ".join(TYPES[name] for name in kinds_of(error.schema))
    if error.validator == "enum":
        names = ("null" if v is None else str(v) for v in error.validator_value)
        return f"one of {', '.join(names)}"
    if error.validator == "pattern" and error.validator_value in _PATTERNS:
        return _PATTERNS[error.validator_value]
    words = _EXPECTED.get(error.validator)
    return words.format(error.validator_value) if words else error.message


def _remedy(error: ValidationError) -> str:
    if error.validator == "enum":
        valid = [name for name in error.validator_value if isinstance(name, str)]
        return f"{did_you_mean(error.instance, valid)}Correct the value"
    if error.validator != "type":
        return _correct(error)
    value, kinds = error.instance, set(kinds_of(error.schema))
    if isinstance(value, str):
        if "array" in kinds and len(error.absolute_path) > 1:
            return f"Write a list: [{value}]"
        if "array" in kinds:
            return "Write a list; on the command line: --config 'methods=[erm,box]'"
        if kinds & {"number", "integer"} and re.fullmatch(r"\s*\d+,\d+\s*", value):
            return f"Write it with a point: {value.strip().replace(',', '.')}"
        if value.lstrip().startswith(("{", "[")):
            return f"Correct the value. {_NESTED}"
        if re.fullmatch(r"\s*([-+]?[\d._]+|true|false|yes|no|null)\s*", value):
            return f"Write it without quotes. {_NESTED}"
        if value and "object" in kinds and "name" in error.schema.get("properties", {}):
            return f"Write the part with its name: {{name: {value}}}"
    if "string" in kinds and not isinstance(value, dict | list):
        reads = _as_yaml_reads(value)
        return f"{reads}; if it is meant, {_QUOTES.format(_written(value))}"
    return _correct(error)


def _correct(error: ValidationError) -> str:
    """Return the remedy with what the schema says of the key, up to its first stop."""
    meaning = " ".join(error.schema.get("description", "").split()).split(". ")[0]
    if not meaning:
        return "Correct the value; config/README.md says where every key is described"
    return f"Correct the value. The key means: {meaning.rstrip('.')}"
