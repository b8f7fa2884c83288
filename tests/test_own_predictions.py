"""Masks from elsewhere as a method: read on the original grid, missing ones fail."""

import logging
import zipfile

import nibabel
import numpy as np
import pytest
import SimpleITK
import yaml
from PIL import Image

from every_view import score_target
from sambench.errors import InputError
from sambench.phantoms import write_phantom
from sambench.predict.files import read_predictions

IDENTITY = {
    "benchmark": "test",
    "method": "own",
    "source": "s",
    "target": "t",
    "seed": 1,
}


AFFINE = np.diag([0.5, 0.5, 3.0, 1.0])


def write_volume(path, array, affine=AFFINE):
    """Write (Z, Y, X) as the NIfTI file that it was read from."""
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


def test_a_header_that_lost_its_place_is_warned_of_and_voxels_count(
    packed, tmp_path, caplog
):
    made = tmp_path / "made"
    made.mkdir()
    for case in packed.cases("test"):
        write_volume(made / f"{case}.nii.gz", labels(packed, case), np.eye(4))
    with caplog.at_level(logging.WARNING):
        assert (dice(packed, made)["value"] == 100).all()
    assert "voxels are taken by index (3): case0.nii.gz" in caplog.text


def test_masks_of_the_same_voxels_in_another_order_are_taken_as_they_are(
    packed, tmp_path, caplog
):
    made = tmp_path / "made"
    made.mkdir()
    for case in packed.cases("test"):
        stored = nibabel.Nifti1Image(labels(packed, case).astype(np.uint8).T, AFFINE)
        turn = nibabel.orientations.axcodes2ornt("PLI")
        nibabel.save(stored.as_reoriented(turn), made / f"{case}.nii.gz")
    with caplog.at_level(logging.WARNING):
        assert (dice(packed, made)["value"] == 100).all()
    assert not caplog.text


def test_masks_are_turned_as_their_image_was(tmp_path):
    """A data set whose volumes are turned, and masks with and without a header."""
    from sambench.data.packed import PackedSlices
    from sambench.data.packing import pack_domain
    from tiny_datasets import build_inventory

    lps = np.diag([-1.0, -1, 2, 1])
    lps[:3, 3] = [12, 12, -100]
    mask = np.zeros((9, 8, 6), np.uint8)
    mask[1:4, 1:5, 1:3] = 1
    for number in range(3):
        noise = np.random.default_rng(number).integers(0, 99, mask.shape)
        for name, array in (("volume", noise), ("segmentation", mask)):
            image = nibabel.Nifti1Image(array.astype(np.int16), lps)
            nibabel.save(image, tmp_path / f"{name}-{number}.nii")
    benchmark = {
        "id": "b",
        "kind": "volume",
        "split": {"rule": "none"},
        "preparations": {"p": {}},
        "domains": {
            "d": {
                "dataset": "lits",
                "group": "ct",
                "preparation": "p",
                "structures": {"liver": [1]},
            }
        },
    }
    inventory = build_inventory("lits", tmp_path)
    folder = tmp_path / "packed"
    pack_domain(inventory, tmp_path, benchmark, "d", folder, "original")
    packed = PackedSlices(folder)
    np.testing.assert_array_equal(packed.masks[:6], mask.T[:, ::-1, ::-1])
    made = tmp_path / "made"
    for affine in (lps, np.eye(4)):
        made.mkdir(exist_ok=True)
        for number in range(3):
            write_volume(made / f"lits_{number}.nii.gz", mask.T, affine)
        assert (dice(packed, made)["value"] == 100).all()


@pytest.mark.parametrize("name", ["case0.npy", "segmentation-0.nii.gz"])
def test_a_folder_in_which_nothing_is_recognised_is_no_table_of_zeros(
    packed, tmp_path, name
):
    made = tmp_path / "made"
    made.mkdir()
    (made / name).write_bytes(b"1")
    with pytest.raises(InputError, match="no mask of any test case") as caught:
        read_predictions(made, packed)
    assert name in caught.value.found
    assert "case0.nii.gz" in caught.value.expected


@pytest.mark.parametrize("suffix", [".mha", ".MHD"])
def test_metaimages_are_read_too(packed, tmp_path, suffix):
    made = tmp_path / "made"
    made.mkdir()
    for case in packed.cases("test"):
        image = SimpleITK.GetImageFromArray(labels(packed, case).astype(np.uint8))
        image.SetSpacing((0.5, 0.5, 3.0))
        image.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))  # RAS, as the images are
        path = made / f"{case}{suffix.lower()}"
        SimpleITK.WriteImage(image, str(path))
        path.rename(path.with_suffix(suffix))
    assert (dice(packed, made)["value"] == 100).all()


def test_two_masks_of_one_case_are_both_named(packed, tmp_path):
    for name in ("case0.nii", "case0.nii.gz"):
        write_volume(tmp_path / name, labels(packed, "case0"))
    with pytest.raises(InputError, match=r"case0\.nii and case0\.nii\.gz"):
        read_predictions(tmp_path, packed)
    (tmp_path / "case0.nii").rename(tmp_path / "case0_disc.nii")
    with pytest.raises(InputError, match=r"of case case0: case0\.nii\.gz and"):
        read_predictions(tmp_path, packed)


def test_a_value_that_stands_for_nothing_is_refused_if_a_structure_lacks(
    packed, tmp_path, caplog
):
    for case in packed.cases("test"):
        other = labels(packed, case)
        write_volume(tmp_path / f"{case}.nii.gz", np.where(other == 2, 255, other))
    with pytest.raises(InputError, match=r"values 255 that are in no .* none of cup"):
        read_predictions(tmp_path, packed)
    for case in packed.cases("test"):  # a cup written as the disc around it
        write_volume(tmp_path / f"{case}.nii.gz", labels(packed, case) > 0)
    with caplog.at_level(logging.WARNING):
        read_predictions(tmp_path, packed)
    assert "no value of cup in any prediction (values found: 1)" in caplog.text


def test_probabilities_of_a_structure_are_no_mask(packed, tmp_path):
    """Every pixel above 0 would count."""
    size = packed.masks.shape[1:]
    graded = np.random.default_rng(0).integers(0, 256, (3, *size), np.uint8)
    write_volume(tmp_path / "case0_disc.nii.gz", graded)
    with pytest.raises(InputError, match="threshold the map"):
        read_predictions(tmp_path, packed)


def test_a_file_that_fits_no_structure_is_named(packed, tmp_path):
    made = tmp_path / "made"
    made.mkdir()
    for case in packed.cases("test"):
        write_volume(made / f"{case}_disc.nii.gz", labels(packed, case) > 0)
        write_volume(made / f"{case}_Optic_Cup.nii.gz", labels(packed, case) > 1)
    with pytest.raises(InputError, match="no file of cup in any case") as caught:
        read_predictions(made, packed)
    assert "case0_Optic_Cup.nii.gz" in caught.value.found
    assert "case0_cup.nii.gz" in caught.value.expected


def test_structures_that_some_cases_lack_are_warned_of(packed, tmp_path, caplog):
    for case in packed.cases("test"):
        write_volume(tmp_path / f"{case}_disc.nii.gz", labels(packed, case) > 0)
    write_volume(tmp_path / "case0_cup.nii.gz", labels(packed, "case0") > 1)
    with caplog.at_level(logging.WARNING):
        read_predictions(tmp_path, packed)
    assert "2 of 3 cases have no file of cup" in caplog.text


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
