"""Score masks that lie in files, without packed slices or a workflow."""

import logging
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from sambench.data.readers import read_label_volume, read_photo_mask
from sambench.errors import InputError
from sambench.metrics.case import score_masks
from sambench.metrics.score import frame_of
from sambench.metrics.scores_file import ANY

VOLUMES = (".nii.gz", ".nii", ".mha", ".mhd")
PHOTOS = (".png", ".tif", ".tiff", ".bmp")

logger = logging.getLogger(__name__)


def case_name(path: Path) -> str | None:
    """Give the name of a mask without its suffix; None if it is no mask."""
    for suffix in (*VOLUMES, *PHOTOS):
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    return None


def pair_files(prediction: Path, label: Path) -> dict[str, tuple[Path | None, Path]]:
    """Pair predictions with labels.

    Parameters
    ----------
    prediction, label : Path
        Two files, or two folders whose files have the same names but for the suffix.

    Returns
    -------
    dict
        By case: prediction (None where there is none) and label.

    Raises
    ------
    InputError
        A path is not there, the labels hold no mask, or no mask has the name of one.
    """
    for path in (prediction, label):
        if not path.exists():
            raise InputError(
                where=path,
                found="nothing",
                expected="a mask or a folder of masks",
                remedy="Correct the path",
            )
    if label.is_file() and prediction.is_file():
        return {case_name(label) or label.name: (prediction, label)}
    if label.is_file() or prediction.is_file():
        raise InputError(
            where=prediction,
            found="a file beside a folder",
            expected="two files or two folders",
            remedy="Give two paths of one kind",
        )
    predictions = {case_name(path): path for path in sorted(prediction.iterdir())}
    labels = {case_name(path): path for path in sorted(label.iterdir())}
    labels.pop(None, None)
    predictions.pop(None, None)
    if not labels:
        raise InputError(
            where=label,
            found="no mask",
            expected=f"files ending in {', '.join((*VOLUMES, *PHOTOS))}",
            remedy="Correct the path",
        )
    strange = sorted(set(predictions) - set(labels))
    if strange and len(strange) == len(predictions):
        raise InputError(
            where=prediction,
            found=f"masks of {', '.join(strange[:3])}",
            expected=f"names of labels, such as {', '.join(sorted(labels)[:3])}",
            remedy="Name each prediction as its label",
        )
    if strange:
        logger.warning(
            f"{prediction}: not scored, since no label has its name ({len(strange)}): "
            f"{', '.join(strange[:8])}"
        )
    return {case: (predictions.get(case), path) for case, path in labels.items()}


def score_files(
    prediction: Path,
    label: Path,
    structures: Mapping[str, Sequence[int]],
    identity: Mapping,
    tolerance: float,
    *,
    spacing: Sequence[float] | None = None,
    post_processing: Sequence[str] = ("none",),
    data_source: str = "original",
) -> pd.DataFrame:
    """Score predicted masks against labels, in 3D for volumes, in 2D for images.

    Parameters
    ----------
    prediction, label : Path
        Two files, or two folders. A label without a prediction is a miss. Voxels are
        compared by index; a header that places them elsewhere is warned of.
    structures : mapping
        Name to label values; an empty list means every value but 0.
    identity : mapping
        benchmark, method, source, target and seed to write into the rows.
    tolerance : float
        NSD tolerance in mm, or in pixels for images.
    spacing : sequence of float, optional
        ``(z, y, x)`` in mm in place of that of the label's header.
    post_processing : sequence of str
        Names of `sambench.postprocess.POST_PROCESSING`, each scored on its own.
    data_source : str
        To write into the rows.

    Returns
    -------
    DataFrame
        Columns of `sambench.metrics.scores_file.SCHEMA`.

    Raises
    ------
    InputError
        Masks that cannot be read or do not fit, or images mixed with volumes.
    """
    views = dict.fromkeys(product(("all", "foreground"), post_processing), ())
    records, units, moved = [], set(), []
    for case, (predicted_path, label_path) in pair_files(prediction, label).items():
        labelled, steps, affine = _read(label_path)
        units.add("mm" if labelled.ndim == 3 else "px")
        predicted = np.zeros_like(labelled)
        if predicted_path is not None:
            predicted, _, other = _read(predicted_path)
            if not np.allclose(affine, other, atol=0.01):
                moved.append(predicted_path.name)
        if predicted.shape != labelled.shape:
            raise InputError(
                where=predicted_path,
                found=f"shape {predicted.shape}",
                expected=f"that of the label, {labelled.shape}",
                remedy="Bring the prediction onto the grid of the label",
            )
        masks = {
            name: (_select(predicted, values), _select(labelled, values))
            for name, values in structures.items()
        }
        any_label = np.any([mask for _, mask in masks.values()], axis=0)
        foreground = np.atleast_1d(any_label.any(axis=(-2, -1)))
        steps = steps if spacing is None or labelled.ndim == 2 else tuple(spacing)
        for name, (found, wanted) in masks.items():
            records += score_masks(
                found,
                wanted,
                foreground,
                steps,
                tolerance,
                (case, name, ANY),
                views,
            )
    if moved:
        logger.warning(
            "another origin, spacing or orientation in the header than that of the "
            "label; voxels are compared by index, with the spacing of the label "
            f"({len(moved)}): {', '.join(moved[:8])}"
        )
    if len(units) > 1:
        raise InputError(
            where=label,
            found="volumes and images",
            expected="one kind",
            remedy="Score them apart",
        )
    return frame_of(
        records, dict(identity), tolerance, unit=units.pop(), data_source=data_source
    )


def _select(labels: np.ndarray, values: Sequence[int]) -> np.ndarray:
    return np.isin(labels, list(values)) if values else labels > 0


def _read(path: Path) -> tuple[np.ndarray, tuple[float, ...], np.ndarray]:
    """Read labels, their spacing, and the affine of the header."""
    if path.name.lower().endswith(PHOTOS):
        return read_photo_mask(path), (1.0, 1.0), np.eye(4)
    volume = read_label_volume(path)
    return volume.array, volume.spacing, volume.affine
