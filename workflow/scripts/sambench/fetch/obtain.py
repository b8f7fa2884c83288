"""Obtain one entry of the registry: receive, verify, unpack, publish.

Files are received under the name ``<file>.part`` and take their own name only when the
whole entry is verified and unpacked. After a failure nothing is left but part files
that the next try can resume.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from sambench.atomic import remove, write_text
from sambench.data.archives import MAX_UNPACKED_BYTES, unpack_all
from sambench.errors import InputError
from sambench.fetch.addresses import (
    GITHUB,
    ZENODO,
    in_release,
    on_mirror,
    with_published_hash,
)
from sambench.fetch.content import check_checkpoint, check_set
from sambench.fetch.hashes import TrustedHashes, check_hash
from sambench.fetch.part_file import discard_part, public
from sambench.fetch.terms import check_access, check_terms
from sambench.fetch.transfer import Transfer
from sambench.settings.datasets import Entry, RemoteFile
from sambench.shortage import DiskFullError

logger = logging.getLogger(__name__)

#: Unpacked sets may be larger than their archives, but not without bounds.
MAX_SET_BYTES = 4 * MAX_UNPACKED_BYTES

#: What was obtained, beside the archives.
RECORD = "fetched.json"


@dataclass(frozen=True)
class Source:
    """Where and how files are obtained.

    Parameters
    ----------
    hashes : TrustedHashes
        Hashes of files for which none is published.
    mirror : str or None
        Address that replaces every other: ``<mirror>/<id>/<file name>``.
    accepted : bool
        Whether the terms of the entry are accepted.
    transfer : Transfer
        How files are received over HTTP.
    zenodo, github : str
        Addresses of the services that are asked for hashes and assets.
    """

    hashes: TrustedHashes
    mirror: str | None = None
    accepted: bool = False
    transfer: Transfer = field(default_factory=Transfer)
    zenodo: str = ZENODO
    github: str = GITHUB


@dataclass(frozen=True)
class _Received:
    file: RemoteFile
    path: Path  # as it is now: the part, or the file of an earlier run
    final: Path
    sha256: str | None  # of a file without a published hash


def fetch_dataset(
    entry: Entry,
    archives: Path,
    root: Path,
    source: Source,
    names: Sequence[str] | None = None,
    keep_archives: bool = True,
) -> None:
    """Obtain a data set as a folder.

    Parameters
    ----------
    archives : Path
        Folder for its archives; what is already there is verified and used.
    names : sequence of str or None
        Which files; None for all that are not optional.
    keep_archives : bool
        Whether archives stay after they were unpacked.

    Raises
    ------
    InputError
        If the set needs the user, a transfer fails, a file is not the
        one that is meant, an archive is damaged or unsafe, or the disk is full.
    """
    chosen = entry.chosen(names)
    if root.is_dir() and _recorded(archives) >= {file.name for file in chosen}:
        logger.info(f"{entry.id}: already in {root}")
        return

    def unpacked(received: Sequence[_Received]) -> None:
        parts = [(item.path, item.file.into) for item in received]
        unknown = any(item.sha256 for item in received)
        check = partial(check_set, entry) if unknown else None
        unpack_all(parts, root, MAX_SET_BYTES, check)

    received = _Fetch(entry, archives, source).obtain(chosen, unpacked)
    names = sorted(item.file.name for item in received)
    write_text(archives / RECORD, json.dumps(names))
    if not keep_archives:
        for item in received:
            remove(item.final)
    logger.info(f"{entry.id}: unpacked into {root}")


def fetch_weights(
    entry: Entry, folder: Path, source: Source, names: Sequence[str] | None = None
) -> list[Path]:
    """Obtain weights.

    Parameters
    ----------
    entry : Entry
        Weights of the registry.
    folder : Path
        Where the files go, under the names of the registry.
    source : Source
        Where from.
    names : sequence of str or None
        Which files; None for all that are not optional.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        See `fetch_dataset`.
    """

    def checked(received: Sequence[_Received]) -> None:
        for item in received:
            if item.sha256:
                check_checkpoint(item.path, item.file.name)

    received = _Fetch(entry, folder, source).obtain(entry.chosen(names), checked)
    for item in received:
        logger.info(f"{entry.id}: {item.final}")
    return [item.final for item in received]


@dataclass(frozen=True)
class _Fetch:
    """The files of one entry on their way into a folder."""

    entry: Entry
    folder: Path
    source: Source

    def obtain(
        self,
        chosen: Sequence[RemoteFile],
        use: Callable[[Sequence[_Received]], None],
    ) -> list[_Received]:
        """Receive, verify and use files, which get their own names if all went well.

        Those without a known hash are trusted from then on.
        """
        present = all(self._final(file).exists() for file in chosen)
        mirrored = self.source.mirror is not None
        headers = {} if mirrored or present else check_access(self.entry)
        # Who fills a mirror, or has the files, met the provider's terms then.
        check_terms(self.entry, self.source.accepted or present or mirrored)
        received = [self._receive(file, headers) for file in chosen]
        try:
            use(received)
        except DiskFullError:
            raise
        except InputError as error:
            raise _discard(received, error) from error
        for item in received:
            if item.sha256:
                size = item.path.stat().st_size if item.path.is_file() else 0
                known = (self.entry.id, item.file.name, item.sha256, size)
                self.source.hashes.trust(*known)
            if item.path != item.final:
                item.path.replace(item.final)
                discard_part(item.final)
        return received

    def _receive(self, file: RemoteFile, headers: Mapping[str, str]) -> _Received:
        final = self._final(file)
        if final.exists():
            return _Received(file, final, final, self._verify(file, final))
        if self.source.mirror is not None:
            file = on_mirror(self.entry, file, self.source.mirror)
        elif file.github:
            file = in_release(file, self.source.github)
        else:
            file = with_published_hash(file, self.source.zenodo)
        part = self._transfer(file, final, headers)
        try:
            return _Received(file, part, final, self._verify(file, part))
        except InputError:
            discard_part(final)
            remove(part)
            raise

    def _transfer(
        self, file: RemoteFile, final: Path, headers: Mapping[str, str]
    ) -> Path:
        about = f"{self.entry.id}: {file.name} from"
        if file.url:
            doubt = " (an address that nobody has confirmed)" if file.unverified else ""
            logger.info(f"{about} {public(file.url)}{doubt}")
            transfer = replace(self.source.transfer, headers=headers)
            return transfer.receive(file.url, final)
        if file.pypi:
            from sambench.fetch.package import receive_from_package

            logger.info(f"{about} the package {file.pypi}")
            return receive_from_package(file, final)
        if file.drive_file or file.drive_folder:
            from sambench.fetch.drive import receive_from_drive

            logger.info(f"{about} Google Drive")
            return receive_from_drive(file, final)
        by_hand = f"Get it by hand, see {self.entry.homepage}"
        raise InputError(
            where=self.entry.id,
            found=f"no address of {file.name}",
            expected=f"the file at {final}",
            remedy=self.entry.instruction or by_hand,
        )

    def _verify(self, file: RemoteFile, path: Path) -> str | None:
        """Check the hash; return that of a file for which none is published."""
        where = public(file.url) if file.url else str(path)
        if file.known_hash and path.is_file():
            check_hash(path, file.known_hash, file.name, where)
            return None
        return self.source.hashes.check(self.entry.id, file.name, path)

    def _final(self, file: RemoteFile) -> Path:
        mirrored = self.source.mirror is not None
        whole_folder = file.drive_folder and not file.member and not mirrored
        return self.folder / (Path(file.name).stem if whole_folder else file.name)


def _discard(received: Sequence[_Received], error: InputError) -> InputError:
    """Delete what turned out bad; parts with the right published hash are not."""
    for item in received:
        named = str(item.path) == error.where
        if item.path == item.final or not (named or item.sha256):
            continue
        discard_part(item.final)
        remove(item.path)
        if named:  # the message shall not send the user to a file that is gone
            url = item.file.url
            error = InputError(
                where=public(url) if url else item.file.name,
                found=f"{error.found} (the file was deleted)",
                expected=error.expected,
                remedy="Try again; if it stays, the file at this address is bad",
            )
    return error


def _recorded(archives: Path) -> set[str]:
    try:
        return set(json.loads((archives / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return set()
