"""Verify files by known hashes, or by the hash of the copy seen first."""

import csv
import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

from sambench.atomic import atomic_path
from sambench.data.csv_list import read_csv_list
from sambench.data.file_names import files_below
from sambench.errors import InputError

logger = logging.getLogger(__name__)

COLUMNS = ("id", "name", "sha256", "bytes")


def hash_of(path: Path, algorithm: str = "sha256") -> str:
    """Return the hash of a file, or of the names and contents in a folder: no junk."""
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, algorithm).hexdigest()
    whole = hashlib.new(algorithm)
    for file in files_below(path):
        name = file.relative_to(path).as_posix()
        whole.update(f"{name}\0{hash_of(file, algorithm)}\n".encode())
    return whole.hexdigest()


def check_hash(path: Path, known: str, name: str, where: str) -> None:
    """Compare a file with its known hash, ``sha256:...`` or ``md5:...``.

    Raises
    ------
    InputError
        If they differ. The file is deleted.
    """
    algorithm, _, expected = known.partition(":")
    found = hash_of(path, algorithm)
    if found == expected:
        return
    size = path.stat().st_size
    path.unlink()
    raise InputError(
        where=where,
        found=f"wrong hash: a {name} of {size} bytes with {algorithm} {found} "
        "(the file was deleted)",
        expected=f"{algorithm} {expected}",
        remedy="Try again; if it stays, the file at this address is another one "
        "than the registry means",
    )


class TrustedHashes:
    """Hashes of files that the registry has none for: trust on first use.

    Parameters
    ----------
    path : Path
        CSV file (id, name, sha256, bytes) to read and to add to; made to be committed.
    others : sequence of Path
        Further files of the same form, only read.
    """

    def __init__(self, path: Path, others: Sequence[Path] = ()):
        self.path = Path(path)
        self._sources = [self.path, *map(Path, others)]

    def find(self, entry: str, name: str) -> tuple[str, Path] | None:
        """Return the hash of a file and where it is kept, or None."""
        for source in self._sources:
            for row in _rows(source):
                if (row["id"], row["name"]) == (entry, name):
                    return row["sha256"], source
        return None

    def check(self, entry: str, name: str, path: Path) -> str:
        """Return the sha256 of a file or folder, compared with that trusted before.

        Raises
        ------
        InputError
            If it differs from it.
        """
        found = hash_of(path)
        known = self.find(entry, name)
        if known is not None and known[0] != found:
            raise InputError(
                where=f"{entry}/{name}",
                found=f"sha256 {found}, another file than the one trusted before",
                expected=f"sha256 {known[0]}, as in {known[1]}",
                remedy="Find out why the file changed; to trust the new one, delete "
                f"its line from {known[1]}",
            )
        return found

    def trust(self, entry: str, name: str, sha256: str, size: int) -> None:
        """Remember a file that was seen for the first time."""
        if self.find(entry, name) is not None:
            return
        rows = [*_rows(self.path)]
        rows.append({"id": entry, "name": name, "sha256": sha256, "bytes": size})
        with (
            atomic_path(self.path) as temporary,
            temporary.open("w", newline="", encoding="utf-8") as stream,
        ):
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(sorted(rows, key=lambda row: (row["id"], row["name"])))
        logger.warning(
            f"{entry}/{name}: no hash is published; sha256 {sha256} is trusted from "
            f"now on and kept in {self.path}, which you can commit"
        )


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    rows = read_csv_list(path, COLUMNS)
    if rows and tuple(rows[0]) != COLUMNS:
        raise InputError(
            where=path,
            found=f"columns {', '.join(rows[0])}",
            expected=f"columns {', '.join(COLUMNS)}",
            remedy="Restore the file, or delete it to trust all files anew",
        )
    return rows
