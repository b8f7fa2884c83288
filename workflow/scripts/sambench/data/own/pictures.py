"""Read a grey picture with its full depth: one slice of a scan."""

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from sambench.errors import InputError

_DEEP = ("I", "F")  # Pillow's modes of 16 bits and more begin so


def read_grey_picture(path: Path) -> np.ndarray:
    """Read a picture as grey values.

    Parameters
    ----------
    path : Path
        PNG, TIFF, JPEG or BMP, of 8 or 16 bits; colours become their luminance.

    Returns
    -------
    np.ndarray
        ``(H, W)`` float32.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    try:
        with Image.open(path) as picture:
            if not picture.mode.startswith(_DEEP):
                picture = picture.convert("L")
            return np.asarray(picture).astype(np.float32)
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError) as error:
        raise InputError(
            where=path,
            found=f"a file that cannot be read ({error or type(error).__name__})",
            expected="a picture",
            remedy="Copy the file again",
        ) from error
