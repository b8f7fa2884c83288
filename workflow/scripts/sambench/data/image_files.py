"""Read photographs and their masks from image files, without a loss of values.

Pillow converts what it is asked to: it clips 16 bits to 8, takes the number of a colour
for a value, and drops what is transparent. That is refused here, or undone.
"""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, UnidentifiedImageError

from sambench.data.label_values import as_labels
from sambench.data.unreadable import UNREADABLE, unreadable
from sambench.errors import InputError, Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator

_ORIENTATION = 274  # tag of EXIF and TIFF; 1: rows and columns as they are stored
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_OPAQUE = {"LA": "L", "PA": "P", "RGBA": "RGB"}
_LOSSY = ("JPEG", "MPO")
_DEEP = ("I", "F")  # modes of 16 bits and more begin so
_EIGHT_BITS = ("1", "L", "P", "RGB", *_OPAQUE)


def read_photo(path: Path) -> np.ndarray:
    """Read a photograph: a TIFF, PNG or JPEG file of one page, colour or grey.

    Returns
    -------
    np.ndarray
        ``(H, W, 3)`` uint8, red, green, blue.

    Raises
    ------
    InputError
        If the file is missing, damaged, or holds what 8 bits of three colours do not:
        more bits, several pages, transparency, other colours, a turn by its header.
    """
    path = Path(path)
    with _opened(path, "a photograph") as image:
        if image.mode not in _EIGHT_BITS:
            raise Unsupported(
                f"an image of mode {image.mode}; a photograph has 8 bits a channel, a "
                "slice of a scan (of kind volume) may have more"
            )
        return np.asarray(_opaque(image).convert("RGB"))


def read_grey_picture(path: Path) -> np.ndarray:
    """Read a picture as grey values of full depth: one slice of a scan.

    Colours become their luminance. It is refused as by `read_photo`, but that grey
    values may have more bits.

    Returns
    -------
    np.ndarray
        ``(H, W)`` float32.
    """
    path = Path(path)
    with _opened(path, "a picture") as image:
        if image.mode in _EIGHT_BITS:
            image = _opaque(image).convert("L")
        elif not image.mode.startswith(_DEEP):
            raise Unsupported(f"an image of mode {image.mode}; grey is expected")
        return np.asarray(image).astype(np.float32)


def read_photo_mask(path: Path) -> np.ndarray:
    """Read the mask of a photograph.

    Parameters
    ----------
    path : Path
        Image file of one page: grey; with equal channels; or with a colour table. Of a
        table of greys the greys are the values, of one of colours their numbers.

    Returns
    -------
    np.ndarray
        ``(H, W)`` uint8 label values.

    Raises
    ------
    InputError
        If the file is missing, damaged, coloured, transparent in part, a JPEG of more
        than two values, or a value is no whole number in 0..255.
    """
    path = Path(path)
    with _opened(path, "a mask") as image:
        lossy = image.format in _LOSSY
        image = _opaque(image)
        array = _table_values(image) if image.mode == "P" else np.asarray(image)
    if array.ndim == 3:
        if array.shape[-1] != 3 or not (array == array[..., :1]).all():
            raise InputError(
                where=path,
                found="a coloured image",
                expected="a grey mask",
                remedy="Check that the path names the mask and not the photograph; "
                "save a mask drawn in colours with one grey or palette number per "
                "structure",
            )
        array = array[..., 0]
    if lossy and (count := len(np.unique(array))) > 2:
        raise InputError(
            where=path,
            found=f"{count} values in a JPEG file, whose compression changes values",
            expected="a mask that was saved without loss",
            remedy="Save it again as PNG, with the values it was drawn with",
        )
    return as_labels(array, path)


@contextmanager
def _opened(path: Path, what: str) -> "Iterator[Image.Image]":
    """Open an image after a look at what opening it would change."""
    try:
        with Image.open(path) as image:
            _check_stored(image)
            image.load()
            yield image
    except UnidentifiedImageError as error:
        raise unreadable(path, what, _unidentified(path) or error) from error
    except InputError:
        raise
    except UNREADABLE as error:
        raise unreadable(path, what, error) from error


def _check_stored(image: Image.Image) -> None:
    pages = getattr(image, "n_frames", 1)
    if pages > 1 and image.format != "MPO":  # of cameras, with a preview
        raise Unsupported(f"{pages} pages or frames in one file; one is expected")
    turn = image.getexif().get(_ORIENTATION, 1)
    if turn not in (0, 1):
        raise Unsupported(
            f"an image to be turned (EXIF orientation {turn}), of which it is not "
            "known whether its mask was drawn before or after the turn"
        )
    if image.mode not in _EIGHT_BITS:
        return
    stored = image.tile[0].args if image.tile else ""
    stored = stored if isinstance(stored, str) else str((stored or [""])[0])
    if "16" in stored or "32" in stored:
        raise Unsupported("16 bits a colour channel; 8 are expected")


def _opaque(image: Image.Image) -> Image.Image:
    """Drop transparency that says nothing, refuse what may hold the shape."""
    if "transparency" in image.info and image.mode not in _OPAQUE:
        alpha = np.asarray(image.convert("RGBA"))[..., 3]
    elif image.mode in _OPAQUE:
        alpha = np.asarray(image.getchannel("A"))
    else:
        return image
    if alpha.min(initial=255) != alpha.max(initial=0):
        raise Unsupported("an image that is transparent in part")
    return image.convert(_OPAQUE[image.mode]) if image.mode in _OPAQUE else image


def _table_values(image: Image.Image) -> np.ndarray:
    """Return greys of a colour table of greys, else the numbers of the colours."""
    numbers = np.asarray(image)
    table = np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
    grey = (table == table[:, :1]).all(axis=1)
    used = np.unique(numbers)
    if used.size and used[-1] >= len(table):
        raise Unsupported(f"colour {used[-1]} of a table of {len(table)}")
    if grey.all():
        return table[numbers, 0]
    if grey[used].all() and ((table[used, 0] == 0) != (used == 0)).any():
        raise Unsupported(
            f"a colour table in which {used.tolist()} are the greys "
            f"{table[used, 0].tolist()}, so that it is not clear what is background"
        )
    return numbers


def _unidentified(path: Path) -> Exception | None:
    """Look again at a TIFF file that Pillow does not know: it may well be sound."""
    with path.open("rb") as stream:
        if stream.read(4) not in _TIFF:
            return None
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            return Unsupported(f"a TIFF of shape {page.shape}, type {page.dtype}")
    except Exception:  # whatever it raises, the file is damaged
        return None
