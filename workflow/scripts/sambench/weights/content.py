"""Recognise files of weights from what is found in their place, by their bytes.

Nothing is unpickled here, and torch is not needed: its own messages on such files
advise to load them unsafely.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from sambench.errors import InputError, count_of

SAFETENSORS, TORCH, OLD_TORCH = "safetensors", "torch", "torch before 1.6"

_START = 4096
_AGAIN = "Fetch or copy the file again"
_WEB = (
    "Download it in a browser (the page may ask you to confirm, to log in, or to wait) "
    "and put the file itself there"
)
_PAGE = re.compile(rb"\s*<(!doctype\s+html|html|head|body|\?xml|!--)", re.IGNORECASE)
_LFS = b"version https://git-lfs.github.com/spec/"
_UNPACK, _TORCH = "Unpack it first", "Give the weights for PyTorch"
_PACKED = (
    (b"\x1f\x8b", "a gzip file", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"BZh", "a bzip2 file", _UNPACK),
    (b"\xfd7zXZ", "an xz file", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", _UNPACK),
    (b"\x89HDF\r\n", "an HDF5 file, as of Keras", _TORCH),
    (b"\x93NUMPY", "a NumPy array", _TORCH),
    (b"\x89PNG", "a PNG image", "Give the file of weights"),
    (b"%PDF", "a PDF document", "Give the file of weights"),
    (b"GGUF", "a GGUF file", _TORCH),
)
_EXPECTED = "weights: a file of torch.save or of safetensors"


class Fault(NamedTuple):
    """Why a file holds no weights.

    Attributes
    ----------
    found : str
        What it is.
    remedy : str
        What the user can do.
    """

    found: str
    remedy: str


def check_weights_file(path: Path, remedy: str | None = None) -> str:
    """Find out how a file of weights was written, whatever its suffix.

    Parameters
    ----------
    remedy : str, optional
        What the user can do if it is not a weights file; by default, what helps
        with what it is.

    Returns
    -------
    str
        `SAFETENSORS`, `TORCH` or `OLD_TORCH`.

    Raises
    ------
    InputError
        If the file is missing, empty, cut off, or something else, which is named.
    """
    kind = look(Path(path))
    if isinstance(kind, Fault):
        raise InputError(
            where=path,
            found=kind.found,
            expected=_EXPECTED,
            remedy=remedy or kind.remedy,
        )
    return kind


def look(path: Path) -> str | Fault:
    """Return the kind of a file of weights, or what is in its place."""
    if path.is_dir():
        return Fault("a folder", "Give the file of weights in it")
    if not path.is_file():
        return Fault("no file", "Fetch it (python -m sambench fetch), or mend the path")
    size = path.stat().st_size
    if not size:
        return Fault("an empty file", _AGAIN)
    with path.open("rb") as file:
        start = file.read(_START)
    if start.startswith(b"PK"):
        return _zip(path, size)
    if start[:1] == b"\x80" and start[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return OLD_TORCH
    return _text(start) or _packed(start) or _safetensors(path, start, size)


def _zip(path: Path, size: int) -> str | Fault:
    """Look at what torch writes: a zip archive with a member `<name>/data.pkl`."""
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
    except (BadZipFile, OSError, ValueError):
        return Fault(f"the first part of a file, {size} bytes, cut off", _AGAIN)
    members = {name.split("/")[-1] for name in names}
    if "constants.pkl" in members:
        return Fault(
            "a TorchScript program, whose code would run",
            "Give the weights alone, a file of torch.save(model.state_dict(), file)",
        )
    if "data.pkl" in members:
        return TORCH
    shown = ", ".join(names[:3]) or "nothing"
    files = count_of(len(names), "file")
    return Fault(f"a zip archive of {files} ({shown})", _UNPACK)


def _text(start: bytes) -> Fault | None:
    begin = start.removeprefix(b"\xef\xbb\xbf")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        begin = start.decode("utf-16", "ignore").encode()
    if begin.lstrip().startswith(_LFS):
        return Fault(
            "a Git LFS pointer (the few lines that stand for the file in Git)",
            "Get the file itself: git lfs pull, or download it from the web page",
        )
    if _PAGE.match(begin):
        first = begin.split(b"\n")[0].strip()[:40].decode("utf-8", "replace")
        return Fault(f"a web page (it begins with {first!r})", _WEB)
    if b"\0" in begin:
        return None
    try:
        words = begin.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character may be cut by the end of what was read.
        if len(start) < _START or error.start < len(begin) - 4:
            return None
        words = begin[: error.start].decode("utf-8")
    if any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in words):
        return None
    first = next((line.strip() for line in words.splitlines() if line.strip()), "")
    kind = "JSON, as a server answers," if first.startswith(("{", "[")) else "text"
    return Fault(f"{kind} (it begins with {first[:40]!r})", _WEB)


def _packed(start: bytes) -> Fault | None:
    for magic, what, remedy in _PACKED:
        if start.startswith(magic):
            return Fault(what, remedy)
    if start[257:262] == b"ustar":
        return Fault("a tar archive", _UNPACK)
    if not start.strip(b"\0"):
        return Fault("zeros, as an interrupted download leaves them", _AGAIN)
    return None


def _safetensors(path: Path, start: bytes, size: int) -> str | Fault:
    """Look at the header: its length, JSON, and where the tensors lie."""
    unknown = Fault(
        f"{size} bytes of no kind that is known (they begin with {start[:8].hex(' ')})",
        "Give the file of weights as its authors publish it",
    )
    length = int.from_bytes(start[:8], "little")
    if len(start) < 9 or start[8:9] != b"{" or length > 100_000_000:
        return unknown
    with path.open("rb") as file:
        file.seek(8)
        text = file.read(length)
    cut = Fault(f"the first part of a safetensors file, {size} bytes, cut off", _AGAIN)
    if len(text) < length:
        return cut
    try:
        header = json.loads(text)
        ends = [
            entry["data_offsets"][1]
            for name, entry in header.items()
            if name != "__metadata__"
        ]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        return unknown
    wanted = 8 + length + max(ends, default=0)
    if size < wanted:
        return cut
    if size > wanted:
        return Fault(f"{size - wanted} bytes after the end of its tensors", _AGAIN)
    return SAFETENSORS
