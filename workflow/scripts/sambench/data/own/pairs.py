"""Pair images and masks of the user's data by their names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sambench.data.file_names import name_key
from sambench.data.own.patterns import FIELDS, compiled, filled, is_folder
from sambench.errors import first_few

Key = tuple[str, ...]  # values of the fields that image and mask share
Match = tuple[str, dict[str, str]]  # a path with the values of its fields


@dataclass(frozen=True)
class Pair:
    """The files of one case.

    Attributes
    ----------
    fields : dict
        `name` and `patient`, as far as the patterns hold them.
    images, masks : list of str
        Its files; a missing one as it would be called.
    missing : list of str
        Those of them that do not exist.
    """

    fields: dict[str, str]
    images: list[str]
    masks: list[str]
    missing: list[str]

    def complaint(self) -> str:
        """Return a sentence on what is `missing`."""
        there = next(p for p in [*self.images, *self.masks] if p not in self.missing)
        missing = first_few(self.missing, 3)
        return f"{there}: found no {missing}, expected it with this file"


def find_pairs(
    site: Mapping[str, Any], files: Iterable[str], where: str
) -> tuple[list[Pair], list[str]]:
    """Find the pairs of one site.

    Returns
    -------
    pairs : list of Pair
        Sorted by name; those that lack a file are among them.
    faults : list of str
        Sentences on everything else that is wrong; there are no pairs then.
    """
    files = list(files)
    images, masks = site["images"], site["masks"]
    keys = [
        name
        for name in FIELDS
        if all(f"{{{name}}}" in pattern for pattern in [*images, *masks])
    ]
    if not keys:
        patterns = first_few([*images, *masks], 3)
        return [], [f"{where}: found no field that {patterns} share, expected {{name}}"]
    found = {path: _matching(path, files, keys, set(), where) for path in masks}
    taken = {
        path for match in found.values() for hits in match.values() for path, _ in hits
    }
    # An image pattern such as {name}.png often matches masks as well.
    for pattern in images:
        if pattern not in found:
            found[pattern] = _matching(pattern, files, keys, taken, where)
    faults = [
        fault
        for what, patterns in (("image", images), ("mask", masks))
        for pattern in patterns
        for fault in _faults(where, what, pattern, found[pattern], files)
    ]
    if faults:
        return [], faults
    every = sorted({key for matches in found.values() for key in matches})
    return [
        _pair(dict(zip(keys, key, strict=True)), key, site, found) for key in every
    ], []


def _faults(
    where: str, what: str, pattern: str, found: dict[Key, list[Match]], files: list[str]
) -> list[str]:
    if not found:
        return [_nothing(where, what, pattern, files)]
    return [
        f"{where}: found {len(hits)} {what}s of one case "
        f"({first_few([path for path, _ in hits], 3)}), expected one"
        for hits in found.values()
        if len(hits) > 1
    ]


def _pair(
    shared: dict[str, str], key: Key, site: Mapping[str, Any], found: Mapping[str, Any]
) -> Pair:
    fields, missing = dict(shared), []
    files: dict[str, list[str]] = {"images": [], "masks": []}
    for pattern in (*site["masks"], *site["images"]):
        if key in found[pattern]:  # names are written as in the first image
            fields |= found[pattern][key][0][1]
    for what, paths in files.items():
        for pattern in site[what]:
            hits = found[pattern].get(key)
            paths.append(hits[0][0] if hits else filled(pattern, fields))
            missing += [] if hits else paths[-1:]
    return Pair(fields, files["images"], files["masks"], missing)


def _matching(
    pattern: str, files: list[str], keys: list[str], taken: set[str], where: str
) -> dict[Key, list[Match]]:
    """Map the shared fields to the paths that match, with all fields of each."""
    expression = compiled(pattern, where)
    paths: Iterable[str] = files
    if is_folder(pattern):
        paths = sorted({path.rpartition("/")[0] for path in files} - {""})
    found: dict[Key, list[Match]] = {}
    for path in paths:
        match = None if path in taken else expression.fullmatch(path)
        if match:
            values = match.groupdict()
            key = tuple(name_key(values[k]) for k in keys)
            found.setdefault(key, []).append((path, values))
    return found


def _nothing(where: str, what: str, pattern: str, files: list[str]) -> str:
    if not files:
        return f"{where}: found an empty folder, expected {what}s {pattern}"
    ending = pattern.rpartition("/")[2].rpartition("}")[2].rpartition("*")[2].lower()
    alike = [path for path in files if ending and path.lower().endswith(ending)]
    none = "" if alike else f"no file ends in {ending}; "
    there = f"{none}the folder holds {first_few(alike or files, 3)}"
    return f"{where}: found no {what} by the pattern {pattern}; {there}"
