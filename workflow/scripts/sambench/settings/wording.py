"""The words for a value that breaks a schema: what, where, and what to do."""

import re
from typing import Any

from jsonschema import ValidationError

from sambench.errors import InputError, did_you_mean, unknown_name

TYPES = {
    "array": "a list",
    "object": "a mapping",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_NAMES = "^[a-z][a-z0-9_]*$"
_NAME = "a name of the letters a to z, digits and _, such as optic_disc"
_QUOTES = 'write it in quotes: "{}"'
_NESTED = (
    "Snakemake turns nested values of --config into text: put them into a file and "
    "pass it with --configfile"
)


def explain(error: ValidationError, where: object, key: str = "") -> InputError:
    """Describe a fault that a schema found in the part of a file at a dotted key."""
    found = [*([key] if key else []), *map(str, error.absolute_path)]
    place = place_of(where, ".".join(found))
    if error.validator == "additionalProperties":
        valid = error.schema.get("properties", {})
        unknown = min(set(error.instance) - set(valid))
        new = error.schema.get("renamed", {}).get(unknown)
        if new:
            return InputError(
                where=place,
                found=f"key '{unknown}'",
                expected=f"'{new}', as it is called now",
                remedy="Rename the key",
            )
        return unknown_name(place, "key", unknown, valid)
    if error.validator == "required":
        missing = [k for k in error.validator_value if k not in error.instance]
        return InputError(
            where=place,
            found=f"no key '{missing[0]}'",
            expected=f"the keys {', '.join(error.validator_value)}",
            remedy="Add the key",
        )
    if error.validator == "uniqueItems":
        twice = next(v for v in error.instance if error.instance.count(v) > 1)
        return InputError(
            where=place,
            found=f"{twice!r} twice",
            expected="every entry once",
            remedy="Remove one of them",
        )
    blank = isinstance(error.instance, str) and not error.instance.strip()
    return InputError(
        where=place,
        found="an empty text" if blank else repr(error.instance),
        expected=_expectation(error),
        remedy=_remedy(error),
    )


def place_of(where: object, key: str) -> str:
    """Return a place for messages: the file, and the key in it."""
    return f"{where}, key '{key}'" if key else str(where)


def not_text(name: Any, where: object, key: str) -> InputError:
    """Describe a key that YAML does not read as text."""
    return InputError(
        where=place_of(where, key),
        found=f"the key {name!r} ({_as_yaml_reads(name)})",
        expected="a name as text",
        remedy=f"If it is meant, {_QUOTES.format(_written(name))}",
    )


def not_finite(number: float, where: object, key: str) -> InputError:
    """Describe a number that is infinite or not a number."""
    return InputError(
        where=place_of(where, key),
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
    rule = error.validator_value
    if "expected" in error.schema:
        return error.schema["expected"]
    if error.validator == "type":
        return " or ".join(
            TYPES[name] for name in ([rule] if isinstance(rule, str) else rule)
        )
    if error.validator == "enum":
        return f"one of {', '.join('null' if v is None else str(v) for v in rule)}"
    wording = {
        "minimum": f"at least {rule}",
        "maximum": f"at most {rule}",
        "exclusiveMinimum": f"more than {rule}",
        "exclusiveMaximum": f"less than {rule}",
        "minItems": f"at least {rule} entries",
        "maxItems": f"at most {rule} entries",
        "minLength": "a text that is not empty",
        "pattern": _NAME if rule == _NAMES else f"text that matches {rule}",
    }
    return wording.get(error.validator, error.message)


def _remedy(error: ValidationError) -> str:
    if error.validator == "enum":
        valid = [name for name in error.validator_value if isinstance(name, str)]
        return f"{did_you_mean(error.instance, valid)}Correct the value"
    if error.validator != "type":
        return _correct(error)
    rule, value = error.validator_value, error.instance
    kinds = {rule} if isinstance(rule, str) else set(rule)
    if isinstance(value, str):
        if "array" in kinds and len(error.absolute_path) > 1:
            return f"Write a list: [{value}]"
        if "array" in kinds:
            return "Write a list; on the command line: --config 'methods=[erm,box]'"
        if kinds & {"number", "integer"} and re.fullmatch(r"\s*\d+,\d+\s*", value):
            return f"Write it with a point: {value.strip().replace(',', '.')}"
        if value.lstrip().startswith(("{", "[")):
            return f"Correct the value. {_NESTED}"
        if _plain(value):
            return f"Write it without quotes. {_NESTED}"
        if "object" in kinds and "name" in error.schema.get("properties", {}):
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


def _plain(text: str) -> bool:
    return (
        re.fullmatch(r"\s*([-+]?[\d._]+|true|false|yes|no|null)\s*", text) is not None
    )
