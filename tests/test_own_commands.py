"""`sambench init` writes a file that works, `sambench check` finds what is wrong."""

import base64
import io
import re
from pathlib import Path

import nibabel
import numpy as np
import pytest
import yaml
from nibabel.orientations import axcodes2ornt, ornt_transform
from PIL import Image

from sambench.__main__ import main
from sambench.data.own.guess.pairs import guess_pairs
from sambench.data.thumbnails import thumbnail
from sambench.settings.settings import load_settings
from test_own_data import fundus_entry, photographs, picture, volume

REPOSITORY = Path(__file__).resolve().parents[1]


def site_folders(root: Path, names: str = "abc") -> Path:
    """The photographs of `photographs`, one folder a camera."""
    return photographs(root, names)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


# --- init -----------------------------------------------------------------------------


def test_from_a_folder_to_a_run_without_an_edit(tmp_path, capsys):
    site_folders(tmp_path / "eyes")
    assert main(["init", "eyes"]) == 0
    assert "zeiss: 3 pairs" in capsys.readouterr().out
    config = yaml.safe_load(Path("eyes.yaml").read_text())
    cases = config["data"]["eyes"]["cases"]
    assert cases["zeiss"]["images"] == "zeiss/images/{name}.png"
    assert cases["zeiss"]["values"] == {"background": 255, "outer": 128, "inner": 0}
    assert cases["canon"]["masks"] == "canon/{name}_label.png"
    assert cases["canon"]["values"] == {"background": 0, "outer": 1, "inner": 2}
    found = load_settings(config, [REPOSITORY / "config"], files=[Path("eyes.yaml")])
    (benchmark,) = found.benchmarks.values()
    assert benchmark["domains"]["canon"]["structures"] == {
        "whole": [1, 2],
        "inner": [2],
    }
    assert main(["check", "eyes.yaml"]) == 0


def test_names_that_are_no_plain_words(tmp_path):
    root = tmp_path / "Dr. Müller: eyes #2"
    for name in ("a", "b"):
        for what in ("image", "mask"):
            picture(root / f"Zürich 1/{name} {what}.png", np.eye(8, dtype=np.uint8))
    assert main(["init", str(root), "--out", "eyes.yaml"]) == 0
    config = yaml.safe_load(Path("eyes.yaml").read_text())
    ((dataset, entry),) = config["data"].items()
    assert dataset == "dr_mueller_eyes_2"
    assert list(entry["cases"]) == ["Zuerich_1"]
    assert main(["check", "eyes.yaml"]) == 0


def test_a_file_is_not_replaced_unasked(tmp_path, capsys):
    site_folders(tmp_path / "eyes")
    Path("eyes.yaml").write_text("mine")
    assert main(["init", "eyes"]) == 1
    assert Path("eyes.yaml").read_text() == "mine"
    assert main(["init", "eyes", "--out", "other.yaml"]) == 0


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            ["imagesTr/p_01_0000.nii.gz", "labelsTr/p_01.nii.gz"],
            [("imagesTr/{name}_0000.nii.gz", "labelsTr/{name}.nii.gz", "all")],
        ),
        (
            ["A/img/x1.PNG", "A/GT/x1.png", "B/img/x1.PNG", "B/GT/x1.png"],
            [
                ("A/img/{name}.PNG", "A/GT/{name}.png", "A"),
                ("B/img/{name}.PNG", "B/GT/{name}.png", "B"),
            ],
        ),
        (
            ["masks/DL_Image01.png", "images/DL_Image01.png"],
            [("images/{name}.png", "masks/{name}.png", "all")],
        ),
        (
            ["s/Case1.mha", "s/Case1_Segmentation.mha", "s/Case1.txt"],
            [("s/{name}.mha", "s/{name}_Segmentation.mha", "s")],
        ),
        (
            [f"p{n}/p{n}_{w}.nii" for n in range(5) for w in ("scan", "mask")],
            [("{patient}/{name}_scan.nii", "{patient}/{name}_mask.nii", "all")],
        ),
        (
            [
                *(f"p{n}/p{n}{w}.nii" for n in range(5) for w in ("", "_mask")),
                *(f"p{n}/p{n}{w}.nii" for n in (5, 6) for w in ("", "_Mask")),
            ],
            [("{patient}/{name}.nii", "{patient}/{name}_mask.nii", "all")],
        ),
        (
            [
                f"Gerät/{w}/{n}.png"
                for n in ("张三", "李四")
                for w in ("Bilder", "Masken")
            ],
            [("Gerät/Bilder/{name}.png", "Gerät/Masken/{name}.png", "Geraet")],
        ),
        (
            ["x/a1.png", "x/A1_Mask.PNG", "x/a2.png", "x/a2_mask.png"],
            [("x/{name}.png", "x/{name}_Mask.PNG", "x")],
        ),
        (
            ["p1/imágenes/a.png", "p1/máscaras/a.png"],
            [("p1/imágenes/{name}.png", "p1/máscaras/{name}.png", "p1")],
        ),
        (
            ["label_project/images/a.png", "label_project/seg/a.png"],
            [
                (
                    "label_project/images/{name}.png",
                    "label_project/seg/{name}.png",
                    "label_project",
                )
            ],
        ),
    ],
)
def test_guessed_patterns(files, expected):
    found = guess_pairs(files)
    assert not found.unpaired
    assert [(site.images, site.masks, site.name) for site in found.sites] == expected


