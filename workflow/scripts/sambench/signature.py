"""What a part takes, read from its signature without importing it.

A recipe's values are checked against the signature of the function or class that it
names. Notes in an annotation say more than a type does:

- ``points: Annotated[int, {"minimum": 1}]``: keywords of JSON schema, here or under a
  name of the module,
- ``preset: Annotated[str, "module:PRESETS"]``: one of the keys of that mapping,
- ``tuning: Annotated[Mapping[str, Any], "module:TUNINGS"]``: a part of that mapping or
  registry, its `name` and arguments,
- ``grid: Annotated[Mapping[str, Any], "module:GridFilter"]`` and
  ``**changes: Annotated[Any, "module:Encoder"]``: arguments of that class or function;
  what it takes before a `*` without a default is given by the code.
"""

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from sambench.source import Definition, Module, find_definition

_TYPES = {
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "str": "string",
    "dict": "object",
    "Mapping": "object",
    "list": "array",
    "tuple": "array",
    "Sequence": "array",
    "Iterable": "array",
    "Collection": "array",
}
_NO_MODULE = Module("", None, None)


class Argument(NamedTuple):
    """An argument of a part.

    Attributes
    ----------
    rules : dict
        A JSON schema of its values; empty if its annotation says nothing.
    required : bool
        Whether it has no default.
    named : bool
        Whether it is given by name only.
    default : str
        Its default as it is written; empty if it is required.
    """

    rules: dict[str, Any]
    required: bool
    named: bool
    default: str = ""


class Signature(NamedTuple):
    """The arguments of a part by name, and whether it takes any other one."""

    arguments: dict[str, Argument]
    others: bool = False


@cache
def rules_of(definition: Definition, given: tuple[str, ...] | None) -> dict[str, Any]:
    """Write the JSON schema of what a recipe may say to a part.

    Parameters
    ----------
    definition : Definition
        Definition of the function or class in its source.
    given : tuple of str, or None
        Arguments that the code gives; None for those before a `*` without a default.
    """
    arguments, others = signature_of(definition)
    said = {
        name: argument
        for name, argument in arguments.items()
        if (
            argument.named or not argument.required
            if given is None
            else name not in given
        )
    }
    return {
        "type": "object",
        "properties": {name: argument.rules for name, argument in said.items()},
        "required": [name for name, argument in said.items() if argument.required],
        "additionalProperties": others,
    }


def lacking_arguments(definition: Definition, names: Iterable[str]) -> list[str]:
    """List the arguments that a function, or a class by its own `__init__`, lacks."""
    node = definition.node
    if isinstance(node, ast.ClassDef):
        own = [n for n in node.body if isinstance(n, ast.FunctionDef)]
        node = next((n for n in own if n.name == "__init__"), None)
    if not isinstance(node, ast.FunctionDef) or node.args.kwarg is not None:
        return []
    known = signature_of(definition).arguments
    return [name for name in names if name not in known]


def signature_of(definition: Definition) -> Signature:
    """Read the arguments of a function, or of a class's `__init__`."""
    module, node = definition
    if isinstance(node, ast.FunctionDef):
        return _of_function(module, node, 0)
    if not isinstance(node, ast.ClassDef):
        return Signature({}, others=True)
    own = [n for n in node.body if isinstance(n, ast.FunctionDef)]
    init = next((n for n in own if n.name == "__init__"), None)
    if init is not None:
        return _of_function(module, init, 1)
    fields = {}
    for base in node.bases:
        found = isinstance(base, ast.Name) and find_definition(module.name, base.id)
        if found:
            fields |= signature_of(found).arguments
    if _has_fields(node):
        for field in node.body:
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                fields[field.target.id] = _argument(
                    module, field.annotation, field.value, named=False
                )
    return Signature(fields)


def _has_fields(node: ast.ClassDef) -> bool:
    """Return whether a class is a dataclass or a named tuple."""
    named = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
    names = [ast.unparse(n).rsplit(".", 1)[-1] for n in [*named, *node.bases]]
    return "dataclass" in names or "NamedTuple" in names


def _of_function(module: Module, node: ast.FunctionDef, skipped: int) -> Signature:
    given = node.args
    bare = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(bare) - len(given.defaults)) + given.defaults
    by_place = list(zip(bare, defaults, strict=True))[skipped:]
    by_name = list(zip(given.kwonlyargs, given.kw_defaults, strict=True))
    arguments = {
        each.arg: _argument(module, each.annotation, default, named)
        for pairs, named in ((by_place, False), (by_name, True))
        for each, default in pairs
    }
    if given.kwarg is None:
        return Signature(arguments)
    passed = _noted(given.kwarg.annotation)
    found = passed and find_reference(passed)
    if not found:
        return Signature(arguments, others=True)
    more, others = signature_of(found)
    optional = {n: a for n, a in more.items() if a.named or not a.required}
    return Signature(optional | arguments, others)


