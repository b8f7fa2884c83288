"""Files that desktop systems leave in archives and folders, and that are no data."""

from pathlib import PurePosixPath

_NAMES = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}


def is_junk(path: str | PurePosixPath) -> bool:
    """Tell whether any part of a relative path marks it as junk.

    AppleDouble files (``._name``) matter most: they end in ``.nii.gz`` like the image
    beside them, and the archives of the Medical Segmentation Decathlon hold one each.

    Parameters
    ----------
    path : str or PurePosixPath
        Path relative to the archive or the folder, with forward slashes.
    """
    parts = PurePosixPath(path).parts
    return any(part in _NAMES or part.startswith("._") for part in parts)
