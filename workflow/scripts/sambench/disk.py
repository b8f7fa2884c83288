"""Distinguish a full disk from other failures of the file system."""

import errno
from pathlib import Path

from sambench.errors import InputError

#: No space, quota exceeded, and file larger than the process may write.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DiskFullError(InputError):
    """A disk, quota or limit on file sizes that is too small for what is written."""

    def __reduce__(self):
        """Survive pickling as itself."""
        return _rebuild, (self.where, self.found, self.expected, self.remedy)


def _rebuild(where: str, found: str, expected: str, remedy: str) -> DiskFullError:
    return DiskFullError(where=where, found=found, expected=expected, remedy=remedy)


def is_full(error: OSError) -> bool:
    """Return whether an error means that there is no room to write."""
    return error.errno in _FULL


def disk_full(where: Path, written: str, expected: str) -> DiskFullError:
    """Describe a disk that was full after something was written, before all was."""
    return DiskFullError(
        where=where,
        found=f"a full disk after {written}",
        expected=f"space for {expected}",
        remedy="Free some space or choose another folder",
    )
