"""Write a ``.npy`` file part by part, with a checksum, in the memory of one part."""

import zlib
from pathlib import Path

import numpy as np


class ArrayStream:
    """An array file that grows along its first axis; use it in a ``with`` block.

    A memory map would do, but its written pages count as the memory of the process
    until the system takes them back, which looks like a job that outgrows its limit.

    Parameters
    ----------
    entry : tuple of int
        Shape of one entry; there are as many as are appended.
    """

    def __init__(self, path: Path, dtype: str, entry: tuple[int, ...]):
        self._dtype, self._entry = np.dtype(dtype), tuple(entry)
        self._length = self._crc32 = 0
        self._file = Path(path).open("wb")  # noqa: SIM115 - closed in __exit__
        self._write_header()

    def append(self, part: np.ndarray) -> None:
        """Write the next part ``(n, ...)``; a `ValueError` if it does not fit."""
        if part.dtype != self._dtype or part.shape[1:] != self._entry:
            raise ValueError(f"{part.dtype} {part.shape} does not fit {self._entry}")
        part = np.ascontiguousarray(part)
        self._file.write(part)
        # Streaming the parts in order gives the checksum of the whole array.
        self._crc32 = zlib.crc32(part, self._crc32)
        self._length += len(part)

    def describe(self) -> dict:
        """Return shape, type and checksum (CRC-32 of the elements) of all parts."""
        return {
            "shape": [self._length, *self._entry],
            "dtype": str(self._dtype),
            "crc32": self._crc32,
        }

    def __enter__(self) -> "ArrayStream":
        return self

    def __exit__(self, *error: object) -> None:
        # NumPy pads headers so that the first size can grow in place.
        self._file.seek(0)
        self._write_header()
        self._file.close()

    def _write_header(self) -> None:
        header = {
            "descr": np.lib.format.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (self._length, *self._entry),
        }
        np.lib.format.write_array_header_1_0(self._file, header)
