"""Names: two files of one case, files that nobody asks for, and what vanishes."""

import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest

import tiny_datasets as tiny
from sambench.data.datasets import DATASETS
from sambench.data.file_names import files_below, list_files
from sambench.data.mask_folder import list_masks
from sambench.data.unused import unused_files
from sambench.errors import InputError
from tiny_datasets import build_inventory


def brats(root, case="BraTS2021_00000", parts=("flair", "seg")):
    for part in parts:
        array = tiny.label() if part == "seg" else tiny.volume()
        path = root / case / f"{case}_{part}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        tiny.write_nifti(path, array)


def test_two_copies_below_one_root_are_both_named(tmp_path):
    brats(tmp_path / "training")
    brats(tmp_path / "augmented", parts=("flair",))
    with pytest.raises(InputError, match="two files of one case") as caught:
        build_inventory("brats2021", tmp_path)
    for folder in ("training", "augmented"):
        path = f"{folder}/BraTS2021_00000/BraTS2021_00000_flair.nii.gz"
        assert path in caught.value.found


@pytest.mark.parametrize(
    "name", ["patient001_frame01.nii", "Patient001_frame01.nii.gz"]
)
def test_two_files_of_one_case_are_both_named(tmp_path, name):
    tiny.acdc(tmp_path)
    folder = tmp_path / "training" / "patient001"
    tiny.write_nifti(folder / name, tiny.volume(seed=7))
    with pytest.raises(InputError, match="two files of one case") as caught:
        build_inventory("acdc", tmp_path)
    assert name in caught.value.found
    assert "patient001_frame01.nii.gz" in caught.value.found


def test_two_folders_with_the_same_set_are_both_named(tmp_path):
    for copy in ("amos22", "amos22 (1)"):
        tiny.amos(tmp_path / copy)
    with pytest.raises(InputError, match="two files of one case") as caught:
        build_inventory("amos22", tmp_path)
    assert "amos22 (1)/labelsTr/amos_0001.nii.gz" in caught.value.found
    assert len(build_inventory("amos22", tmp_path / "amos22")) == 3


def test_a_link_to_the_same_file_is_no_second_one(tmp_path):
    brats(tmp_path / "training")
    (tmp_path / "latest").symlink_to(tmp_path / "training")
    assert len(build_inventory("brats2021", tmp_path)) == 1


def test_linked_folders_are_searched_but_not_in_a_circle(tmp_path):
    brats(tmp_path / "disk")
    root = tmp_path / "root"
    root.mkdir()
    (root / "training").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "above").symlink_to(root)
    assert len(build_inventory("brats2021", root)) == 1


def test_slices_in_a_linked_folder_are_found(tmp_path):
    folder = tmp_path / "disk/LUNG1-001/study/ct"
    folder.mkdir(parents=True)
    (folder / "1-01.DCM").write_bytes(b"")
    root = tmp_path / "root"
    name = "LUNG1-001_effusion_first_reviewer.nii.gz"
    tiny.write_nifti(root / "Effusions/LUNG1-001" / name, tiny.label())
    (root / "CT").symlink_to(tmp_path / "disk")
    (case,) = DATASETS["plethora"].find_cases(root)
    assert case.image == "CT/LUNG1-001/study/ct"


def test_hidden_folders_and_junk_are_left_alone(tmp_path):
    brats(tmp_path)
    brats(tmp_path / ".snapshot")
    (tmp_path / "._BraTS2021_00000_seg.nii.gz").write_bytes(b"resource fork")
    assert len(list(files_below(tmp_path))) == 2
    assert len(build_inventory("brats2021", tmp_path)) == 1


def test_a_folder_that_cannot_be_read_is_not_left_out(tmp_path, monkeypatch):
    scandir, closed = os.scandir, tmp_path / "closed"
    closed.mkdir()

    def refuse(folder):
        if Path(folder) == closed:
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    for listed in (files_below, list_files):
        with pytest.raises(InputError, match="closed: found a folder that cannot be"):
            listed(tmp_path)


def test_a_link_to_nowhere_is_a_missing_file(tmp_path):
    brats(tmp_path)
    path = tmp_path / "BraTS2021_00000" / "BraTS2021_00000_flair.nii.gz"
    path.unlink()
    path.symlink_to(tmp_path / "gone.nii.gz")
    with pytest.raises(InputError, match=r"_flair\.nii\.gz: found no such file"):
        build_inventory("brats2021", tmp_path)


