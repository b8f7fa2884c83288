"""Read a case of the user's data: any mixture of volumes and pictures.

A picture among volumes is one slice of unknown spacing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.orientations import axcodes2ornt

from sambench.data.cases import Case, mask_files
from sambench.data.geometry import (
    NO_TURN,
    PLACE_TOLERANCE,
    difference,
    displacement,
    in_other_order,
    matched,
    turn_to_ras,
    turned,
)
from sambench.data.image_files import read_grey_picture, read_photo, read_photo_mask
from sambench.data.label_values import is_graded
from sambench.data.own.description import PICTURES
from sambench.data.own.recoding import join_structures, recode
from sambench.data.pairs import CasePair, header_doubts
from sambench.data.readers import read_label_volume, read_volume
from sambench.data.volume import Grid, Volume, in_words
from sambench.errors import InputError

#: Orientations by the header; others state where the axes x, y and z point to.
AS_READ = (None, "stored", "canonical")
_FEW = 16  # values of a mask: more are an image's


def read_own_pair(case: Case, root: Path, description: Mapping[str, Any]) -> CasePair:
    """Read image and mask of a case.

    Returns
    -------
    CasePair
        The mask holds label values of the description. Spacing and affines are None
        if they are not known. Several images are channels, in the last axis.

    Raises
    ------
    InputError
        If a file is missing or damaged, holds a number without a meaning, or if image
        and mask seem to be swapped.
    """
    site, photo = description["sites"][case.group], description["kind"] == "photo"
    names = mask_files(case.image), mask_files(case.mask)
    images, masks = ([root / name for name in each] for each in names)
    read_picture = read_photo if photo else read_grey_picture
    channel_of = partial(read_volume, channel=site["channel"])
    pictures = [_read(path, photo, read_picture, channel_of) for path in images]
    volumes = []
    for path in masks:
        try:
            volumes.append(_read(path, photo, read_photo_mask, read_label_volume))
        except InputError as error:
            raise _perhaps_swapped(error, pictures[0].array) from error
    doubts = header_doubts([*names[0], *names[1]], pictures + volumes)
    doubts += _spacing_doubts(images[0], pictures[0], site)
    doubts += tuple(
        f"{name}: found {count} values that change from pixel to pixel, as compression "
        "leaves them"
        for name, volume in zip(names[1], volumes, strict=True)
        if (count := len(np.unique(volume.array))) > _FEW and is_graded(volume.array)
    )
    trusted = site["spacing"] is None and site["orientation"] in AS_READ
    if trusted:
        first = pictures[0]
        pictures = [_in_order_of(first, volume) for volume in pictures]
        volumes = [_in_order_of(first, volume) for volume in volumes]
        doubts += _compare_headers(images + masks[1:], pictures + volumes[1:])
    affines = (pictures[0].affine, volumes[0].affine)
    grid = _grid(pictures[0], volumes[0], site, trusted)
    if grid is not None:
        pictures = [turned(volume, grid.turn) for volume in pictures]
        volumes = [turned(volume, grid.turn) for volume in volumes]
    arrays = [volume.array for volume in volumes]
    _same_shapes(masks, arrays)
    words = dict(site["words"])
    if site["codes"] is None:
        mask = join_structures(arrays)
    else:
        mask = recode(arrays[0], dict(site["codes"]), words, masks[0])
    _same_shapes(images, [picture.array for picture in pictures])
    image = _joined([picture.array for picture in pictures], photo)
    if not trusted or any(affine is None for affine in affines):
        affines = None
    return CasePair(image, mask, _spacing(pictures[0], site), affines, grid, doubts)


def _read(
    path: Path,
    photo: bool,
    read_picture: Callable[[Path], np.ndarray],
    read_scan: Callable[[Path], Volume],
) -> Volume:
    """Read a file; nothing but a scan with a header has a place and a spacing."""
    if photo:
        return Volume(read_picture(path), affine=None)
    if path.suffix.lower() in PICTURES:
        return Volume(read_picture(path)[None], affine=None)
    scan = read_scan(path)
    # The voxels of 1 mm stand for what an npz file does not say.
    return replace(scan, affine=None) if path.suffix.lower() == ".npz" else scan


def _in_order_of(image: Volume, volume: Volume) -> Volume:
    if image.affine is None or volume.affine is None:
        return volume
    return matched(volume, image.affine, image.array.shape[::-1])


def _grid(
    image: Volume, mask: Volume, site: Mapping[str, Any], trusted: bool
) -> Grid | None:
    """Return how the case is stored and to be turned; None for a photograph."""
    if mask.array.ndim < 3:
        return None
    turn = NO_TURN
    if site["orientation"] == "canonical" and image.affine is not None:
        turn = turn_to_ras(image.affine)
    elif site["orientation"] not in AS_READ:
        turn = axcodes2ornt(site["orientation"])
    return Grid(image.affine if trusted else None, mask.array.shape[::-1], turn)


def _compare_headers(paths: list[Path], volumes: list[Volume]) -> tuple[str, ...]:
    """Compare further files with the first image; image and mask are, like all others.

    Another spacing or direction is an `InputError`, another place a doubt.
    """
    first, doubts = volumes[0], []
    for path, volume in zip(paths, volumes, strict=True):
        if volume.affine is None or first.affine is None:
            continue
        if differs := difference(volume.affine, first.affine):
            found, _, expected = differs.partition(", expected ")
            raise InputError(
                where=path,
                found=found,
                expected=f"{expected} as in {paths[0].name}",
                remedy="Check that the files are of one case",
            )
        shape = first.array.shape[::-1]
        apart = displacement(volume.affine, first.affine, shape)
        if apart > PLACE_TOLERANCE:
            grid = f"a grid {apart:.4g} voxels from that of {paths[0].name}"
            doubts.append(f"{path.name}: found {grid}")
    return tuple(doubts)


def _joined(arrays: list[np.ndarray], photo: bool) -> np.ndarray:
    """Make channels of several images; two of them leave the third empty."""
    if len(arrays) == 1:
        return arrays[0]
    if photo:
        arrays = [array.mean(axis=-1).round().astype(np.uint8) for array in arrays]
    if len(arrays) == 2:
        arrays = [*arrays, np.zeros_like(arrays[0])]
    return np.stack(arrays, axis=-1)


def _spacing(
    image: Volume, site: Mapping[str, Any]
) -> tuple[float, float, float] | None:
    given = site["spacing"]
    if given == "unknown":
        return None
    if given is not None:
        return tuple(float(step) for step in given)
    return image.spacing


def _spacing_doubts(
    path: Path, image: Volume, site: Mapping[str, Any]
) -> tuple[str, ...]:
    given = site["spacing"]
    if given in (None, "unknown") or not in_other_order(given, image.spacing):
        return ()
    return (
        f"{path.name}: found {in_words(image.spacing)} mm in the header and "
        f"{in_words(given)} in the configuration; the order is slices, rows, columns",
    )


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
