"""Validate a YAML document by its schema, fill in defaults, read numbers as meant."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from sambench.checkout import ROOT
from sambench.settings.wording import explain, not_finite, not_text, place_of
from sambench.settings.yaml_file import as_number, read_yaml
from sambench.signature import kinds_of

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
    for (*above, name), _ in _below(document):
        if not isinstance(name, str):
            raise not_text(name, place_of(where, key, *above))
    filled = _completed(document, rules, rules)
    for path, value in _below(filled):
        if isinstance(value, float) and not isfinite(value):
            raise not_finite(value, place_of(where, key, *path))
    errors = Draft202012Validator(rules).iter_errors(filled)
    first = min(errors, key=lambda error: len(error.absolute_path), default=None)
    if first is not None:
        raise explain(first, where, key)
    return filled


@cache
def load_schema(name: str) -> dict[str, Any]:
    """Read one schema of `workflow/schemas`."""
    return read_yaml(SCHEMAS / f"{name}.schema.yaml")


def _completed(value: Any, rules: dict[str, Any], root: dict[str, Any]) -> Any:
    """Read values as they are meant and add missing keys with defaults, in place.

    Whole floats are integers, scientific notation is a number, `~/` the home folder.
    """
    rules = _resolved(rules, root)
    kinds = kinds_of(rules)
    numeric = "integer" in kinds or "number" in kinds
    if isinstance(value, str) and numeric and "string" not in kinds:
        number = as_number(value)
        value = value if number is None else number
    if isinstance(value, str) and value.startswith("~/"):
        return str(Path(value).expanduser())  # shells do not in --config key=~/x
    if isinstance(value, float) and "integer" in kinds and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        for key, rule in rules.get("properties", {}).items():
            rule = _resolved(rule, root)
            if key not in value and "default" in rule:
                value[key] = deepcopy(rule["default"])
    for key, inner, rule in _inside(value, rules):
        value[key] = _completed(inner, rule, root)
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
    """Copy a document, with the key `on` of a part: Snakemake's YAML reads it as true.

    Mappings are plain ones then.
    """
    if isinstance(value, list):
        return [_with_on(item) for item in value]
    if not isinstance(value, Mapping):
        return deepcopy(value)
    part = "name" in value and "on" not in value
    return {
        "on" if part and key is True else key: _with_on(inner)
        for key, inner in value.items()
    }


def _below(value: Any, path: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    """List every value below a document with the keys that lead to it."""
    if isinstance(value, Mapping):
        pairs = list(value.items())
    else:
        many = value if isinstance(value, list) else ()
        pairs = [(str(number), inner) for number, inner in enumerate(many)]
    for key, inner in pairs:
        yield (*path, key), inner
        yield from _below(inner, (*path, key))
