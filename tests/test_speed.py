"""What scripts of `speed/` import is there, though tests do not run them."""

import ast
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name

import pytest

SCRIPTS = sorted((Path(__file__).parents[1] / "speed").glob("*.py"))


def is_there(module: str, name: str) -> bool:
    """Return whether a module has a name, or a module below it of that name."""
    if hasattr(found := resolve_name(module), name):
        return True
    return hasattr(found, "__path__") and find_spec(f"{module}.{name}") is not None


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_imports_what_there_is(script):
    imported = [
        (node.module, alias.name)
        for node in ast.walk(ast.parse(script.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module.startswith("sambench")
        for alias in node.names
    ]
    assert [pair for pair in imported if not is_there(*pair)] == []
