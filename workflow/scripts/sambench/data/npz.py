"""NumPy archives of masks, written and read array by array, in the memory of one."""

import zlib
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np


def open_npz(path: Path) -> ZipFile:
    """Open an archive to write; NumPy reads it as an ``.npz``."""
    # Masks are mostly zeros: higher levels take longer and gain next to nothing.
    return ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1)


def add_array(archive: ZipFile, name: str, array: np.ndarray) -> None:
    """Write an array under a name."""
    # A new ZipInfo has a fixed date: equal arrays give equal bytes.
    member = ZipInfo(f"{name}.npy")
    member.compress_type = ZIP_DEFLATED
    member.file_size = array.nbytes
    with archive.open(member, "w") as file:
        np.lib.format.write_array(file, np.asanyarray(array, order="C"))


def describe_npz(archive: ZipFile) -> dict[str, int]:
    """Return the number of arrays and a checksum over their names and values."""
    members = archive.infolist()
    text = "\n".join(f"{member.filename} {member.CRC}" for member in members)
    return {"cases": len(members), "crc32": zlib.crc32(text.encode())}
