"""The part of a file that an interrupted transfer left, and the notes to resume it."""

import json
import re
from pathlib import Path

import requests


class InterruptedTransferError(Exception):
    """A transfer that may go better the next time."""


class PartFile:
    """The received part of a file, and what is known of the file it is a part of.

    Parameters
    ----------
    path : Path
        Where the file will be; the part is ``<path>.part``, notes on it beside it.
    url : str
        Where it comes from; a part of another address is deleted.

    Attributes
    ----------
    path : Path
        The part.
    name : str
        Name of the file.
    total : int or None
        Size of the whole file in bytes, once the server has said it.
    complete : bool
        Whether the whole file was received, now or earlier.
    """

    def __init__(self, path: Path, url: str):
        self.name, self._place, self._url = path.name, path, public(url)
        self.path, self._notes = part_of(path), _notes_of(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            notes = json.loads(self._notes.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            notes = {}
        if notes.get("url") == self._url and self.path.is_file():
            self.total: int | None = notes["total"]
            self._validator: str | None = notes["validator"]
            self.complete: bool = notes["done"] and self.size == self.total
        else:
            self.discard()

    @property
    def size(self) -> int:
        """Bytes received so far."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def resume_headers(self) -> dict[str, str]:
        """Return the headers that ask for the rest of the file."""
        # Without a validator nothing tells whether the rest is of the same file;
        # the total length is compared in `accept`, and the hash in the end.
        if not self.size:
            return {}
        headers = {"Range": f"bytes={self.size}-"}
        return headers | ({"If-Range": self._validator} if self._validator else {})

    def accept(self, response: requests.Response) -> int:
        """Note what the server says of the file; return where its answer starts.

        Raises
        ------
        InterruptedTransferError
            If the answer does not continue the part, which is deleted.
        """
        offset, total = 0, None
        length = response.headers.get("Content-Length", "")
        if response.status_code == 206:
            pattern = r"bytes (\d+)-\d+/(\d+|\*)"
            match = re.fullmatch(pattern, response.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != self.size:
                self.discard()
                raise InterruptedTransferError(
                    "the server sent another range than asked for"
                )
            offset = int(match[1])
            total = self.total if match[2] == "*" else int(match[2])
            if self.total is not None and total != self.total:
                self.discard()
                raise InterruptedTransferError("the file changed on the server")
        elif length.isdigit() and not response.headers.get("Transfer-Encoding"):
            total = int(length)
        etag = response.headers.get("ETag", "")
        strong = etag if etag and not etag.startswith("W/") else None
        self._validator = strong or response.headers.get("Last-Modified")
        self.total = total
        self._note()
        return offset

    def finish(self) -> None:
        """Note that the whole file was received."""
        self.total, self.complete = self.size, True
        self._note()

    def discard(self) -> None:
        """Delete the part and the notes."""
        discard_part(self._place)
        self.total, self._validator, self.complete = None, None, False

    def _note(self) -> None:
        notes = {
            "url": self._url,
            "total": self.total,
            "validator": self._validator,
            "done": self.complete,
        }
        self._notes.write_text(json.dumps(notes), encoding="utf-8")


def part_of(path: Path) -> Path:
    """Return where the part of a file is until the whole is received and verified."""
    return path.with_name(f"{path.name}.part")


def _notes_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.part.json")


def discard_part(path: Path) -> None:
    """Delete the part of a file and the notes on it."""
    for file in (part_of(path), _notes_of(path)):
        file.unlink(missing_ok=True)


def public(url: str) -> str:
    """Return an address without what may be secret: user, password and query."""
    return re.sub(r"//[^/@]*@", "//", url.split("?")[0].split("#")[0])