def _argument(
    module: Module, annotation: ast.AST | None, default: ast.AST | None, named: bool
) -> Argument:
    written = "" if default is None else ast.unparse(default)
    rules = _of_annotation(module, annotation)
    return Argument(rules, default is None, named, written)


def find_reference(reference: str) -> Definition | None:
    """Find the definition of ``"module:attribute"``; None if there is none."""
    module, _, attribute = reference.partition(":")
    return find_definition(module, attribute)


@cache
def _of_text(module: str, text: str) -> dict[str, Any]:
    return _of_annotation(_NO_MODULE, ast.parse(text, mode="eval").body)


def _of_annotation(module: Module, node: ast.AST | None) -> dict[str, Any]:
    """Translate an annotation to a JSON schema; empty for what has no translation."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _of_text(module.name, node.value)
    if isinstance(node, ast.Name):
        if node.id in _TYPES:
            return {"type": _TYPES[node.id]}
        found = find_definition(module.name, node.id)  # such as Chance = Annotated[...]
        named = found and isinstance(found.node, ast.Subscript | ast.BinOp)
        return _of_annotation(*found) if named else {}
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _either(module, node)
    if isinstance(node, ast.Subscript):
        return _of_subscript(module, node)
    return {}


def _either(module: Module, node: ast.BinOp) -> dict[str, Any]:
    sides = node.left, node.right
    none = [isinstance(n, ast.Constant) and n.value is None for n in sides]
    left, right = (_of_annotation(module, side) for side in sides)
    if any(none):
        rules = dict(left if none[1] else right)
        if "enum" in rules:
            return rules | {"enum": [*rules["enum"], None]}
        if "type" in rules:
            return rules | {"type": [*kinds_of(rules), "null"]}
        return rules
    simple = left.keys() == right.keys() == {"type"}
    return {"type": [*kinds_of(left), *kinds_of(right)]} if simple else {}


def kinds_of(rules: Mapping[str, Any]) -> list[str]:
    """Return the types that a JSON schema allows; an empty list if it names none."""
    kinds = rules.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def _of_subscript(module: Module, node: ast.Subscript) -> dict[str, Any]:
    kind = ast.unparse(node.value).rsplit(".", 1)[-1]
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if kind == "Literal":
        return {"enum": [ast.literal_eval(each) for each in inner]}
    if kind == "Annotated":
        return _of_note(_of_annotation(module, inner[0]), _noted(node))
    rules = {"type": _TYPES[kind]} if kind in _TYPES else {}
    if rules.get("type") != "array":
        return rules
    fixed = kind == "tuple" and not isinstance(inner[-1], ast.Constant)
    items = [_of_annotation(module, each) for each in inner]
    if fixed:
        rules |= {"minItems": len(items), "maxItems": len(items)}
    return rules | (
        {"items": items[0]}
        if items[0] and (not fixed or all(i == items[0] for i in items))
        else {}
    )


def _noted(node: ast.AST | None) -> Any:
    """Return what a note says, in ``Annotated[..., note]``."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Tuple):
        return None
    note = node.slice.elts[-1]
    return ast.literal_eval(note) if isinstance(note, ast.Constant | ast.Dict) else None


def _of_note(rules: dict[str, Any], note: Any) -> dict[str, Any]:
    if isinstance(note, dict):
        return rules | note
    found = note and find_reference(note)
    if not found:
        return rules
    table = _table(found)
    if table is None:
        return rules_of(found, None) | {"type": rules.get("type", "object")}
    if rules.get("type") == "string":
        return {"enum": sorted(table)}
    parts = {}
    for name, value in table.items():
        part = (
            find_definition(found.module.name, value.id)
            if isinstance(value, ast.Name)
            else None
        )
        parts[name] = rules_of(part, None) if part else {"type": "object"}
    return rules | {"parts": parts}


def _table(definition: Definition) -> dict[str, ast.AST] | None:
    """Return the literal mapping that a name stands for, by its keys."""
    node = definition.node
    if not isinstance(node, ast.Dict):
        return None
    keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
    return dict(zip(keys, node.values, strict=False))