def test_what_does_not_pair_is_listed_and_left_out(tmp_path, capsys):
    root = site_folders(tmp_path / "eyes")
    (root / "zeiss/masks/b.png").unlink()
    (root / "notes.txt").write_text("x")
    assert main(["init", "eyes"]) == 0
    printed = capsys.readouterr().out
    assert "1 file without a partner: zeiss/images/b.png" in printed
    assert "not looked at: 1 .txt" in printed
    assert (
        yaml.safe_load(Path("eyes.yaml").read_text())["data"]["eyes"]["unpaired"]
        == "leave_out"
    )
    assert main(["check", "eyes.yaml"]) == 0
    said = capsys.readouterr().out
    assert "files that are in no case (1): zeiss/images/b.png" in said


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda root: None, "found no folder"),
        (lambda root: root.mkdir(), "no images (an empty folder)"),
        (
            lambda root: picture(root / "a.png", np.eye(4, dtype=np.uint8)),
            "1 image, but no pair",
        ),
        (
            lambda root: [
                picture(root / "a_mask.png", np.eye(4, dtype=np.uint8)),
                (root / "IM1.dcm").write_bytes(b""),
            ],
            "(a_mask.png); not looked at: 1 .dcm, expected",
        ),
        (
            lambda root: [
                picture(root / name, np.zeros((4, 4), np.uint8))
                for name in ("a.png", "a_mask.png")
            ],
            "found no structure in 1 mask",
        ),
        (
            lambda root: [
                picture(root / "a.png", np.eye(4, dtype=np.uint8)),
                picture(
                    root / "a_mask.png", np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
                ),
            ],
            "save a mask drawn in colours with one grey or palette number",
        ),
    ],
)
def test_folders_of_nothing(tmp_path, capsys, make, message):
    make(tmp_path / "eyes")
    assert main(["init", "eyes"]) == 1
    assert message in capsys.readouterr().err


def test_one_number_each_is_any(tmp_path):
    mask = np.zeros((2, 8, 8), np.uint8)
    mask[:, 2:4] = 255
    for name in ("a", "b"):
        volume(tmp_path / f"mr/one/{name}.nii.gz", np.arange(128.0).reshape(2, 8, 8))
        volume(tmp_path / f"mr/one/{name}_seg.nii.gz", mask)
    assert main(["init", "mr"]) == 0
    text = Path("mr.yaml").read_text()
    config = yaml.safe_load(text)
    assert config["data"]["mr"]["structures"] == {"label": "any"}
    assert config["benchmarks"][0]["train"] == "all"
    assert "headers say 1 mm" in text


# --- check ----------------------------------------------------------------------------


def configuration(
    tmp_path: Path, change=lambda entry: None, names: str = "abc"
) -> Path:
    root = photographs(tmp_path / "photos", names)
    entry = fundus_entry()
    change(entry)
    config = {
        "data": {"mine": entry},
        "benchmarks": [{"id": "cameras", "data": "mine", "train": ["zeiss"]}],
        "methods": ["box"],
    }
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    return root