def test_an_image_without_a_mask_is_told(tmp_path):
    brats(tmp_path)
    brats(tmp_path, "BraTS2021_00355", parts=("flair",))
    strange = tmp_path / "BraTS2021_00355" / "W39_1998.09.19_Segm.nii"
    tiny.write_nifti(strange, tiny.label())
    cases = DATASETS["brats2021"].find_cases(tmp_path)
    assert len(cases) == 1
    finding, unused = unused_files("brats2021", tmp_path, cases)
    assert finding.check == "images without a mask"
    assert finding.found == "1 left out (BraTS2021_00355)"
    assert finding.cases == ("BraTS2021_00355",)
    assert unused.check == "files of no case"
    assert "W39_1998.09.19_Segm.nii" in unused.found


@pytest.mark.parametrize("dataset", ["acdc", "brats2021"])
def test_a_folder_named_as_a_file_is_read_if_it_holds_one(tmp_path, dataset):
    (tiny.acdc if dataset == "acdc" else brats)(tmp_path)
    for path in sorted(tmp_path.rglob("*.nii.gz")):
        content = path.read_bytes()
        path.unlink()
        path.mkdir()
        (path / path.name).write_bytes(content)
    assert len(build_inventory(dataset, tmp_path)) == (4 if dataset == "acdc" else 1)


def test_a_folder_named_as_a_file_holds_one(tmp_path):
    tiny.acdc(tmp_path)
    path = tmp_path / "training" / "patient001" / "patient001_frame01.nii.gz"
    path.unlink()
    path.mkdir()
    for name in ("a.nii", "b.nii"):
        tiny.write_nifti(path / name, tiny.volume())
    with pytest.raises(InputError, match=r"two files of one case.*/a\.nii .*/b\.nii"):
        build_inventory("acdc", tmp_path)


def test_an_archive_in_the_folder_is_pointed_at(tmp_path):
    (tmp_path / "ACDC").mkdir()
    (tmp_path / "ACDC" / "training.zip").write_bytes(b"PK")
    with pytest.raises(InputError, match="no case of acdc") as caught:
        build_inventory("acdc", tmp_path)
    assert "ACDC/training.zip" in caught.value.found
    assert "Unpack ACDC/training.zip" in caught.value.remedy


def test_masks_are_listed_whatever_the_case_of_their_suffix_or_their_accents(tmp_path):
    composed = unicodedata.normalize("NFC", "Müller")
    names = [unicodedata.normalize("NFD", "Müller") + ".NII", "b.mha", "c.png", "d.jpg"]
    for name in [*names, "._b.mha", ".DS_Store", "b.raw", "b.npz"]:
        (tmp_path / name).write_bytes(b"")
    found = list_masks(tmp_path)
    assert set(found.masks) == {composed.casefold(), "b", "c"}
    assert found.strangers == ["d.jpg"]  # files beside a mask are not strange


@pytest.mark.parametrize("names", [("a.nii", "a.nii.gz"), ("a.mha", "A.mha")])
def test_two_masks_of_one_name_are_both_named(tmp_path, names):
    for name in names:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError, match="two files of one name") as caught:
        list_masks(tmp_path)
    assert all(name in caught.value.found for name in names)


def test_every_case_of_two_archives_beside_each_other_is_found(tmp_path):
    """Copies are told; parts of one set in two folders are still one set."""
    brats(tmp_path / "part1", "BraTS2021_00001")
    brats(tmp_path / "part2", "BraTS2021_00002")
    cases = build_inventory("brats2021", tmp_path)["case"]
    assert np.array_equal(cases, ["BraTS2021_00001", "BraTS2021_00002"])


def test_folders_that_differ_by_case_are_those_of_the_set(tmp_path):
    tiny.saml(tmp_path)
    (tmp_path / "RUNMC").rename(tmp_path / "runmc")
    assert len(build_inventory("saml_prostate", tmp_path)) == 4
    tiny.acdc(tmp_path / "acdc")
    (tmp_path / "acdc" / "training").rename(tmp_path / "acdc" / "Training")
    assert len(build_inventory("acdc", tmp_path / "acdc")) == 4


def test_a_missing_file_names_those_that_differ_by_case_or_suffix(tmp_path):
    tiny.riga(tmp_path)
    path = tmp_path / "RIGA" / "BinRushed" / "BinRushed1" / "image1.tif"
    path.rename(path.with_name("Image1.TIFF"))
    with pytest.raises(InputError, match="1 fault") as caught:
        build_inventory("riga_plus", tmp_path)
    assert "image1.tif: found no such file" in caught.value.found
    assert "there is Image1.TIFF" in caught.value.found


def test_an_archive_that_was_not_unpacked_is_told(tmp_path):
    tiny.saml(tmp_path)
    (tmp_path / "UCL.zip").write_bytes(b"PK")
    cases = DATASETS["saml_prostate"].find_cases(tmp_path)
    findings = unused_files("saml_prostate", tmp_path, cases)
    assert [finding.found for finding in findings] == ["1 not used (UCL.zip)"]
