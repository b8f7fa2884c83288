"""Read the image and the mask of a case from NIfTI, DICOM or photograph files."""

import zlib
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from PIL import Image, UnidentifiedImageError

from sambench.data.dicom_series import read_dicom_series
from sambench.data.metaimage import read_metaimage
from sambench.data.npz_volume import IMAGES, MASKS, read_npz_volume
from sambench.errors import InputError

_UNREADABLE = (
    OSError,
    EOFError,
    zlib.error,
    ValueError,
    TypeError,
    SyntaxError,  # Pillow: damaged TIFF directory
    ImageFileError,
    HeaderDataError,
    UnidentifiedImageError,
)
_MEND = "Unpack or copy the file again; if it stays, the data set is damaged"


@dataclass(frozen=True)
class Volume:
    """A volume in the order that SimpleITK would give it.

    Parameters
    ----------
    array : np.ndarray
        ``(Z, Y, X)``: slices, rows, columns.
    spacing : tuple of float
        ``(z, y, x)`` in mm.
    affine : np.ndarray
        ``(4, 4)`` matrix of the NIfTI header, for indices in the order ``(x, y, z)``.
    """

    array: np.ndarray
    spacing: tuple[float, float, float]
    affine: np.ndarray


def read_volume(
    path: Path, channel: int | None = None, canonical: bool = False
) -> Volume:
    """Read an image volume.

    Parameters
    ----------
    path : Path
        NIfTI file, 3D or 4D, MetaImage, case of MedSAM v0, or folder of a DICOM
        series.
    channel : int or None
        Index in the last axis of a 4D file.
    canonical : bool
        Turn the volume to the closest RAS orientation first.

    Returns
    -------
    Volume
        With a float32 array; values are the file's, scaled as its header says.

    Raises
    ------
    InputError
        If the file is missing, damaged, or has other dimensions.
    """
    array, image = _read_grid(path, channel, canonical, IMAGES)
    return _as_volume(array.astype(np.float32), image, path)


def read_label_volume(
    path: Path, canonical: bool = False, channel: int | None = None
) -> Volume:
    """Read a mask volume.

    Parameters
    ----------
    path : Path
        NIfTI file, 3D or 4D, MetaImage, or case of MedSAM v0.
    canonical : bool
        Turn the volume to the closest RAS orientation first.
    channel : int or None
        Index in the last axis, if the file is 4D.

    Returns
    -------
    Volume
        With a uint8 array of the label values in the file.

    Raises
    ------
    InputError
        If the file is missing or damaged, or a value is no whole number in 0..255.
    """
    array, image = _read_grid(path, channel, canonical, MASKS)
    return _as_volume(_as_labels(array, path), image, path)


def read_photo(path: Path) -> np.ndarray:
    """Read a colour photograph.

    Parameters
    ----------
    path : Path
        TIFF, PNG or JPEG file.

    Returns
    -------
    np.ndarray
        ``(H, W, 3)`` uint8, red, green, blue.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    return np.asarray(_read_image_file(path, mode="RGB"))


def read_photo_mask(path: Path) -> np.ndarray:
    """Read the mask of a photograph.

    Parameters
    ----------
    path : Path
        Grey or palette image file; a colour file with equal channels is grey.

    Returns
    -------
    np.ndarray
        ``(H, W)`` uint8 of the values in the file.

    Raises
    ------
    InputError
        If the file is missing or damaged, or coloured.
    """
    array = np.asarray(_read_image_file(path))
    if array.ndim == 3:
        if not (array[..., :3] == array[..., :1]).all():
            raise InputError(
                where=path,
                found="a coloured image",
                expected="a grey mask",
                remedy="Check that the path names the mask and not the photograph",
            )
        array = array[..., 0]
    return _as_labels(array, path)


def _read_grid(
    path: Path, channel: int | None, canonical: bool, key: str
) -> tuple[np.ndarray, nibabel.spatialimages.SpatialImage]:
    """Return the array ``(X, Y, Z)`` and the image that holds its affine."""
    path = Path(path)
    try:
        image = _load(path, key)
        if canonical:
            image = nibabel.as_closest_canonical(image)
        array = np.asanyarray(image.dataobj)
    except _UNREADABLE as error:
        raise _unreadable(path, "a volume", error) from error
    while array.ndim > 3 and array.shape[-1] == 1 and channel is None:
        array = array[..., 0]
    if array.ndim == 4 and channel is not None and channel < array.shape[-1]:
        array = array[..., channel]
    if array.ndim != 3 or array.dtype.kind not in "iufb":
        wanted = "3D" if channel is None else f"4D with a channel {channel}"
        raise InputError(
            where=path,
            found=f"shape {array.shape}, type {array.dtype}",
            expected=f"a {wanted} volume of numbers",
            remedy="Check that the data set has the layout that is configured",
        )
    return array, image


def _load(path: Path, key: str) -> nibabel.spatialimages.SpatialImage:
    if path.is_dir():
        return read_dicom_series(path)
    if path.suffix == ".npz":
        return read_npz_volume(path, key)
    if path.suffix in (".mhd", ".mha"):
        return read_metaimage(path)
    # Memory maps are off: they report a truncated file only when it is touched.
    return nibabel.load(path, mmap=False)


def _as_volume(
    array: np.ndarray, image: nibabel.spatialimages.SpatialImage, path: Path
) -> Volume:
    x, y, z = (float(size) for size in nibabel.affines.voxel_sizes(image.affine))
    if not (np.isfinite([x, y, z]).all() and min(x, y, z) > 0):
        raise InputError(
            where=path,
            found=f"voxels of {z} x {y} x {x} mm in the header",
            expected="sizes above 0",
            remedy=_MEND,
        )
    ordered = np.ascontiguousarray(array.transpose(2, 1, 0))
    return Volume(array=ordered, spacing=(z, y, x), affine=image.affine)


def _as_labels(array: np.ndarray, path: Path) -> np.ndarray:
    if array.dtype == np.uint8:
        return array
    # A comparison with NaN is false, so NaN fails here as it should.
    if (
        array.dtype.kind == "b"
        or ((array >= 0) & (array <= 255) & (array == np.floor(array))).all()
    ):
        return array.astype(np.uint8)
    raise InputError(
        where=path,
        found=f"mask values from {array.min()} to {array.max()}, not all whole numbers"
        if array.dtype.kind == "f"
        else f"mask values from {array.min()} to {array.max()}",
        expected="whole numbers from 0 to 255",
        remedy="Check that the path names the mask and not the image",
    )


def _read_image_file(path: Path, mode: str | None = None) -> Image.Image:
    path = Path(path)
    try:
        with Image.open(path) as image:
            image.load()
            return image.convert(mode) if mode else image.copy()
    except _UNREADABLE as error:
        raise _unreadable(path, "an image file", error) from error


def _unreadable(path: Path, what: str, error: Exception) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(
            where=path,
            found="no such file",
            expected=what,
            remedy="Check the data set for missing files",
        )
    return InputError(
        where=path,
        found=f"a file that cannot be read ({error or type(error).__name__})",
        expected=what,
        remedy=_MEND,
    )
