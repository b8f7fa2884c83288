"""Files that desktop systems leave in archives and folders, and that are no data."""

from pathlib import PurePosixPath

_NAMES = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}


def is_junk(path: str | PurePosixPath) -> bool:
    """Return whether any part of a relative path marks it as junk.

    AppleDouble files (``._name``) matter most: they end in ``.nii.gz`` like the image
    beside them, and the archives of the Medical Segmentation Decathlon hold one each.

    Parameters
    ----------
    path : str or PurePosixPath
        Path relative to the archive or the folder, with forward slashes.
    """
    return any(is_junk_name(part) for part in PurePosixPath(path).parts)


def is_junk_name(name: str) -> bool:
    """Report whether a name of a file or folder, without its path, marks junk."""
    return name in _NAMES or name.startswith("._")
