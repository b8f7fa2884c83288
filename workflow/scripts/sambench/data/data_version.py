"""Notice data that changed: the files of each group as its last check saw them.

Every check of a group of cases leaves a record: size, time and hash of its files, a
hash of the list of its cases, and a version. To plan a run costs a look at sizes and
times; only a file of a new time and the old size is read, so that one that was touched
is told from one that was edited. What depends on a group asks for its version, which
changes with its files and never back.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sambench.atomic import write_text
from sambench.data.cases import Case, mask_files
from sambench.data.file_names import Stamp, list_files
from sambench.errors import InputError, first_few


@dataclass
class Record:
    """What the last check of a group saw.

    Attributes
    ----------
    version : str
        Version of the group; the first one is "".
    cases : str
        Hash of the list of cases.
    files : dict
        Path below the root to its stamp and the hash of its content.
    """

    version: str
    cases: str
    files: dict[str, tuple[Stamp, str]]


@dataclass(frozen=True)
class Changes:
    """Files that differ from a record, by path.

    Attributes
    ----------
    edited, added, removed : tuple of str
        What matters.
    touched : dict
        Files of a new time and the old content, with their new stamps.
    """

    edited: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    touched: Mapping[str, Stamp] = field(default_factory=dict)

    def paths(self) -> list[str]:
        """Return all paths that matter."""
        return sorted({*self.edited, *self.added, *self.removed})

    def words(self) -> str:
        """Return a phrase such as ``2 edited (a.png, b.png), 1 added (c.png)``."""
        kinds = {"edited": self.edited, "added": self.added, "removed": self.removed}
        found = {what: paths for what, paths in kinds.items() if paths}
        return ", ".join(f"{len(p)} {w} ({first_few(p, 3)})" for w, p in found.items())


@dataclass(frozen=True)
class Survey:
    """A data set as it is now, against its records.

    Attributes
    ----------
    versions : dict
        Group to its version.
    changes : dict
        Group to what changed in it, where anything did.
    cases : str
        Hash of the lists of their cases; "" if there is no folder.
    """

    versions: dict[str, str]
    changes: dict[str, Changes]
    cases: str


def survey(
    records: Path,
    root: Path,
    groups: Iterable[str],
    find_cases: Callable[[str], list[Case]],
    remember: bool = False,
) -> Survey:
    """Look at the files of a data set without opening them, but for doubtful ones.

    Parameters
    ----------
    find_cases : callable
        ``find_cases(group)``: the cases of a group, perhaps among others. What it
        raises concerns the version of this group alone.
    remember : bool
        Whether the times of files that were touched are recorded, so that they are not
        read again.
    """
    if not root.is_dir():
        return Survey(dict.fromkeys(groups, ""), {}, "")
    versions, changed, cases = {}, {}, []
    for group in groups:
        try:
            cases += [case for case in find_cases(group) if case.group == group]
        except InputError as error:  # the check reports it
            versions[group] = _digest([str(error)])
    lists = _digest([list_digest(cases), *versions.values()])
    groups = [group for group in groups if group not in versions]
    by_group = files_by_group(cases, groups, list_files(root))
    for group in groups:
        path = records / f"{group}.json"
        record = read_record(path)
        if record is None:
            versions[group] = ""
            continue
        now = by_group[group]
        changes = compare(record, now, root)
        if changes.touched and remember:
            for name, stamp in changes.touched.items():
                record.files[name] = (stamp, record.files[name][1])
            write_record(record, path)
        listed = list_digest(cases, group)
        stamps = [f"{name} {now.get(name)}" for name in changes.paths()]
        if stamps or listed != record.cases:
            changed[group] = changes
            versions[group] = _digest([record.version, listed, *stamps])
        else:
            versions[group] = record.version
    return Survey(versions, changed, lists)


def recorded(root: Path, cases: Sequence[Case], group: str, version: str) -> Record:
    """Make the record of a group of cases that are about to be checked."""
    files = files_by_group(cases, [group], list_files(root))[group]
    contents = dict(zip(files, hashes(root, list(files)), strict=True))
    found = {path: (stamp, contents[path]) for path, stamp in files.items()}
    return Record(version, list_digest(cases, group), found)


def read_record(path: Path) -> Record | None:
    """Read a record; None if there is none, or it is not one."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        files = {p: ((s, t), digest) for p, (s, t, digest) in content["files"].items()}
        return Record(content["version"], content["cases"], files)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(record: Record, path: Path) -> None:
    """Write a record; the file appears whole."""
    content = {
        "version": record.version,
        "cases": record.cases,
        "files": {p: [*stamp, digest] for p, (stamp, digest) in record.files.items()},
    }
    write_text(path, json.dumps(content, indent=0))


def files_by_group(
    cases: Sequence[Case], groups: Iterable[str], files: Mapping[str, Stamp]
) -> dict[str, dict[str, Stamp]]:
    """Select the files of the cases of each group.

    Those that lie beside a file of a case and differ from it in their ending alone
    (.raw of .mhd) are among them, and those below the folder of an image.
    """
    found: dict[str, dict[str, Stamp]] = {group: {} for group in groups}
    users: dict[str, set[str]] = {}
    for case in cases:
        if case.group not in found:
            continue
        for path in mask_files(case.image) + mask_files(case.mask):
            for name in (path, _stem(path)):
                users.setdefault(name, set()).add(case.group)
    for path, stamp in files.items():
        for group in _users_of(path, users):
            found[group][path] = stamp
    return found


def list_digest(cases: Iterable[Case], group: str | None = None) -> str:
    """Return a hash of the list of cases, of one group or all."""
    return _digest(sorted(repr(c) for c in cases if group in (None, c.group)))


def compare(record: Record, files: Mapping[str, Stamp], root: Path) -> Changes:
    """Compare the files of a group with a record.

    Those of the old size and a new time are read.
    """
    known = {path: stamp for path, (stamp, _) in record.files.items()}
    changed = [path for path in files.keys() & known if files[path] != known[path]]
    doubtful = [path for path in changed if files[path][0] == known[path][0]]
    contents = zip(doubtful, hashes(root, doubtful), strict=True)
    touched = {p: files[p] for p, digest in contents if digest == record.files[p][1]}
    edited = set(changed) - touched.keys()
    added, removed = files.keys() - known, known.keys() - files.keys()
    return Changes(*(tuple(sorted(p)) for p in (edited, added, removed)), touched)


def hashes(root: Path, paths: Sequence[str]) -> list[str]:
    """Return the hash of the content of each file; "" of one that cannot be read."""

    def digest(path: str) -> str:
        try:
            with (Path(root) / path).open("rb") as stream:
                return hashlib.file_digest(stream, "blake2b").hexdigest()[:32]
        except OSError:
            return ""

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(digest, paths))


def _users_of(path: str, users: Mapping[str, set[str]]) -> set[str]:
    """Return the groups that use a file, one beside it, or a folder above it."""
    found = users.get(_stem(path), set())
    folder = path.rpartition("/")[0]
    while folder and not found:
        found = users.get(folder, set())
        folder = folder.rpartition("/")[0]
    return found


def _stem(path: str) -> str:
    """Return a path without its ending, a folder as it is."""
    folder, slash, name = path.rpartition("/")
    stem = name.removesuffix(".gz").rpartition(".")[0]
    return folder + slash + (stem or name)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
