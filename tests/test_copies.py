"""Images that are copies of each other are found, wherever the copies lie."""

import shutil

import numpy as np

import tiny_datasets as tiny
from sambench.data.cases import Case
from sambench.data.copies import copied_images, copies_finding, patients_finding
from sambench.data.data_version import recorded, write_record
from sambench.data.datasets import find_dataset
from sambench.data.inventory import check_cases


def test_copies_are_found_across_groups_and_named(tmp_path):
    root = tiny.saml(tmp_path / "data")
    dataset = find_dataset("saml_prostate")
    cases = list(dataset.find_cases(root))
    first, other = cases[0], next(c for c in cases if c.group != cases[0].group)

    def finding():
        records = []
        for group in dict.fromkeys(case.group for case in cases):
            records.append(tmp_path / f"{group}.json")
            write_record(recorded(root, cases, group, ""), records[-1])
        return copies_finding("saml_prostate", cases, records)

    assert finding() == []
    shutil.copy(root / first.image, root / other.image)
    (found,) = finding()
    assert found.severity == "warning"
    assert found.found == f"{first.image} = {other.image}"
    assert found.cases == (first.case, other.case)


def test_a_file_of_several_cases_is_no_copy_of_itself():
    """Two sequences of one file are two cases; files that cannot be read are none."""
    cases = [
        Case("a", "t2", "a", "", "a.nii", "a_seg.nii", 0),
        Case("a", "adc", "a", "", "a.nii", "a_seg.nii", 1),
        Case("b", "t2", "b", "", "b.nii", "b_seg.nii", 0),
        Case("c", "t2", "c", "", "c.nii", "c_seg.nii", 0),
    ]
    assert copied_images(cases, {"a.nii": "1", "b.nii": "", "c.nii": ""}) == []
    assert copied_images(cases, {"a.nii": "1", "c.nii": "1"}) == [["a.nii", "c.nii"]]


def test_an_image_in_two_sites_is_told():
    """As where the pattern of one site matches the files of another as well."""
    cases = [
        Case("a", "north", "north_a", "", "x/a.png", "x/a_m.png"),
        Case("a", "all", "all_a", "", "x/a.png", "x/a_m.png"),
        Case("b", "all", "all_b", "", "x/b.png", "x/b_m.png"),
    ]
    (found,) = copies_finding("mine", cases, [])
    assert found.found == "x/a.png (north) = x/a.png (all)"
    assert found.cases == ("a", "a")
    same = [Case("p", group, "p", "", "p.mhd", "p_m.mhd") for group in ("t2", "few")]
    assert copies_finding("promise12", same, []) == []


def test_cases_that_are_stored_flipped_are_a_warning(tmp_path):
    root = tiny.saml(tmp_path / "data")
    dataset = find_dataset("saml_prostate")
    cases = list(dataset.find_cases(root))
    assert check_cases(dataset, cases, root)[1] == []
    for path in (cases[1].image, cases[1].mask):
        volume = tiny.volume() if path == cases[1].image else tiny.label()
        tiny.write_nifti(root / path, volume, affine=np.diag([-0.4, 0.5, 3.0, 1.0]))
    (found,) = check_cases(dataset, cases, root)[1]
    assert found.check == "directions"
    assert found.found == f"RAS in 3 of 4, LAS in 1 of 4 ({cases[1].case})"


def test_patients_of_several_sites_are_a_warning():
    cases = [
        Case(name, site, patient, "", f"{site}/{name}.nii", f"{site}/{name}_seg.nii")
        for name, site, patient in (
            ("a1", "siemens", "a"),
            ("b1", "siemens", "b"),
            ("a2", "philips", "a"),
        )
    ]
    (found,) = patients_finding("mine", cases)
    assert (found.severity, found.found, found.cases) == ("warning", "a", ("a1", "a2"))
    assert patients_finding("mine", cases[:2]) == []
