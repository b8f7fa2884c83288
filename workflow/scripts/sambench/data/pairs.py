"""Read image and mask of a case together, whatever kind of data set it is from."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sambench.data.cases import Case, mask_files
from sambench.data.datasets.dataset import Dataset
from sambench.data.geometry import NO_TURN, matched, turn_to_ras, turned
from sambench.data.image_files import read_photo, read_photo_mask
from sambench.data.readers import read_label_volume, read_volume
from sambench.data.volume import Grid, Volume
from sambench.errors import InputError


@dataclass(frozen=True)
class CasePair:
    """The arrays of a case.

    Parameters
    ----------
    image : np.ndarray
        ``(Z, Y, X)`` float32, or ``(H, W, 3)`` uint8 for a photograph.
    mask : np.ndarray
        ``(Z, Y, X)`` or ``(H, W)`` uint8, the label values of the data set.
    spacing : tuple of float or None
        ``(z, y, x)`` in mm; None for a photograph.
    affines : tuple of np.ndarray or None
        NIfTI affines ``(4, 4)`` of image and mask as stored, in the same order of
        voxels if these are the same; None for a photograph.
    grid : Grid or None
        How `mask` is stored and was turned; None for a photograph.
    doubts : tuple of str
        "<file>: found ..." of headers that contradict themselves.
    """

    image: np.ndarray
    mask: np.ndarray
    spacing: tuple[float, float, float] | None = None
    affines: tuple[np.ndarray, np.ndarray] | None = None
    grid: Grid | None = None
    doubts: tuple[str, ...] = ()

    @property
    def plane(self) -> tuple[int, ...]:
        """Shape of the image without its channels, which the mask has to have."""
        return self.image.shape[: self.mask.ndim]


def read_pair(case: Case, root: Path, dataset: Dataset) -> CasePair:
    """Read image and mask of a case; an `InputError` if one is missing or damaged."""
    if dataset.read is not None:
        return dataset.read(case, Path(root))
    image_path, mask_path = Path(root) / case.image, Path(root) / case.mask
    if dataset.kind == "photo":
        return CasePair(read_photo(image_path), _photo_mask(case, Path(root), dataset))
    image = read_volume(image_path, case.channel, dataset.film)
    channel = case.channel if dataset.film else None
    mask = read_label_volume(mask_path, channel, dataset.film)
    doubts = header_doubts((case.image, case.mask), (image, mask))
    if dataset.resample:
        from sambench.data.resampling import resample_to

        image = resample_to(image, mask)
    mask = matched(mask, image.affine, image.array.shape[::-1])
    affines = (image.affine, mask.affine)
    turn = turn_to_ras(image.affine) if dataset.canonical else NO_TURN
    grid = Grid(image.affine, mask.array.shape[::-1], turn)
    image, mask = turned(image, turn), turned(mask, turn)
    return CasePair(image.array, mask.array, image.spacing, affines, grid, doubts)


def header_doubts(names: Iterable[str], volumes: Iterable[Volume]) -> tuple[str, ...]:
    """List what headers contradict themselves in, each with the name of its file."""
    return tuple(
        f"{name}: found {doubt}"
        for name, volume in zip(names, volumes, strict=True)
        for doubt in volume.doubts
    )


def read_listed(row: tuple, root: Path, dataset: Dataset) -> CasePair:
    """Read the case of a row of the inventory, as ``DataFrame.itertuples`` gives it.

    Raises
    ------
    InputError
        If a file is damaged, or of other shape than the inventory says.
    """
    channel = None if pd.isna(row.channel) else int(row.channel)
    case = Case(
        row.case, row.group, row.patient, row.split, row.image, row.mask, channel
    )
    pair = read_pair(case, root, dataset)
    shape = pair.mask.shape if pair.mask.ndim == 3 else (1, *pair.mask.shape)
    listed = (row.n_slices, row.n_rows, row.n_columns)
    if shape != listed or pair.plane != pair.mask.shape:
        raise InputError(
            where=root / row.image,
            found=f"image and mask of shapes {pair.plane} and {pair.mask.shape}",
            expected=f"{listed} as in the inventory",
            remedy="Make the inventory again: the files changed since",
        )
    return pair


def _photo_mask(case: Case, root: Path, dataset: Dataset) -> np.ndarray:
    masks = [read_photo_mask(root / name) for name in mask_files(case.mask)]
    if len(masks) == 1:
        return masks[0]
    shapes = sorted({mask.shape for mask in masks})
    if len(shapes) > 1:
        raise InputError(
            where=root / mask_files(case.mask)[0],
            found=f"masks of shapes {', '.join(map(str, shapes))}",
            expected="one shape for all raters",
            remedy="Unpack the archive again",
        )
    return dataset.combine_masks(np.stack(masks))
