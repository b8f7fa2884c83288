"""YAML as people mean it: no key twice, `1e-3` is a number, faults with their line."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from sambench.errors import InputError

_SCIENTIFIC = re.compile(r"[-+]?\d[\d_]*(\.\d*)?[eE][-+]?\d+")


def find_in(folders: Iterable[Path], name: str) -> Path | None:
    """Find a file in the first of some folders that has it; None if none has."""
    paths = (Path(folder) / name for folder in folders)
    return next((path for path in paths if path.is_file()), None)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping.

    Raises
    ------
    InputError
        If there is no such file, it is not YAML, not a mapping, or holds a key twice.
    """
    if not Path(path).is_file():
        raise InputError(
            where=path,
            found="a folder" if Path(path).is_dir() else "no such file",
            expected="a YAML file",
            remedy="Correct the path",
        )
    try:
        document = parse_yaml(Path(path).read_text(encoding="utf-8-sig"), path)
    except UnicodeDecodeError as error:
        raise InputError(
            where=path,
            found=f"bytes that are not UTF-8 (at byte {error.start})",
            expected="a YAML mapping in UTF-8",
            remedy="Save the file as UTF-8",
        ) from error
    if not isinstance(document, dict):
        raise InputError(
            where=path,
            found="an empty file" if document is None else type(document).__name__,
            expected="a YAML mapping",
            remedy="Start from one of the files beside it",
        )
    return document


def parse_yaml(text: str, where: object) -> Any:
    """Parse YAML, and JSON with it.

    Raises
    ------
    InputError
        If the text is not YAML, or a mapping of it holds a key twice.
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        _check_keys(node, str(where))
        return None if node is None else loader.construct_document(node)
    except yaml.YAMLError as error:
        raise InputError(
            where=where,
            found=f"text that is not YAML ({_shown(error, text, where)})",
            expected="a YAML mapping",
            remedy="Correct the line named",
        ) from error


def _shown(error: yaml.YAMLError, text: str, where: object) -> str:
    """Return a fault in the words of PyYAML's own parser, which show the line."""
    try:
        loader = yaml.SafeLoader(text)
        loader.name = str(where)
        loader.get_single_data()
    except yaml.YAMLError as own:
        error = own
    return str(error).replace("\n", " ")


def refuse_twice(path: Path) -> None:
    """Refuse a configuration file that Snakemake has read if it holds a key twice."""
    try:
        parse_yaml(path.read_text(encoding="utf-8-sig"), path)
    except InputError as error:  # JSON with tabs is no YAML, and was read all the same
        if not isinstance(error.__cause__, yaml.YAMLError):
            raise
    except (OSError, UnicodeDecodeError):
        return


def _check_keys(root: yaml.Node | None, where: str) -> None:
    """Refuse a key that stands twice in one mapping, and take `on` for a word."""
    waiting: list[tuple[yaml.Node | None, list[str]]] = [(root, [])]
    seen: set[int] = set()
    while waiting:
        node, path = waiting.pop()
        if id(node) in seen:  # by an alias
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += [(item, path) for item in node.value]
        if not isinstance(node, yaml.MappingNode):
            continue
        lines: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.tag == "tag:yaml.org,2002:bool":  # `on`, the key of an objective
                key.tag = "tag:yaml.org,2002:str"
            line, found = key.start_mark.line + 1, (key.tag, key.value)
            if found in lines:
                raise InputError(
                    where=f"{where}, key '{'.'.join([*path, key.value])}'",
                    found=f"the key twice, in lines {lines[found]} and {line}",
                    expected="every key once: YAML keeps the last one only",
                    remedy="Remove one of them, or put their values together",
                )
            lines[found] = line
            waiting.append((value, [*path, key.value]))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """The safe loader, in C if there is one, with numbers such as `1e-3`."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(f"^(?:{_SCIENTIFIC.pattern})$"),
    list("-+0123456789"),
)


def as_number(text: str) -> float | None:
    """Read scientific notation that YAML 1.1 takes for text, such as `1e-3`."""
    if not _SCIENTIFIC.fullmatch(text.strip()):
        return None
    return float(text.replace("_", ""))
