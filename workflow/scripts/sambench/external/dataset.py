"""Write the cases of a domain as files that other programs read.

The form is that of nnU-Net's raw data sets, which is plain: `imagesTr/<case>_0000` and
`labelsTr/<case>`, NIfTI volumes or PNG photographs on the grid of the original image,
with `dataset.json` and `source.json` beside them.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pandas as pd
from nibabel.orientations import inv_ornt_aff
from PIL import Image

from sambench.data.datasets import Dataset
from sambench.data.packed import PackedSlices
from sambench.data.pairs import CasePair, read_listed
from sambench.data.validation import validation_rows
from sambench.errors import count_of
from sambench.external.labels import LabelCode, label_code

SUFFIXES = {"volume": ".nii.gz", "photo": ".png"}

logger = logging.getLogger(__name__)


def write_training_data(
    folder: Path,
    packed: PackedSlices,
    inventory: pd.DataFrame,
    root: Path,
    dataset: Dataset,
    domain: Mapping[str, Any],
    validation: float,
) -> None:
    """Write images and labels of the cases that train, with what describes them.

    Parameters
    ----------
    folder : Path
        Where to; its name becomes the name of the data set.
    packed : PackedSlices
        The source: says which cases train, and what the structures are.
    domain : mapping
        The description of the domain: `group`, `modality`.
    validation : float
        Share of the patients that is held out; these cases are written, too, and
        `source.json` says which they are.

    Raises
    ------
    InputError
        If structures overlap such that one map of labels cannot hold them.
    """
    code = label_code(packed.structures)
    images, labels = folder / "imagesTr", folder / "labelsTr"
    for made in (images, labels):
        made.mkdir(parents=True)
    cases = packed.cases("train")
    for case, pair in _pairs(cases, inventory, domain["group"], root, dataset):
        _write_image(images, case, pair)
        _write_labels(labels, case, pair, code)
    held_out = validation_rows([packed], validation)[0]
    held_out = set(packed.slices["case"].iloc[held_out])
    patients = packed.slices.drop_duplicates("case").set_index("case")["patient"]
    source = {
        "kind": packed.kind,
        "data": {packed.domain: packed.digest()},
        "structures": code.structures,
        "cases": [
            {"case": case, "patient": patients[case], "held_out": case in held_out}
            for case in cases
        ],
    }
    description = _description(packed, code, domain, len(cases))
    for name, content in (("dataset", description), ("source", source)):
        text = json.dumps(content, indent=2) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    logger.info(f"{folder}: {count_of(len(cases), 'case')}")


def write_images(
    folder: Path,
    packed: PackedSlices,
    inventory: pd.DataFrame,
    root: Path,
    dataset: Dataset,
    domain: Mapping[str, Any],
) -> None:
    """Write the images of the cases that test, `<case>_0000` with its suffix.

    Parameters
    ----------
    folder : Path
        Where to.
    packed, inventory, root, dataset, domain
        As for `write_training_data`, of the target.
    """
    folder.mkdir(parents=True)
    cases = packed.cases("test")
    for case, pair in _pairs(cases, inventory, domain["group"], root, dataset):
        _write_image(folder, case, pair)
    logger.info(f"{folder}: {count_of(len(cases), 'case')}")


def _pairs(
    cases: list[str], inventory: pd.DataFrame, group: str, root: Path, dataset: Dataset
) -> Iterator[tuple[str, CasePair]]:
    rows = inventory[inventory["group"] == group].set_index("case", drop=False)
    for row in rows.loc[cases].itertuples():
        yield row.case, read_listed(row, root, dataset)


def _write_image(folder: Path, case: str, pair: CasePair) -> None:
    if pair.grid is None:
        Image.fromarray(pair.image).save(folder / f"{case}_0000.png")
        return
    image = pair.image if pair.image.ndim == 4 else pair.image[..., None]
    if np.array_equal(image, whole := image.astype(np.int16)):
        image = whole  # half the bytes, where intensities are whole numbers
    for channel in range(image.shape[-1]):
        path = folder / f"{case}_{channel:04d}.nii.gz"
        _write_volume(path, image[..., channel], _affine(pair))


def _write_labels(folder: Path, case: str, pair: CasePair, code: LabelCode) -> None:
    labels = code.table[pair.mask]
    if pair.grid is None:
        Image.fromarray(labels).save(folder / f"{case}.png")
    else:
        _write_volume(folder / f"{case}.nii.gz", labels, _affine(pair))


def _affine(pair: CasePair) -> np.ndarray:
    """Return the header of the arrays of a pair, which may have been turned.

    Voxels of unknown size count as 1 mm.
    """
    grid = pair.grid
    if grid.affine is None:
        return np.diag([*(pair.spacing or (1.0, 1.0, 1.0))[::-1], 1.0])
    return grid.affine @ inv_ornt_aff(grid.turn, grid.shape)


def _write_volume(path: Path, array: np.ndarray, affine: np.ndarray) -> None:
    volume = nibabel.Nifti1Image(array.transpose(2, 1, 0), affine)
    volume.header.set_xyzt_units("mm")
    nibabel.save(volume, path)


def _description(
    packed: PackedSlices, code: LabelCode, domain: Mapping[str, Any], cases: int
) -> dict[str, Any]:
    """Describe the data set as nnU-Net's documentation of `dataset.json` says."""
    photo = packed.kind == "photo"
    # A channel named CT is normalised by its window there, any other by z-score.
    channels = [domain.get("modality") or "image"]
    if photo:
        channels = ["red", "green", "blue"]
    elif packed.images.ndim == 4:
        channels = [f"{channels[0]} {n}" for n in range(packed.images.shape[-1])]
    labels: dict[str, int | list[int]] = {"background": 0}
    for name in code.order:
        values = code.structures[name]
        labels[name] = values if code.nested else values[0]
    description: dict[str, Any] = {
        "channel_names": {str(n): name for n, name in enumerate(channels)},
        "labels": labels,
        "numTraining": cases,
        "file_ending": SUFFIXES[packed.kind],
    }
    if code.nested:
        description["regions_class_order"] = list(range(1, len(code.order) + 1))
    if not photo:
        # The affine as it is: SimpleITK refuses directions that are not orthogonal.
        description["overwrite_image_reader_writer"] = "NibabelIO"
    return description
