"""Masks on the grid of the files: one compressed member a case, in one zip file."""

import zlib
from pathlib import Path
from types import TracebackType

import numpy as np

from sambench.data.npz import add_array, open_npz


class NativeMaskWriter:
    """Write masks case by case, in the memory of one; use it in a ``with`` block.

    NumPy reads the file as an ``.npz`` with the cases as names. Without a case it is an
    empty archive.

    Parameters
    ----------
    path : Path
        File to write.
    """

    def __init__(self, path: Path):
        self._archive = open_npz(path)

    def write(self, case: str, mask: np.ndarray) -> None:
        """Write the mask ``(n, rows, columns)`` of a case, uint8 label values."""
        add_array(self._archive, case, mask)

    def describe(self) -> dict:
        """Return the number of cases and a checksum over their names and masks."""
        members = self._archive.infolist()
        text = "\n".join(f"{member.filename} {member.CRC}" for member in members)
        return {"cases": len(members), "crc32": zlib.crc32(text.encode())}

    def __enter__(self) -> "NativeMaskWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._archive.close()


def read_native_mask(path: Path, case: str) -> np.ndarray:
    """Read the mask of one case.

    Raises
    ------
    OSError, ValueError, KeyError
        The file is not there or damaged, or has no such case.
    """
    with np.load(path, allow_pickle=False) as archive:
        return archive[case]
