"""Read the ``.npz`` cases of MedSAM v0, which hold image and mask in one file."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from sambench.data.volume import Volume
from sambench.errors import Unsupported

IMAGES, MASKS = "imgs", "gts"
#: What others call them.
ALIASES = {
    IMAGES: ("imgs", "img", "images", "image", "data"),
    MASKS: ("gts", "gt", "labels", "label", "masks", "mask", "seg"),
}


def read_npz_volume(path: Path, key: str) -> Volume:
    """Read the images or the masks of a case as a volume.

    Parameters
    ----------
    path : Path
        File with `IMAGES` ``(N, H, W, 3)`` of equal channels or ``(N, H, W)``, and
        `MASKS` ``(N, H, W)``, or under another of their `ALIASES`.
    key : str
        Which of the two.

    Returns
    -------
    Volume
        ``(N, H, W)`` with voxels of 1 mm: the file has no spacing.

    Raises
    ------
    ValueError
        If the file is no such case.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            names = [name for name in ALIASES[key] if name in arrays]
            if not names:
                held = ", ".join(arrays)
                raise ValueError(f"no array '{key}' among {held or 'none'}")
            array = arrays[names[0]]
    except BadZipFile as error:
        raise ValueError(f"no array '{key}' ({error})") from error
    if array.ndim == 4 and array.shape[-1] == 3:
        if not (array == array[..., :1]).all():
            raise Unsupported(f"coloured '{key}'; equal channels are expected")
        array = array[..., 0]
    return Volume(array, np.eye(4))
