"""Read a case of one's own data: any mixture of volumes and pictures.

A picture among volumes is one slice of unknown spacing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sambench.data.cases import Case
from sambench.data.mask_files import mask_files
from sambench.data.own.description import PICTURES
from sambench.data.own.orientation import turned
from sambench.data.own.pictures import read_grey_picture
from sambench.data.own.recoding import join_structures, recode
from sambench.data.pairs import CasePair
from sambench.data.readers import (
    Volume,
    read_label_volume,
    read_photo,
    read_photo_mask,
    read_volume,
)
from sambench.errors import InputError

_FEW = 16  # values of a mask: more are an image's


def read_own_pair(case: Case, root: Path, description: Mapping[str, Any]) -> CasePair:
    """Read image and mask of a case.

    Parameters
    ----------
    case : Case
        As `sambench.data.own.layout` lists it.
    root : Path
        Folder of the data set.
    description : mapping
        See `sambench.data.own.description.describe`.

    Returns
    -------
    CasePair
        The mask holds label values of the description. Spacing and affines are None
        where they are not known. Several images are channels, in the last axis.

    Raises
    ------
    InputError
        If a file is missing or damaged, holds a number without a meaning, or if image
        and mask seem to be swapped.
    """
    site = description["sites"][case.group]
    images = [root / path for path in mask_files(case.image)]
    masks = [root / path for path in mask_files(case.mask)]
    photo = description["kind"] == "photo"
    pictures = [_read_image(path, site, photo) for path in images]
    volumes = []
    for path in masks:
        try:
            volumes.append(_read_mask(path, site, photo))
        except InputError as error:
            raise _perhaps_swapped(error, pictures[0].array) from error
    arrays = [volume.array for volume in volumes]
    _same_shapes(masks, arrays)
    words = dict(site["words"])
    if site["codes"] is None:
        mask = join_structures(arrays)
    else:
        mask = recode(arrays[0], dict(site["codes"]), words, masks[0])
    _same_shapes(images, [picture.array for picture in pictures])
    image = _joined([picture.array for picture in pictures], photo)
    spacing, affines = _geometry(pictures[0], volumes[0], site)
    return CasePair(image, mask, spacing, affines)


def _read_image(path: Path, site: Mapping[str, Any], photo: bool) -> Volume:
    if photo:
        return _flat(read_photo(path))
    if path.suffix.lower() in PICTURES:
        return _flat(read_grey_picture(path)[None])
    canonical = site["orientation"] == "canonical"
    return turned(read_volume(path, site["channel"], canonical), site["orientation"])


def _read_mask(path: Path, site: Mapping[str, Any], photo: bool) -> Volume:
    if photo:
        return _flat(read_photo_mask(path))
    if path.suffix.lower() in PICTURES:
        return _flat(read_photo_mask(path)[None])
    canonical = site["orientation"] == "canonical"
    return turned(read_label_volume(path, canonical), site["orientation"])


def _flat(array: np.ndarray) -> Volume:
    return Volume(array, spacing=None, affine=None)


def _joined(arrays: list[np.ndarray], photo: bool) -> np.ndarray:
    """Make channels of several images; two of them leave the third empty."""
    if len(arrays) == 1:
        return arrays[0]
    if photo:
        arrays = [array.mean(axis=-1).round().astype(np.uint8) for array in arrays]
    if len(arrays) == 2:
        arrays = [*arrays, np.zeros_like(arrays[0])]
    return np.stack(arrays, axis=-1)


def _geometry(
    image: Volume, mask: Volume, site: Mapping[str, Any]
) -> tuple[tuple[float, float, float] | None, tuple | None]:
    given = site["spacing"]
    if given == "unknown":
        return None, None
    if given is not None:
        return tuple(float(step) for step in given), None
    affines = (image.affine, mask.affine)
    return image.spacing, None if any(a is None for a in affines) else affines


def _same_shapes(paths: list[Path], arrays: list[np.ndarray]) -> None:
    shapes = [array.shape for array in arrays]
    for path, shape in zip(paths, shapes, strict=True):
        if shape != shapes[0]:
            raise InputError(
                where=path,
                found=f"shape {shape}",
                expected=f"{shapes[0]} as in {paths[0].name}",
                remedy="Check that the files are of one case",
            )


def _perhaps_swapped(error: InputError, image: np.ndarray) -> InputError:
    if len(np.unique(image)) > _FEW:
        return error
    return InputError(
        where=error.where,
        found=f"{error.found}, and a mask's few values in the image",
        expected="an image and its mask",
        remedy="The patterns of images and masks seem to be swapped",
    )
