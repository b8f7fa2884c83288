"""Read the ``.npz`` cases of MedSAM v0, which hold image and mask in one file."""

from pathlib import Path
from zipfile import BadZipFile

import nibabel
import numpy as np

IMAGES, MASKS = "imgs", "gts"


def read_npz_volume(path: Path, key: str) -> nibabel.Nifti1Image:
    """Read the images or the masks of a case as a volume.

    Parameters
    ----------
    path : Path
        File with `IMAGES` ``(N, H, W, 3)`` of equal channels and `MASKS` ``(N, H, W)``.
    key : str
        Which of the two.

    Returns
    -------
    nibabel.Nifti1Image
        ``(W, H, N)`` with voxels of 1 mm: the file has no spacing.

    Raises
    ------
    ValueError
        If the file is no such case.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            array = arrays[key]
    except (KeyError, BadZipFile) as error:
        raise ValueError(f"no array '{key}' ({error})") from error
    if array.ndim == 4 and array.shape[-1] == 3:
        array = array[..., 0]
    if array.dtype == bool:
        array = array.astype(np.uint8)
    return nibabel.Nifti1Image(array.T, np.eye(4), dtype=array.dtype)
