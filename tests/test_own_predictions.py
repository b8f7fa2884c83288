"""Masks from elsewhere as a method: read on the original grid, missing ones fail."""

import logging
import zipfile

import nibabel
import numpy as np
import pytest
import yaml
from PIL import Image

from sambench.errors import InputError
from sambench.metrics.score import score_target
from sambench.phantoms import write_phantom
from sambench.predict.files import read_predictions

IDENTITY = {
    "benchmark": "test",
    "method": "own",
    "source": "s",
    "target": "t",
    "seed": 1,
}


def write_volume(path, array):
    """Write (Z, Y, X) as the NIfTI file that it was read from."""
    affine = np.diag([0.5, 0.5, 3.0, 1.0])
    image = nibabel.Nifti1Image(array.astype(np.uint8).T, affine)
    nibabel.save(image, path)


@pytest.fixture
def packed(pack_discs):
    return pack_discs(cases=3, slices=3, structures=("disc", "cup"), splits=("test",))


def labels(packed, case):
    return np.asarray(packed.masks[packed.case_rows(case)])


def dice(packed, folder):
    scores = score_target(packed, read_predictions(folder, packed), IDENTITY, 2.0)
    rows = scores[(scores["metric"] == "dice") & (scores["slices"] == "all")]
    return rows.set_index(["case", "structure"])[["value", "outcome"]]


def test_label_maps_score_as_the_labels_they_are(packed, tmp_path):
    for case in packed.cases("test"):
        write_volume(tmp_path / f"{case}.nii.gz", labels(packed, case))
    found = dice(packed, tmp_path)
    assert len(found) == 6
    assert (found["value"] == 100).all()


def test_a_missing_case_is_a_failure_and_no_crash(packed, tmp_path, caplog):
    for case in packed.cases("test")[:2]:
        write_volume(tmp_path / f"{case}.nii.gz", labels(packed, case))
    with caplog.at_level(logging.WARNING):
        found = dice(packed, tmp_path)
    assert (found.loc["case2", "outcome"] == "missed").all()
    assert (found.loc["case2", "value"] == 0).all()
    assert (found.loc["case0", "value"] == 100).all()
    assert "1 of 3 cases have no mask" in caplog.text
    assert "case2" in caplog.text


def test_a_file_for_each_structure_will_do_and_a_missing_one_is_empty(packed, tmp_path):
    mask = packed.structure_masks(packed.case_rows("case0"))[:, 0]
    write_volume(tmp_path / "case0_disc.nii", 7 * mask)
    found = dice(packed, tmp_path)
    assert found.loc[("case0", "disc"), "value"] == 100
    assert found.loc[("case0", "cup"), "outcome"] == "missed"


def test_photographs_are_read_from_png(pack_discs, tmp_path):
    packed = pack_discs(cases=2, slices=1, splits=("test",))
    packed.kind = "photo"
    mask = labels(packed, "case0")[0]
    Image.fromarray(mask.astype(np.uint8)).save(tmp_path / "case0.png")
    predictions = read_predictions(tmp_path, packed)
    np.testing.assert_array_equal(predictions.masks[0, 0], mask > 0)
    assert not predictions.masks[1].any()


def test_a_wrong_number_of_slices_is_explained(packed, tmp_path):
    write_volume(tmp_path / "case0.nii.gz", labels(packed, "case0")[:2])
    with pytest.raises(InputError, match="3 slices") as caught:
        read_predictions(tmp_path, packed)
    assert "case0.nii.gz" in caught.value.where


def test_a_mask_of_another_grid_is_refused(packed, tmp_path):
    larger = labels(packed, "case0").repeat(2, axis=1)
    write_volume(tmp_path / "case0.nii.gz", larger)
    with pytest.raises(InputError, match="3 slices of 64 x 64 pixels"):
        read_predictions(tmp_path, packed)


def test_a_folder_that_is_not_there_says_what_it_should_hold(packed, tmp_path):
    with pytest.raises(InputError, match=r"case0\.nii\.gz"):
        read_predictions(tmp_path / "nowhere", packed)


def test_the_masks_of_the_example_fit_its_synthetic_data(repository, tmp_path):
    """One case is left out on purpose; the others are near the labels of the demo."""
    path = repository / "config" / "examples" / "own_predictions.yaml"
    example = yaml.safe_load(path.read_text())
    write_phantom("saml_prostate", tmp_path / "a.zip", **example["phantoms"])
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(tmp_path / "data")
    folder = example["overrides"]["own_predictions"]["predictions"]["folder"]
    chosen = example["select"]["prostate"]
    missing = 0
    for target in chosen["targets"]:
        names = {"benchmark": "prostate", "source": "RUNMC", "target": target}
        masks = repository / folder.format(**names)
        for label in (tmp_path / "data").rglob(f"{target}/*_segmentation.nii.gz"):
            case = label.name.removesuffix("_segmentation.nii.gz")
            mask = masks / f"{target}_{case}.nii.gz"
            missing += not mask.is_file()
            if mask.is_file():
                wanted, found = (nibabel.load(p).get_fdata() > 0 for p in (label, mask))
                dice = 2 * (wanted & found).sum() / (wanted.sum() + found.sum())
                assert 0.7 < dice < 1
    assert missing == 1
