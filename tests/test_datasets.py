"""Each layout finds its cases in the folders of the public download, traps included."""

import numpy as np
import pytest
from PIL import Image

import tiny_datasets as tiny
from sambench.data.datasets import DATASETS, find_dataset
from sambench.data.pairs import read_pair
from sambench.errors import InputError


def names(cases):
    return [case.case for case in cases]


@pytest.mark.parametrize("top", ["", "Processed_data_nii"])
def test_saml_pairs_files_with_and_without_top_folder(tmp_path, top):
    tiny.saml(tmp_path / top)
    cases = DATASETS["saml_prostate"].find_cases(tmp_path)
    assert names(cases) == ["BMC_Case00", "HK_Case38", "RUNMC_Case00", "RUNMC_Case01"]
    prefix = f"{top}/" if top else ""
    assert cases[0].mask == f"{prefix}BMC/Case00_Segmentation.nii.gz"
    assert cases[1].mask == f"{prefix}HK/Case38_segmentation.nii.gz"
    assert [case.group for case in cases] == ["BMC", "HK", "RUNMC", "RUNMC"]
    assert {case.split for case in cases} == {""}
    assert cases[0].patient == "BMC_Case00"


@pytest.mark.parametrize("top", ["", "ACDC/database"])
def test_acdc_keeps_frames_of_a_patient_and_leaves_the_film(tmp_path, top):
    tiny.acdc(tmp_path / top, ["patient001"])
    tiny.acdc(tmp_path / top, ["patient101"], part="testing")
    cases = DATASETS["acdc"].find_cases(tmp_path)
    assert names(cases) == [
        "patient001_frame01",
        "patient001_frame12",
        "patient101_frame01",
        "patient101_frame12",
    ]
    assert [case.patient for case in cases[:2]] == ["patient001"] * 2
    assert [case.split for case in cases] == ["train", "train", "test", "test"]
    assert cases[0].mask.endswith("training/patient001/patient001_frame01_gt.nii.gz")
    assert {case.group for case in cases} == {"mr"}


def test_amos_takes_modality_from_the_id_and_only_labelled_parts(tmp_path):
    root = tiny.amos(tmp_path / "amos22", ["amos_0499", "amos_0500"], ["amos_0008"])
    assert (root / "imagesTs").is_dir()
    cases = DATASETS["amos22"].find_cases(tmp_path)
    found = {case.case: (case.group, case.split) for case in cases}
    assert found == {
        "amos_0008": ("ct", "test"),
        "amos_0499": ("ct", "train"),
        "amos_0500": ("mr", "train"),
    }


def test_amos_without_validation_labels_has_training_cases_only(tmp_path):
    root = tiny.amos(tmp_path)
    for path in (root / "labelsVa").iterdir():
        path.unlink()
    cases = DATASETS["amos22"].find_cases(tmp_path)
    assert names(cases) == ["amos_0001", "amos_0507"]


def test_msd_gives_each_channel_a_group_and_ignores_junk(tmp_path):
    tiny.msd(tmp_path / "Task05_Prostate", ["prostate_00"])
    cases = DATASETS["msd"].find_cases(tmp_path)
    assert [(case.case, case.group, case.channel) for case in cases] == [
        ("prostate_00", "prostate_adc", 1),
        ("prostate_00", "prostate_t2", 0),
    ]
    assert len({case.patient for case in cases}) == 1


@pytest.mark.parametrize("final_newline", [True, False])
def test_riga_reads_lists_and_adds_the_rater(tmp_path, final_newline):
    tiny.riga(tmp_path / "RIGAPlus", final_newline)
    cases = DATASETS["riga_plus"].find_cases(tmp_path, rater=2)
    found = {case.case: (case.group, case.split) for case in cases}
    assert found == {
        "BinRushed1_image1": ("BinRushed", "train"),
        "BinRushed1_image2": ("BinRushed", "test"),
        "BinRushed2_image1": ("BinRushed", "train"),
        "MESSIDOR_Base1_Labeled_image1": ("MESSIDOR_Base1", "train"),
        "MESSIDOR_Base1_Labeled_image2": ("MESSIDOR_Base1", "test"),
        "MagrabiFemale_image1": ("Magrabia", "train"),
        "MagrabiaMale_image1": ("Magrabia", "test"),
    }
    masks = {case.case: case.mask for case in cases}
    assert masks["MagrabiFemale_image1"] == (
        "RIGAPlus/RIGA-mask/Magrabia/MagrabiFemale/image1-2.tif"
    )


def test_riga_takes_what_three_of_six_raters_drew(tmp_path):
    root = tiny.riga(tmp_path)
    name = "RIGA-mask/BinRushed/BinRushed1/image1-{}.tif"
    for rater in range(1, 7):
        mask = np.zeros((20, 20), np.uint8)
        mask[4:8, 4 : 4 + max(0, 7 - rater)] = 255
        mask[6:8, 4 : 4 + max(0, 4 - rater)] = 128
        Image.fromarray(mask).save(root / name.format(rater))
    dataset = DATASETS["riga_plus"]
    case = dataset.find_cases(root, rater="majority")[0]
    assert case.case == "BinRushed1_image1"
    found = read_pair(case, root, dataset).mask
    # Columns 4 to 9 are drawn by 6, 5, 4, 3, 2, 1 raters; the cup by 3, 2, 1.
    expected = np.zeros((20, 20), np.uint8)
    expected[4:8, 4:8] = 255
    expected[6:8, 4] = 128
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("rater", [0, 7, "1", True])
def test_riga_refuses_raters_that_do_not_exist(rater):
    with pytest.raises(InputError, match=r"rater.*1, 2, 3, 4, 5, 6, majority"):
        DATASETS["riga_plus"].check_options({"rater": rater}, "here")


def test_riga_list_without_mask_column_is_named(tmp_path):
    root = tiny.riga(tmp_path)
    (root / "Magrabia_test.csv").write_text("picture\nx.tif\n")
    with pytest.raises(
        InputError, match=r"Magrabia_test\.csv.*no column image among picture"
    ):
        DATASETS["riga_plus"].find_cases(root)


@pytest.mark.parametrize("dataset", DATASETS)
def test_folder_without_cases_says_what_was_expected_and_what_is_there(
    tmp_path, dataset
):
    (tmp_path / "holiday.jpg").write_bytes(b"")
    with pytest.raises(InputError, match=r"holiday\.jpg") as caught:
        DATASETS[dataset].find_cases(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "files" in caught.value.expected


@pytest.mark.parametrize("dataset", DATASETS)
def test_folder_that_does_not_exist_is_an_input_error(tmp_path, dataset):
    with pytest.raises(InputError, match="nothing"):
        DATASETS[dataset].find_cases(tmp_path / "absent")


def test_unknown_data_set_lists_the_valid_ids():
    with pytest.raises(InputError, match=r"'acdcc'.*amos22.*Did you mean 'acdc'"):
        find_dataset("acdcc")
