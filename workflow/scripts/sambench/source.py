"""Python modules as text: where they are and what they define; nothing is imported."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple


class Module(NamedTuple):
    """A module that was read and not imported: dotted name, file, what stands in it."""

    name: str
    path: Path
    tree: ast.Module


class Definition(NamedTuple):
    """A top-level name of a module: a function, a class, or a value assigned to it."""

    module: Module
    node: ast.AST


def find_file(module: str) -> Path | None:
    """Find the file of a module on `sys.path`; None if there is none in Python."""
    top, *rest = module.split(".")
    spec = _spec_of(top)
    if spec is None:
        return None
    if not rest and spec.origin and spec.origin.endswith(".py"):
        return Path(spec.origin)
    for folder in map(Path, spec.submodule_search_locations or ()):
        path = folder.joinpath(*rest)
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if file.is_file() and (rest or file.name == "__init__.py"):
                return file
    return None


def _spec_of(package: str) -> ModuleSpec | None:
    try:
        return find_spec(package)
    except (ValueError, ImportError):  # e.g. the name is empty, or that of a script
        return None


def read_module(name: str) -> Module | None:
    """Read a module; None if there is none in Python, a `SyntaxError` if it is not."""
    path = find_file(name)
    return None if path is None else _read(name, path, path.stat().st_mtime_ns)


@cache
def _read(name: str, path: Path, changed: int) -> Module:
    return Module(name, path, ast.parse(path.read_bytes(), str(path)))


def find_definition(module: str, attribute: str) -> Definition | None:
    """Find what defines a name, followed through imports; None if nothing does."""
    found, seen = read_module(module), set()
    while found is not None and (found.name, attribute) not in seen:
        seen.add((found.name, attribute))
        node = _defined(found.tree, attribute)
        if not isinstance(node, ast.ImportFrom):
            return node and Definition(found, node)
        alias = next(a for a in node.names if (a.asname or a.name) == attribute)
        found, attribute = read_module(imported_from(found, node)), alias.name
    return None


def imported_from(module: Module, node: ast.ImportFrom) -> str:
    """Return the absolute name of the module that a statement imports from."""
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    if module.path.name != "__init__.py":
        package = package[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


def imports(module: Module) -> Iterator[str]:
    """List the modules that a module may import, anywhere in it; some may not exist."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = imported_from(module, node)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _defined(tree: ast.Module, name: str) -> ast.AST | None:
    """Find the last top-level statement that gives a name its meaning."""
    found = None
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            found = node
        elif isinstance(node, ast.ImportFrom):
            if any((alias.asname or alias.name) == name for alias in node.names):
                found = node
        elif isinstance(node, ast.Assign):
            if any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
                found = node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            named = isinstance(node.target, ast.Name) and node.target.id == name
            found = node.value if named else found
    return found