def test_a_page_with_every_case_and_its_contour(tmp_path, capsys):
    configuration(tmp_path)
    assert main(["check", "mine.yaml"]) == 0
    printed = capsys.readouterr().out
    assert "no fault found" in printed
    assert "disc 39 to 39 % of the image" in printed  # 900 of 2304 pixels
    page = Path("check.html").read_text()
    pictures = re.findall(r'src="data:image/webp;base64,([^"]+)"', page)
    assert len(pictures) == 6
    drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(pictures[0]))), int)
    assert drawn.shape == (192, 192, 3)
    # The contour of the disc, 10 to 39 of 48 pixels, is orange: little blue, much red.
    orange = (drawn[..., 0] - drawn[..., 2])[:, 60:130].mean(axis=1)
    assert orange[40:42].max() > 60
    assert abs(orange[[34, 46]]).max() < 30
    assert "http" not in page.replace("http-equiv", "")


def test_a_contour_is_seen_on_an_image_of_its_own_colour():
    image = np.full((96, 96, 3), (230, 159, 0), np.uint8)  # a fundus, nearly
    disc = np.zeros((96, 96), bool)
    disc[30:60, 30:60] = True
    drawn = Image.open(io.BytesIO(thumbnail(image, {"disc": disc}, None)))
    assert np.asarray(drawn, int).sum(axis=-1).min() < 200 < 230 + 159


def corners(root: Path) -> None:
    for name in "abc":
        picture(root / f"zeiss/masks/{name}.png", np.full((48, 48), 128, np.uint8))


def unknown(root: Path) -> None:
    picture(root / "canon/a_label.png", np.full((48, 48), 9, np.uint8))


def photograph_as_mask(root: Path) -> None:
    photo = np.asarray(Image.open(root / "zeiss/images/a.png"))
    picture(root / "zeiss/masks/a.png", photo)


def other_shape(root: Path) -> None:
    picture(root / "canon/a_label.png", np.ones((40, 48), np.uint8))


def damaged(root: Path) -> None:
    path = root / "zeiss/images/c.png"
    path.write_bytes(path.read_bytes()[:300])


def lacking(root: Path) -> None:
    (root / "zeiss/masks/c.png").unlink()


def no_site(root: Path) -> None:
    for path in (root / "canon").iterdir():
        path.unlink()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (unknown, "canon/a_label.png: found mask values 9 (2304 pixels)"),
        (photograph_as_mask, "zeiss/masks/a.png: found a coloured image"),
        (other_shape, "canon/a_label.png: found shape (40, 48)"),
        (damaged, "zeiss/images/c.png: found"),
        (lacking, "zeiss/images/c.png: found no zeiss/masks/c.png"),
        (no_site, "canon: found no image by the pattern canon/{name}_photo.png"),
    ],
)
def test_faults_of_files_are_found(tmp_path, capsys, change, message):
    change(configuration(tmp_path))
    assert main(["check", "mine.yaml"]) == 1
    assert message in capsys.readouterr().out
    assert "Correct these" in Path("check.html").read_text()


def two_words(entry: dict) -> None:
    entry["cases"]["zeiss"]["values"]["rim"] = 0


def swapped(entry: dict) -> None:
    zeiss = entry["cases"]["zeiss"]
    zeiss["images"], zeiss["masks"] = zeiss["masks"], zeiss["images"]


def bad_pattern(entry: dict) -> None:
    entry["cases"]["zeiss"]["images"] = "zeiss/imges/{name}.png"


def bad_field(entry: dict) -> None:
    entry["cases"]["zeiss"]["images"] = "zeiss/images/{nam}.png"


def two_masks(entry: dict) -> None:
    entry["cases"]["canon"]["images"] = "canon/{name}_photo.png"
    entry["cases"]["canon"]["masks"] = "*/{name}_*.png"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (two_words, "found 0 for 'cup' and for 'rim'"),
        (swapped, "patterns of images and masks seem to be swapped"),
        (bad_pattern, "zeiss: found no image by the pattern zeiss/imges/{name}.png"),
        (bad_field, "Did you mean '{name}'"),
        (two_masks, "masks of one case"),
    ],
)
def test_faults_of_the_configuration_are_found(tmp_path, capsys, change, message):
    configuration(tmp_path, change)
    assert main(["check", "mine.yaml"]) == 1
    printed = capsys.readouterr()
    assert message in printed.out + printed.err


def test_notes_on_what_only_all_cases_show(tmp_path, capsys):
    root = configuration(tmp_path)
    corners(root)
    assert main(["check", "mine.yaml"]) == 0
    printed = capsys.readouterr().out
    assert "zeiss: 'disc' covers the corners of 3 of 3 images" in printed
    assert "zeiss: 'cup' is in no mask" in printed
    # The photographs of the two cameras are the same ones.
    assert "the same image: canon/a_photo.png, zeiss/images/a.png" in printed


