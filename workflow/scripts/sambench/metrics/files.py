"""Score masks that lie in files, without packed slices or a workflow."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from sambench.data.geometry import header_differs, in_other_order, matched
from sambench.data.image_files import read_photo_mask
from sambench.data.mask_folder import PHOTOS
from sambench.data.readers import read_label_volume
from sambench.data.volume import Volume
from sambench.errors import InputError, first_few
from sambench.metrics.case import score_masks
from sambench.metrics.file_pairs import pair_files
from sambench.metrics.label_units import LabelUnits
from sambench.metrics.names import ANY
from sambench.metrics.score import frame_of

logger = logging.getLogger(__name__)

_MOVED = (
    "another origin, spacing or orientation in the header than that of the label; "
    "voxels are compared by index, with the spacing of the label"
)
_FLAT = "volumes of one slice, measured as images in mm"
_TURNED = (
    "--spacing has the numbers of the header in another order; it is slices, rows, "
    "columns"
)


def score_files(
    prediction: Path,
    label: Path,
    structures: Mapping[str, Sequence[int]],
    identity: Mapping,
    tolerance: float,
    *,
    spacing: Sequence[float] | None = None,
    post_processing: Sequence[str] = ("none",),
) -> pd.DataFrame:
    """Score predicted masks against labels, in 3D for volumes, in 2D for images.

    A label without a prediction is a miss. If both headers are of the same voxels in
    another order, the label's is taken. Otherwise voxels are compared by index, and the
    other header is warned of.

    Parameters
    ----------
    prediction, label : Path
        Two files, or two folders.
    structures : mapping
        Name to label values; an empty list means every value but 0.
    identity : mapping
        benchmark, method, source, target and seed to write into the rows.
    tolerance : float
        NSD tolerance in mm, or in pixels for images.
    spacing : sequence of float, optional
        ``(z, y, x)`` in mm in place of that of the label's header.
    post_processing : sequence of str
        Names of `sambench.metrics.postprocess.POST_PROCESSING`, each scored on its own.

    Returns
    -------
    DataFrame
        Columns of `sambench.metrics.scores_file.SCHEMA`.

    Raises
    ------
    InputError
        Masks that cannot be read or do not fit, values that stand for no structure, or
        images mixed with volumes.
    """
    views = dict.fromkeys(product(("all", "foreground"), post_processing), ())
    records, units, odd = [], set(), defaultdict(list)
    values = LabelUnits(structures)
    for case, (predicted_path, label_path) in pair_files(prediction, label).items():
        labelled = _read(label_path)
        unit = "px" if labelled.affine is None else "mm"
        units.add(unit)
        predicted = Volume(np.zeros_like(labelled.array), None)
        if predicted_path is not None:
            predicted, elsewhere = _beside(_read(predicted_path), labelled)
            _check_shape(predicted, labelled, predicted_path)
            values.add_prediction(predicted_path.name, predicted.array)
            if elsewhere:
                odd[_MOVED].append(predicted_path.name)
        values.add_label(label_path.name, labelled.array)
        for doubt in dict.fromkeys(labelled.doubts + predicted.doubts):
            odd[f"{doubt}; --spacing sets the voxel size"].append(case)
        steps = labelled.spacing or (1.0, 1.0)
        if spacing is not None and unit == "mm":
            if in_other_order(spacing, steps):
                odd[_TURNED].append(case)
            steps = tuple(spacing)
        if unit == "mm" and 1 in labelled.array.shape:
            odd[_FLAT].append(case)
        pair, steps = _flattened((predicted.array, labelled.array), steps)
        masks = {
            name: tuple(_select(array, chosen) for array in pair)
            for name, chosen in structures.items()
        }
        any_label = np.any([mask for _, mask in masks.values()], axis=0)
        foreground = np.atleast_1d(any_label.any(axis=(-2, -1)))
        for name, (found, wanted) in masks.items():
            about = (case, name, ANY)
            records += score_masks(
                found, wanted, foreground, steps, tolerance, about, views
            )
    if len(units) > 1:
        raise InputError(
            where=label,
            found="volumes and images",
            expected="one kind",
            remedy="Score them apart",
        )
    values.check(prediction)
    for words, names in odd.items():
        logger.warning(f"{words} ({len(names)}): {first_few(names)}")
    about = {"unit": units.pop(), "data_source": "original"}
    return frame_of(records, identity, tolerance, **about)


def _read(path: Path) -> Volume:
    """Read a mask; an image has no affine."""
    if path.name.lower().endswith(PHOTOS):
        return Volume(read_photo_mask(path), None)
    return read_label_volume(path)


def _beside(mask: Volume, label: Volume) -> tuple[Volume, bool]:
    """Return a mask in the label's order of voxels, and whether it lies elsewhere."""
    if mask.affine is None or label.affine is None:
        return mask, False
    place = label.affine, label.array.shape[::-1]
    mask = matched(mask, *place)
    return mask, header_differs(mask.affine, *place)


def _check_shape(predicted: Volume, labelled: Volume, path: Path) -> None:
    if predicted.array.shape != labelled.array.shape:
        raise InputError(
            where=path,
            found=f"shape {predicted.array.shape}",
            expected=f"that of the label, {labelled.array.shape}",
            remedy="Bring the prediction onto the grid of the label",
        )


def _flattened(
    arrays: tuple[np.ndarray, ...], spacing: Sequence[float]
) -> tuple[tuple[np.ndarray, ...], tuple[float, ...]]:
    """Make images of volumes of one slice, of which every voxel were surface."""
    shape = arrays[0].shape
    if len(shape) == 2 or 1 not in shape:
        return arrays, tuple(spacing)
    axis = shape.index(1)
    steps = tuple(step for number, step in enumerate(spacing) if number != axis)
    return tuple(array.squeeze(axis) for array in arrays), steps


def _select(labels: np.ndarray, values: Sequence[int]) -> np.ndarray:
    return np.isin(labels, list(values)) if values else labels > 0
