"""Patterns of file names with `{name}` and `{patient}`, as in ``images/{name}.png``."""

import re
from functools import cache

from sambench.errors import InputError, unknown_name

FIELDS = ("patient", "name")
_TOKENS = re.compile(r"(\{[^{}]*\}|\*\*/|\*)")


@cache
def compiled(pattern: str, where: str) -> re.Pattern[str]:
    """Compile a pattern of paths relative to a folder; case does not count.

    Parameters
    ----------
    pattern : str
        With `{name}` and `{patient}`, parts of a path without a slash, which are equal
        wherever they are repeated; ``*`` is anything but a slash, ``**/`` any folders.

    Raises
    ------
    InputError
        If a field is unknown, or there is none.
    """
    if "\\" in pattern:
        raise InputError(
            where=where,
            found=f"'{pattern}'",
            expected="folders separated by /, as in images/{name}.png",
            remedy="Replace each backslash",
        )
    found: list[str] = []
    parts = []
    for token in _TOKENS.split(pattern.removeprefix("./").rstrip("/")):
        if token.startswith("{"):
            field = token[1:-1]
            if field not in FIELDS:
                raise unknown_name(where, "field", token, [f"{{{f}}}" for f in FIELDS])
            parts.append(f"(?P={field})" if field in found else f"(?P<{field}>[^/]+?)")
            found.append(field)
        else:
            wild = {"**/": "(?:.*/)?", "*": "[^/]*"}
            parts.append(wild.get(token, re.escape(token)))
    if not found:
        raise unknown_name(where, "pattern", pattern, ["images/{name}.png or the like"])
    return re.compile("".join(parts), re.IGNORECASE)


def is_folder(pattern: str) -> bool:
    """Report whether a pattern is of folders, each of which is one image."""
    return pattern.endswith("/")


def filled(pattern: str, fields: dict[str, str]) -> str:
    """Return the path that a pattern expects for a case."""
    for field, value in fields.items():
        pattern = pattern.replace(f"{{{field}}}", value)
    return pattern
