"""The user's own code: where it is found, and which source a part depends on."""

import os
import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from sambench import VARIABLE, add_plugins
from sambench.errors import InputError
from sambench.source import Module, find_file, imports, read_module


def make_importable(library: Path, plugins: Any = ()) -> None:
    """Let this process and those it starts import a checkout and folders of the user's.

    The checkout, whose folder holds the package `sambench`, comes before any that is
    installed: jobs import the code that planned them. The user's folders (the key
    `plugins`) come last, so that no package of the pipeline is hidden by a file of the
    same name. An `InputError` if one of them is no folder; what is no sequence is left
    to the schema.
    """
    plugins = plugins if isinstance(plugins, list | tuple) else ()
    for folder in plugins:
        if (
            not folder
            or not isinstance(folder, str | Path)
            or not _home(folder).is_dir()
        ):
            raise InputError(
                where="key 'plugins'",
                found=f"{folder!r}, which is no folder",
                expected="folders that hold Python packages or modules",
                remedy="Correct the path (relative to the folder you run in)",
            )
    sys.path[:] = [str(library), *(p for p in sys.path if p != str(library))]
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    rest = [path for path in given if path and path != str(library)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(library), *rest])
    os.environ[VARIABLE] = os.pathsep.join(str(_home(f).resolve()) for f in plugins)
    add_plugins()


def _home(folder: str | Path) -> Path:
    return Path(folder).expanduser()


def source_digest(reference: str) -> str:
    """Compute the SHA-256 of the source of a part, ``"module:attribute"``.

    That is its module and what it imports of the same package or of modules beside it,
    directly or through others; not installed libraries, and no other file.
    """
    name = reference.partition(":")[0]
    digest = sha256()
    for module in sorted(_closure(name), key=lambda m: m.name):
        digest.update(f"{module.name}\0".encode())
        digest.update(module.path.read_bytes())
    return digest.hexdigest()


def _closure(name: str) -> list[Module]:
    """List a module, its packages, and what of the user's code they import."""
    file = find_file(name)
    base = file.parents[name.count(".") + (file.name == "__init__.py")]
    found: dict[str, Module] = {}
    waiting = _with_packages([name])
    while waiting:
        module = read_module(waiting.pop())
        if module is None or module.name in found:
            continue
        found[module.name] = module
        waiting += _with_packages(
            each for each in imports(module) if _stands_in(base, each, name)
        )
    return list(found.values())


def _with_packages(names: Iterable[str]) -> list[str]:
    parts = [name.split(".") for name in names]
    return [".".join(p[: n + 1]) for p in parts for n in range(len(p))]


def _stands_in(base: Path, name: str, part: str) -> bool:
    """Return whether a module is the user's: of the part's package, or beside it."""
    top = name.split(".")[0]
    if top == part.split(".")[0]:
        return True
    if any(folder in base.parts for folder in ("site-packages", "dist-packages")):
        return False
    return (base / f"{top}.py").is_file() or (base / top).is_dir()