def test_volumes_that_are_cut_in_different_directions_are_mentioned(tmp_path, capsys):
    stored = np.random.default_rng(0).normal(size=(4, 12, 10)).astype(np.float32)
    labels = np.zeros(stored.shape, np.uint8)
    labels[1:3, 4:8, 3:7] = 1
    axial = np.diag([-2.0, -2.0, 9.0, 1.0])  # columns, rows and slices point to L, P, S
    for name, codes in (("a", "LPS"), ("b", "LPS"), ("c", "LAS"), ("d", "PSR")):
        for what, array in (("", stored + len(codes) * (name < "c")), ("_seg", labels)):
            image = nibabel.Nifti1Image(array.T, axial)
            turn = ornt_transform(axcodes2ornt("LPS"), axcodes2ornt(codes))
            path = tmp_path / "heart" / f"{name}{what}.nii.gz"
            path.parent.mkdir(exist_ok=True)
            nibabel.save(image.as_reoriented(turn), path)
    assert main(["init", "heart"]) == 0
    assert main(["check", "heart.yaml"]) == 0
    printed = capsys.readouterr().out
    assert (
        "slices that are cut or turned in different directions: LPS in 2 of 4, "
        "LAS in 1 of 4 (all/c), PSR in 1 of 4 (all/d); `orientation: canonical`"
    ) in printed
    assert "d.nii.gz: found slices 2 mm apart with pixels of 9 x 2 mm" in printed
    file = Path("heart.yaml")
    file.write_text(
        file.read_text().replace("    cases:", "    orientation: canonical\n    cases:")
    )
    assert main(["check", "heart.yaml"]) == 0
    printed = capsys.readouterr().out
    assert "directions" not in printed
    assert "apart" not in printed


def test_a_spacing_of_1_mm_in_every_header_is_mentioned(tmp_path, capsys):
    labels = np.zeros((4, 12, 10), np.uint8)
    labels[1:3, 4:8, 3:7] = 1
    for name in "ab":
        image = np.random.default_rng(ord(name)).normal(size=labels.shape)
        volume(tmp_path / "heart" / f"{name}.nii.gz", image.astype(np.float32))
        volume(tmp_path / "heart" / f"{name}_seg.nii.gz", labels)
    assert main(["init", "heart"]) == 0
    file = Path("heart.yaml")
    assert main(["check", "heart.yaml"]) == 0
    assert "all: every header says 1 x 1 x 1 mm" in capsys.readouterr().out
    given = "    spacing: [10, 1.5, 1.5]\n    cases:"
    file.write_text(file.read_text().replace("    cases:", given))
    assert main(["check", "heart.yaml"]) == 0
    assert "every header" not in capsys.readouterr().out


def test_patients_of_several_sites_are_named(tmp_path, capsys):
    configuration(tmp_path, lambda entry: entry.update(patient="^(.)"), "ab")
    main(["check", "mine.yaml"])
    printed = capsys.readouterr().out
    assert "look at patients in several sites: a, b" in printed


def test_masks_with_three_equal_channels_are_mentioned(tmp_path, capsys):
    configuration(tmp_path)
    main(["check", "mine.yaml"])
    assert "zeiss: 3 masks are colour pictures" in capsys.readouterr().out


def test_a_folder_is_no_configuration(tmp_path, capsys):
    assert main(["check", str(tmp_path)]) == 1
    assert "found a folder, expected a YAML file" in capsys.readouterr().err
    assert main(["check", "mine.yaml"]) == 1
    assert "mine.yaml: found no such file" in capsys.readouterr().err


def test_the_rest_of_the_file_is_checked_too(tmp_path, capsys):
    configuration(tmp_path)
    file = tmp_path / "mine.yaml"
    file.write_text(file.read_text().replace("- zeiss", "- zeis"))
    assert main(["check", "mine.yaml"]) == 1
    assert "Did you mean 'zeiss'" in capsys.readouterr().err


def test_data_that_are_no_mapping_are_refused(tmp_path, capsys):
    (tmp_path / "mine.yaml").write_text("data: [eyes]\n")
    assert main(["check", str(tmp_path / "mine.yaml")]) == 1
    assert "key 'data': found ['eyes'], expected a mapping" in capsys.readouterr().err
