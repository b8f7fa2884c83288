"""Read the image and the mask of a case from NIfTI, MetaImage, DICOM or npz files."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from sambench.data.dicom_series import read_dicom_series
from sambench.data.geometry import shear
from sambench.data.itk import read_nrrd
from sambench.data.label_values import as_labels
from sambench.data.metaimage import read_metaimage
from sambench.data.nifti import read_nifti
from sambench.data.npz_volume import IMAGES, MASKS, read_npz_volume
from sambench.data.unreadable import UNREADABLE, unreadable
from sambench.data.volume import Volume
from sambench.errors import InputError, Unsupported

#: In degrees: from there on axes that are not at right angles are mentioned.
SHEAR_TOLERANCE = 0.1


def read_volume(path: Path, channel: int | None = None, film: bool = False) -> Volume:
    """Read an image volume as its file stores it.

    Parameters
    ----------
    channel : int or None
        Index in the last axis of a 4D file. A 3D file is its own channel 0.
    film : bool
        Whether the last axis is time, so that a 3D file will not do.

    Raises
    ------
    InputError
        If the file is missing, damaged, not supported, or has other dimensions.
    """
    volume = _read(Path(path), channel, film, IMAGES)
    return replace(volume, array=np.ascontiguousarray(volume.array, np.float32))


def read_label_volume(
    path: Path, channel: int | None = None, film: bool = False
) -> Volume:
    """Read a mask volume, uint8 label values, as its file stores it; see `read_volume`.

    Raises
    ------
    InputError
        If the file is missing, damaged or not supported, or a value is no whole number
        in 0..255.
    """
    volume = _read(Path(path), channel, film, MASKS)
    labels = as_labels(volume.array, path)
    return replace(volume, array=np.ascontiguousarray(labels))


def _read(path: Path, channel: int | None, film: bool, key: str) -> Volume:
    """Return the array ``(Z, Y, X)`` as it is stored, its affine and doubts."""
    try:
        volume = _load(path, key)
        array = volume.array
        if array.dtype.kind not in "iufb":
            raise Unsupported(f"voxels of type {array.dtype}, which are no numbers")
    except UNREADABLE as error:
        raise unreadable(path, "a volume", error) from error
    found = f"shape {array.shape[::-1]}, type {array.dtype}"
    if array.ndim == 5 and array.shape[1] == 1:  # channels as ITK writes them
        array = array[:, 0]
    if channel is not None:
        if array.ndim == 4 and channel < len(array):
            array = array[channel]
        elif array.ndim != 3 or channel or film:
            wanted = f"a 4D volume of numbers with channel {channel}"
            raise _other_dimensions(path, found, wanted, array.ndim, key)
    while array.ndim > 3 and len(array) == 1:
        array = array[0]
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3:
        wanted = "a 3D volume of numbers"
        raise _other_dimensions(path, found, wanted, array.ndim, key)
    return replace(volume, array=array, doubts=volume.doubts + _doubts(volume, path))


def _other_dimensions(
    path: Path, found: str, wanted: str, axes: int, key: str
) -> InputError:
    remedy = "Check that this is the file that is meant, in the layout of its set"
    if axes == 4 and key == MASKS:
        remedy += ". Own masks are one map of numbers, or a 3D file for each structure"
    elif axes == 4:
        remedy += ". Of own data, `channel` chooses a volume"
    return InputError(where=path, found=found, expected=wanted, remedy=remedy)


def _load(path: Path, key: str) -> Volume:
    suffix = path.suffix.lower()
    if path.is_dir():
        return read_dicom_series(path)
    if suffix == ".npz":
        return read_npz_volume(path, key)
    if suffix in (".mhd", ".mha"):
        return read_metaimage(path)
    return read_nrrd(path) if suffix in (".nrrd", ".nhdr") else read_nifti(path)


def _doubts(volume: Volume, path: Path) -> tuple[str, ...]:
    """Look at the axes, of which an `InputError` if they have no size."""
    z, y, x = volume.spacing
    if not (np.isfinite(volume.affine).all() and min(x, y, z) > 0):
        raise InputError(
            where=path,
            found=f"voxels of {z} x {y} x {x} mm in the header",
            expected="sizes above 0",
            remedy="Correct the header, or copy the file again",
        )
    if (degrees := shear(volume.affine)) <= SHEAR_TOLERANCE:
        return ()
    return (
        f"axes that miss a right angle by {degrees:.3g} degrees (a tilted gantry?);"
        " distances are taken as if they did not",
    )
