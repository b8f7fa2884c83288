"""Pair predicted masks with labels by the names of their files."""

import logging
from collections.abc import Sequence
from pathlib import Path

from sambench.data.mask_folder import (
    PHOTOS,
    VOLUMES,
    MaskFolder,
    list_masks,
    mask_name,
)
from sambench.errors import InputError, first_few

logger = logging.getLogger(__name__)


def pair_files(prediction: Path, label: Path) -> dict[str, tuple[Path | None, Path]]:
    """Pair predictions with labels.

    Parameters
    ----------
    prediction, label : Path
        Two files, or two folders whose files have the same names but for the suffix.

    Returns
    -------
    dict
        By case: prediction (None if there is none, which is warned of) and label.

    Raises
    ------
    InputError
        A path is not there, both are the same, two files have one name, the labels
        hold no mask, or no prediction has the name of one.
    """
    for path in (prediction, label):
        if not path.exists():
            raise InputError(
                where=path,
                found="nothing",
                expected="a mask or a folder of masks",
                remedy="Correct the path",
            )
    if label.resolve() == prediction.resolve():
        raise InputError(
            where=prediction,
            found="the labels themselves",
            expected="predictions, and labels elsewhere",
            remedy="Correct one of the two paths",
        )
    if label.is_file() and prediction.is_file():
        return {mask_name(label) or label.name: (prediction, label)}
    if label.is_file() or prediction.is_file():
        raise InputError(
            where=prediction,
            found="a file beside a folder",
            expected="two files or two folders",
            remedy="Give two paths of one kind",
        )
    labels = list_masks(label)
    if not labels.masks:
        raise InputError(
            where=label,
            found=f"no mask; the folder holds {labels.holding()}",
            expected=f"files ending in {', '.join((*VOLUMES, *PHOTOS))}",
            remedy="Correct the path, or convert the files; folders in it are not "
            "searched, as masks of patients may have one name there",
        )
    if labels.strangers:
        logger.warning(f"{label}: not read as labels: {first_few(labels.strangers)}")
    photos = all(path.name.lower().endswith(PHOTOS) for path in labels.masks.values())
    suffixes = PHOTOS if photos else VOLUMES
    predictions = list_masks(prediction, suffixes)
    _compare(predictions, labels, suffixes)
    return {
        mask_name(path) or key: (predictions.masks.get(key), path)
        for key, path in labels.masks.items()
    }


def _compare(
    predictions: MaskFolder, labels: MaskFolder, suffixes: Sequence[str]
) -> None:
    """Warn of files without a partner; refuse a folder in which nothing has one."""
    strange = [
        path.name for key, path in predictions.masks.items() if key not in labels.masks
    ]
    missing = [
        path.name for key, path in labels.masks.items() if key not in predictions.masks
    ]
    if len(missing) == len(labels.masks):
        kind = "no mask with the name of a label" if strange else "no mask"
        raise InputError(
            where=predictions.path,
            found=f"{kind}; the folder holds {predictions.holding()}",
            expected=f"names of labels, such as {first_few(missing)}",
            remedy="Name each prediction as its label, but for the ending: "
            f"{', '.join(suffixes)}",
        )
    if missing:
        logger.warning(
            f"{predictions.path}: no prediction of {len(missing)} of "
            f"{len(labels.masks)} labels, which count as missed: {first_few(missing)}"
        )
    strange += predictions.strangers
    if strange:
        logger.warning(
            f"{predictions.path}: not scored, since no label has its name "
            f"({len(strange)}): {first_few(strange)}"
        )
