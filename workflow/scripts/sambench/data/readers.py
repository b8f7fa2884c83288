"""Read the image and the mask of a case from NIfTI, MetaImage, DICOM or npz files."""

from pathlib import Path

import numpy as np

from sambench.data.dicom_series import read_dicom_series
from sambench.data.geometry import shear, voxel_sizes
from sambench.data.itk import read_nrrd
from sambench.data.label_values import as_labels
from sambench.data.metaimage import read_metaimage
from sambench.data.nifti import read_nifti
from sambench.data.npz_volume import IMAGES, MASKS, read_npz_volume
from sambench.data.unreadable import UNREADABLE, unreadable
from sambench.data.volume import StoredGrid, Volume
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
    grid = _read_grid(Path(path), channel, film, IMAGES)
    return _as_volume(grid._replace(array=grid.array.astype(np.float32)), path)


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
    grid = _read_grid(Path(path), channel, film, MASKS)
    return _as_volume(grid._replace(array=as_labels(grid.array, path)), path)


def _read_grid(path: Path, channel: int | None, film: bool, key: str) -> StoredGrid:
    """Return the array ``(X, Y, Z)``, its affine and doubts."""
    try:
        grid = _load(path, key)
        array = grid.array
        if array.dtype.kind not in "iufb":
            raise Unsupported(f"voxels of type {array.dtype}, which are no numbers")
    except UNREADABLE as error:
        raise unreadable(path, "a volume", error) from error
    found = f"shape {array.shape}, type {array.dtype}"
    if array.ndim == 5 and array.shape[3] == 1:  # channels as ITK writes them
        array = array[..., 0, :]
    if channel is not None:
        if array.ndim == 4 and channel < array.shape[-1]:
            array = array[..., channel]
        elif array.ndim != 3 or channel or film:
            wanted = f"a 4D volume of numbers with channel {channel}"
            raise _other_dimensions(path, found, wanted)
    while array.ndim > 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3:
        raise _other_dimensions(path, found, "a 3D volume of numbers")
    return grid._replace(array=array)


def _other_dimensions(path: Path, found: str, wanted: str) -> InputError:
    return InputError(
        where=path,
        found=found,
        expected=wanted,
        remedy="Check that this is the file that is meant, in the layout of its set",
    )


def _load(path: Path, key: str) -> StoredGrid:
    suffix = path.suffix.lower()
    if path.is_dir():
        return read_dicom_series(path)
    if suffix == ".npz":
        return read_npz_volume(path, key)
    if suffix in (".mhd", ".mha"):
        return read_metaimage(path)
    return read_nrrd(path) if suffix in (".nrrd", ".nhdr") else read_nifti(path)


def _as_volume(grid: StoredGrid, path: Path) -> Volume:
    x, y, z = (float(size) for size in voxel_sizes(grid.affine))
    if not (np.isfinite(grid.affine).all() and min(x, y, z) > 0):
        raise InputError(
            where=path,
            found=f"voxels of {z} x {y} x {x} mm in the header",
            expected="sizes above 0",
            remedy="Correct the header, or copy the file again",
        )
    doubts = grid.doubts
    if (degrees := shear(grid.affine)) > SHEAR_TOLERANCE:
        doubts += (
            f"axes that miss a right angle by {degrees:.3g} degrees (a tilted gantry?);"
            " distances are taken as if they did not",
        )
    ordered = np.ascontiguousarray(grid.array.transpose(2, 1, 0))
    return Volume(ordered, (z, y, x), grid.affine, doubts)
