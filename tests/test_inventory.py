"""Every case is checked, and all that is wrong is reported at once."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import tiny_datasets as tiny
from sambench.data.cases import INVENTORY_COLUMNS
from sambench.data.geometry import turn_to_ras, turned
from sambench.data.image_files import read_photo_mask
from sambench.data.inventory import read_inventory, write_inventory
from sambench.data.readers import read_label_volume, read_volume
from sambench.errors import InputError
from tiny_datasets import build_inventory

REALDATA = Path(
    os.environ.get(
        "SAMBENCH_REALDATA", Path(__file__).parents[2] / "shared" / "realdata"
    )
)
IMAGE = "RUNMC/Case00.nii.gz"
MASK = "RUNMC/Case00_segmentation.nii.gz"
SPACING = (3.0, 0.5, 0.4)


@pytest.fixture
def saml(tmp_path):
    return tiny.saml(tmp_path)


def fault(root, dataset="saml_prostate"):
    """Return the message of the one fault in a data set, with its file named."""
    with pytest.raises(InputError) as caught:
        build_inventory(dataset, root)
    assert caught.value.found.startswith("1 fault in data set")
    assert caught.value.remedy
    assert str(root) == caught.value.where
    return caught.value.found


def test_volume_row_holds_size_spacing_and_labels(saml):
    inventory = build_inventory("saml_prostate", saml)
    assert list(inventory.columns) == list(INVENTORY_COLUMNS)
    assert inventory["case"].tolist() == [
        "BMC_Case00",
        "HK_Case38",
        "RUNMC_Case00",
        "RUNMC_Case01",
    ]
    row = inventory.set_index("case").loc["RUNMC_Case00"]
    assert (row["n_slices"], row["n_rows"], row["n_columns"]) == (4, 6, 5)
    spacing = row[["spacing_z", "spacing_y", "spacing_x"]].tolist()
    np.testing.assert_allclose(spacing, [3.0, 0.5, 0.4], rtol=1e-6)
    assert row["labels"] == "0 1 2"
    assert row["foreground_slices"] == 2
    assert row["kind"] == "volume"
    assert pd.isna(row["channel"])


def test_photo_row_has_one_slice_and_no_spacing(tmp_path):
    inventory = build_inventory("riga_plus", tiny.riga(tmp_path), {"rater": 2})
    row = inventory.iloc[0]
    assert (row["n_slices"], row["n_rows"], row["n_columns"]) == (1, 20, 20)
    assert row["kind"] == "photo"
    assert row["labels"] == "0 128 255"
    assert inventory[["spacing_z", "spacing_y", "spacing_x"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("dataset", "make"),
    [("saml_prostate", tiny.saml), ("riga_plus", tiny.riga), ("msd", tiny.msd)],
)
def test_inventory_comes_back_from_its_file(tmp_path, dataset, make):
    inventory = build_inventory(dataset, make(tmp_path / "data"))
    write_inventory(inventory, tmp_path / "inventory.csv")
    pd.testing.assert_frame_equal(read_inventory(tmp_path / "inventory.csv"), inventory)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "inventory.csv"]


def test_file_that_is_no_inventory_is_named(tmp_path):
    (tmp_path / "inventory.csv").write_text("case\nx\n")
    with pytest.raises(InputError, match=r"inventory\.csv"):
        read_inventory(tmp_path / "inventory.csv")
    with pytest.raises(InputError, match=r"absent\.csv"):
        read_inventory(tmp_path / "absent.csv")


def test_missing_mask_is_named_with_its_image(saml):
    (saml / MASK).unlink()
    found = fault(saml)
    assert f"{MASK}: found no such file" in found
    assert f"image {IMAGE}" in found


def test_missing_image_is_named_with_its_mask(saml):
    (saml / IMAGE).unlink()
    found = fault(saml)
    assert f"{IMAGE}: found no such file" in found
    assert f"mask {MASK}" in found


def test_mask_of_another_shape(saml):
    tiny.write_nifti(saml / MASK, tiny.label((4, 6, 6)), SPACING)
    assert f"{MASK}: found shape (4, 6, 6), expected (4, 6, 5)" in fault(saml)


def test_mask_of_another_spacing(saml):
    tiny.write_nifti(saml / MASK, tiny.label(), (3.0, 0.5, 0.5))
    found = fault(saml)
    assert f"{MASK}: found spacing 0.5 x 0.5 x 3 mm" in found
    assert "expected 0.4 x 0.5 x 3" in found


def test_mask_of_another_direction(saml):
    tiny.write_nifti(saml / MASK, tiny.label(), affine=np.diag([-0.4, 0.5, 3.0, 1.0]))
    assert f"{MASK}: found directions LAS, expected RAS as in the image" in fault(saml)


def test_spacing_may_differ_by_rounding(saml):
    tiny.write_nifti(saml / MASK, tiny.label(), (3.0, 0.50002, 0.4))
    assert len(build_inventory("saml_prostate", saml)) == 4


def test_unknown_label_value(saml):
    tiny.write_nifti(saml / MASK, tiny.label(values=(1, 4, 9)), SPACING)
    assert f"{MASK}: found label values 4 9, expected only 0 1 2" in fault(saml)


def test_label_values_that_are_no_whole_numbers(saml):
    mask = tiny.label().astype(np.float32)
    mask[1, 1, 1] = 0.5
    tiny.write_nifti(saml / MASK, mask, SPACING)
    found = fault(saml)
    assert MASK in found
    assert "not all whole numbers" in found


def test_empty_mask(saml):
    tiny.write_nifti(saml / MASK, np.zeros((4, 6, 5), np.uint8), SPACING)
    assert f"{MASK}: found an empty mask" in fault(saml)


@pytest.mark.parametrize("value", [0, 7])
def test_empty_volume(saml, value):
    tiny.write_nifti(saml / IMAGE, np.full((4, 6, 5), value, np.int16), SPACING)
    assert f"{IMAGE}: found a constant image" in fault(saml)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_intensities_that_are_not_finite(saml, value):
    image = tiny.volume().astype(np.float32)
    image[0, 0, :2] = value
    tiny.write_nifti(saml / IMAGE, image, SPACING)
    assert f"{IMAGE}: found 2 voxels NaN or infinite" in fault(saml)


@pytest.mark.parametrize("name", [IMAGE, MASK])
def test_truncated_volume(saml, name):
    data = (saml / name).read_bytes()
    (saml / name).write_bytes(data[: len(data) // 2])
    assert f"{name}: found a damaged compressed file" in fault(saml)


def test_truncated_volume_without_compression(saml):
    (saml / IMAGE).unlink()
    path = saml / "RUNMC/Case00.nii"
    tiny.write_nifti(path, tiny.volume(), SPACING)
    path.write_bytes(path.read_bytes()[:-10])
    assert "RUNMC/Case00.nii: found a file that cannot be read" in fault(saml)


def test_text_under_the_name_of_a_volume(saml):
    (saml / IMAGE).write_text("not an image")
    assert f"{IMAGE}: found a file that cannot be read" in fault(saml)


def test_truncated_photo(tmp_path):
    root = tiny.riga(tmp_path)
    name = "RIGA/BinRushed/BinRushed1/image2.tif"
    (root / name).write_bytes((root / name).read_bytes()[:600])
    assert f"{name}: found a file that cannot be read" in fault(root, "riga_plus")


@pytest.mark.parametrize(
    ("swap", "found"),
    [
        ({255: 128, 128: 255}, "more of value 128 than of 255 along the background"),
        ({0: 255, 255: 128, 128: 0}, "corners other than 0"),
        ({255: 255, 128: 255}, "no pixel of value 128, expected a cup"),
    ],
)
def test_other_polarities_of_fundus_masks_are_refused(tmp_path, swap, found):
    root = tiny.riga(tmp_path)
    name = "RIGA-mask/BinRushed/BinRushed1/image2-1.tif"
    mask = np.asarray(Image.open(root / name))
    swapped = np.select([mask == old for old in swap], list(swap.values()))
    Image.fromarray(swapped.astype(np.uint8)).save(root / name)
    message = fault(root, "riga_plus")
    assert name in message
    assert found in message


def test_all_faults_are_reported_at_once(saml):
    (saml / MASK).unlink()
    tiny.write_nifti(saml / "HK/Case38.nii.gz", np.zeros((4, 6, 5)), SPACING)
    with pytest.raises(InputError) as caught:
        build_inventory("saml_prostate", saml)
    assert caught.value.found.startswith("2 faults")
    assert MASK in caught.value.found
    assert "HK/Case38.nii.gz: found a constant image" in caught.value.found


def test_twenty_faults_are_listed_and_the_rest_counted(tmp_path):
    tiny.saml(tmp_path, [f"RUNMC/Case{number:02}" for number in range(23)])
    for path in (tmp_path / "RUNMC").glob("*_segmentation*"):
        path.unlink()
    with pytest.raises(InputError) as caught:
        build_inventory("saml_prostate", tmp_path)
    assert caught.value.found.startswith("23 faults")
    assert caught.value.found.count("found no such file") == 20
    assert "and 3 more" in caught.value.found


def test_volume_is_slices_rows_columns(tmp_path):
    array = tiny.volume((2, 3, 4))
    tiny.write_nifti(tmp_path / "v.nii.gz", array, (5.0, 2.0, 1.0))
    volume = read_volume(tmp_path / "v.nii.gz")
    np.testing.assert_array_equal(volume.array, array)
    assert volume.array.dtype == np.float32
    assert volume.spacing == (5.0, 2.0, 1.0)


def test_canonical_volume_is_turned_to_axial_slices(tmp_path):
    # Stored axes run inferior, left, anterior; canonical right, anterior, superior.
    stored = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    affine = np.array([[0, -2, 0, 0], [0, 0, 3, 0], [-5, 0, 0, 0], [0, 0, 0, 1.0]])
    path = tmp_path / "v.nii.gz"
    tiny.write_nifti(path, stored.transpose(2, 1, 0), affine=affine)
    volume = read_volume(path)
    volume = turned(volume, turn_to_ras(volume.affine))
    # Slices are the first stored axis reversed, columns the second reversed.
    np.testing.assert_array_equal(
        volume.array, stored[::-1, ::-1, :].transpose(0, 2, 1)
    )
    assert volume.spacing == (5.0, 3.0, 2.0)


def test_channel_of_a_4d_image(tmp_path):
    array = tiny.volume(n_channels=2)
    tiny.write_nifti(tmp_path / "v.nii.gz", array)
    volume = read_volume(tmp_path / "v.nii.gz", channel=1)
    np.testing.assert_array_equal(volume.array, array[..., 1])
    for channel in (None, 2):
        with pytest.raises(InputError, match=r"shape.*`channel` chooses a volume"):
            read_volume(tmp_path / "v.nii.gz", channel=channel)
    with pytest.raises(InputError, match=r"shape.*a 3D file for each structure"):
        read_label_volume(tmp_path / "v.nii.gz")


def test_label_values_above_255_are_refused(tmp_path):
    tiny.write_nifti(tmp_path / "m.nii.gz", tiny.volume())
    with pytest.raises(InputError, match="whole numbers from 0 to 255"):
        read_label_volume(tmp_path / "m.nii.gz")


def test_photograph_in_place_of_a_mask_is_refused(tmp_path):
    photo = np.zeros((4, 4, 3), np.uint8)
    Image.fromarray(photo).save(tmp_path / "grey.png")
    assert read_photo_mask(tmp_path / "grey.png").shape == (4, 4)
    photo[0, 0] = (1, 2, 3)
    Image.fromarray(photo).save(tmp_path / "colour.png")
    with pytest.raises(InputError, match="coloured"):
        read_photo_mask(tmp_path / "colour.png")


@pytest.mark.skipif(not (REALDATA / "acdc").is_dir(), reason="no real ACDC images")
def test_real_acdc_agrees_with_its_list():
    inventory = build_inventory("acdc", REALDATA / "acdc").set_index("case")
    listed = pd.read_csv(REALDATA / "acdc" / "cases.csv").set_index("case").sort_index()
    assert inventory.index.tolist() == listed.index.tolist()
    found = inventory[["n_slices", "n_rows", "n_columns"]]
    np.testing.assert_array_equal(found, listed[["slices", "rows", "cols"]])
    assert inventory["patient"].nunique() == 20
    assert set(inventory["labels"]) == {"0 1 2 3"}


def test_a_group_without_cases_lists_the_groups(tmp_path):
    tiny.saml(tmp_path)
    with pytest.raises(InputError, match="group 'UCL'") as caught:
        build_inventory("saml_prostate", tmp_path, group="UCL")
    assert "BMC, HK, RUNMC" in caught.value.expected
