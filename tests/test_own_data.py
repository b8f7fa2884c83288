"""Data sets that the configuration describes: labels, pairs, reading, benchmarks."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
import yaml
from nibabel.orientations import axcodes2ornt
from PIL import Image

from sambench.data.cases import mask_files
from sambench.data.channels import channels_first
from sambench.data.datasets import find_dataset
from sambench.data.geometry import turned
from sambench.data.image_files import read_photo_mask
from sambench.data.own.description import describe
from sambench.data.own.labels import file_codes
from sambench.data.own.patterns import compiled
from sambench.data.packed import PackedSlices
from sambench.data.packing import pack_domain
from sambench.data.pairs import read_pair
from sambench.data.volume import Volume
from sambench.errors import InputError
from sambench.methods.normalisation import zscore
from sambench.metrics.case import score_masks
from sambench.predict.files import read_predictions
from sambench.settings.schema import validate
from sambench.settings.settings import load_settings
from test_dicom import write_series
from tiny_datasets import build_inventory

REPOSITORY = Path(__file__).resolve().parents[1]


def picture(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def photographs(root: Path, names: str = "abc") -> Path:
    """Two cameras of different coding: 0 is the cup in one, background in the other."""
    rng = np.random.default_rng(0)
    for name in names:
        coded = np.full((48, 48), 255, np.uint8)
        coded[10:40, 10:40] = 128
        coded[20:30, 20:30] = 0
        photo = rng.integers(0, 255, (48, 48, 3), dtype=np.uint8)
        picture(root / f"zeiss/images/{name}.png", photo)
        picture(root / f"zeiss/masks/{name}.png", np.dstack([coded] * 3))
        picture(root / f"canon/{name}_photo.png", photo)
        numbers = np.select([coded == 128, coded == 0], [1, 2], 0).astype(np.uint8)
        picture(root / f"canon/{name}_label.png", numbers)
    return root


def fundus_entry(folder: object = "photos") -> dict:
    return {
        "folder": str(folder),
        "cases": {
            "zeiss": {
                "images": "zeiss/images/{name}.png",
                "masks": "zeiss/masks/{name}.png",
                "values": {"cup": 0, "rim": 128, "background": 255},
            },
            "canon": {
                "images": "canon/{name}_photo.png",
                "masks": "canon/{name}_label.png",
                "values": {"background": 0, "rim": 1, "cup": 2},
            },
        },
        "structures": {"disc": ["rim", "cup"], "cup": ["cup"]},
    }


def described(entry: dict, base: Path) -> dict:
    return describe("mine", validate(entry, "own_data", "test"), base)


def volume(path: Path, array: np.ndarray, affine: np.ndarray | None = None) -> None:
    """Write (Z, Y, X) as NIfTI."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nibabel.Nifti1Image(array.T, np.eye(4) if affine is None else affine)
    nibabel.save(image, path)


@pytest.fixture
def fundus(tmp_path: Path) -> tuple[Path, dict]:
    root = photographs(tmp_path / "photos")
    return root, described(fundus_entry(), tmp_path)


# --- labels ---------------------------------------------------------------------------


def test_two_codings_become_one(fundus):
    root, description = fundus
    assert description["kind"] == "photo"
    assert description["structures"] == {"disc": [1, 2], "cup": [1]}
    dataset = find_dataset("mine", description)
    pairs = {
        case.group: read_pair(case, root, dataset)
        for case in dataset.find_cases(root)
        if case.case == "a"
    }
    assert np.array_equal(pairs["zeiss"].mask, pairs["canon"].mask)
    assert np.bincount(pairs["zeiss"].mask.ravel()).tolist() == [
        48 * 48 - 900,
        100,
        800,
    ]


def test_a_file_for_each_structure_keeps_overlaps(tmp_path):
    disc, cup = np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8)
    disc[1:7, 1:7] = 255
    cup[0:4, 0:4] = 1  # a part of it lies outside the disc
    picture(tmp_path / "d/x.png", disc)
    picture(tmp_path / "c/x.png", cup)
    picture(tmp_path / "i/x.png", np.arange(64, dtype=np.uint8).reshape(8, 8))
    entry = {
        "folder": ".",
        "cases": {
            "one": {
                "images": "i/{name}.png",
                "masks": {"disc": "d/{name}.png", "cup": "c/{name}.png"},
            }
        },
    }
    description = described(entry, tmp_path)
    dataset = find_dataset("mine", description)
    (case,) = dataset.find_cases(tmp_path)
    assert mask_files(case.mask) == ["d/x.png", "c/x.png"]
    mask = read_pair(case, tmp_path, dataset).mask
    for name, array in (("disc", disc), ("cup", cup)):
        assert np.array_equal(np.isin(mask, description["structures"][name]), array > 0)


def test_any_is_everything_but_the_background(tmp_path):
    entry = {
        "folder": ".",
        "cases": {"one": {"images": "{name}.nii.gz", "masks": "{name}_seg.nii.gz"}},
        "structures": {"gland": "any"},
    }
    mask = np.zeros((2, 8, 8), np.uint8)
    mask[0, :4], mask[1, :2] = 7, 255
    volume(tmp_path / "p_seg.nii.gz", mask)
    volume(tmp_path / "p.nii.gz", np.arange(128.0).reshape(2, 8, 8))
    description = described(entry, tmp_path)
    dataset = find_dataset("mine", description)
    (case,) = dataset.find_cases(tmp_path)
    found = read_pair(case, tmp_path, dataset).mask
    assert np.array_equal(np.isin(found, description["structures"]["gland"]), mask > 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda e: e["cases"]["zeiss"]["values"].update(rim=0),
            "0 for 'cup' and for 'rim'",
        ),
        (
            lambda e: e["cases"]["zeiss"]["values"].pop("background"),
            "'cup' for 0, and no background",
        ),
        (lambda e: e["structures"].update(disc=["rims"]), "Did you mean 'rim'"),
        (lambda e: e["cases"]["canon"]["values"].pop("cup"), "no value of 'cup'"),
        (lambda e: e["cases"]["canon"].pop("values"), "words for their values"),
        (lambda e: e.update(folder="photoz"), "which is no folder"),
        (
            lambda e: e["cases"]["canon"].update(images="canon/{nam}.png"),
            "Did you mean '{name}'",
        ),
        (
            lambda e: e["cases"]["canon"].update(masks={"cup": "{name}.png"}),
            "one file in 'zeiss'",
        ),
        (
            lambda e: e["cases"]["canon"].update(images="canon\\\\{name}.png"),
            "Replace each backslash",
        ),
        (
            lambda e: e["cases"]["canon"].update(images="canon/{name}_label.png"),
            "which is the pattern of images, too",
        ),
        (lambda e: e.update(patient="("), "regular expression"),
        (lambda e: e.update(split="sides.csv"), "which is no file"),
        (lambda e: e.update(orientation="LP"), "such as LPS"),
        (lambda e: e["cases"].update({"Gerät 1": e["cases"]["zeiss"]}), "as Site_1"),
    ],
)
def test_faults_of_the_description(tmp_path, change, message):
    photographs(tmp_path / "photos", "a")
    entry = fundus_entry()
    change(entry)
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        described(entry, tmp_path)


def test_zero_is_no_structure_without_words(tmp_path):
    photographs(tmp_path / "photos", "a")
    entry = fundus_entry()
    del entry["cases"]["zeiss"]["values"], entry["cases"]["canon"]["values"]
    entry["structures"] = {"cup": [0]}
    with pytest.raises(InputError, match=r"values: {background: 255, cup: 0"):
        described(entry, tmp_path)


# --- pairs ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda root: (root / "zeiss/masks/b.png").unlink(),
            "zeiss/images/b.png: found no zeiss/masks/b.png",
        ),
        (
            lambda root: (root / "canon/b_photo.png").unlink(),
            "canon/b_label.png: found no canon/b_photo.png",
        ),
        (
            lambda root: [p.unlink() for p in (root / "canon").iterdir()],
            "canon: found no image by the pattern",
        ),
    ],
)
def test_faults_of_the_folder(fundus, change, message):
    root, description = fundus
    change(root)
    with pytest.raises(InputError, match=message):
        find_dataset("mine", description).find_cases(root)


def test_names_that_differ_by_case_are_one_case(fundus):
    root, description = fundus
    mask = root / "zeiss/masks/b.png"
    mask.rename(mask.with_name("B.PNG"))
    found = find_dataset("mine", description).find_cases(root)
    (case,) = (c for c in found if c.group == "zeiss" and c.case == "b")
    assert (case.image, case.mask) == ("zeiss/images/b.png", "zeiss/masks/B.PNG")


def test_two_masks_for_one_image(tmp_path):
    photographs(tmp_path / "photos", "ab")
    entry = fundus_entry()
    entry["cases"]["canon"]["masks"] = "canon/{name}_l*.png"
    (tmp_path / "photos/canon/a_label2.png").write_bytes(b"")
    with pytest.raises(
        InputError, match=r"found 2 masks of one case .*a_label\.png, canon/a_label2"
    ):
        find_dataset("mine", described(entry, tmp_path)).find_cases(tmp_path / "photos")


def test_files_without_a_partner_may_be_left_out(tmp_path):
    root = photographs(tmp_path / "photos")
    (root / "zeiss/masks/b.png").unlink()
    entry = fundus_entry() | {"unpaired": "leave_out"}
    cases = find_dataset("mine", described(entry, tmp_path)).find_cases(root)
    assert [c.case for c in cases if c.group == "zeiss"] == ["a", "c"]


def test_masks_that_match_the_image_pattern_are_no_images(tmp_path):
    for name in ("p1", "p2"):
        volume(tmp_path / f"{name}.nii.gz", np.ones((2, 4, 4), np.uint8))
        volume(tmp_path / f"{name}_seg.nii.gz", np.ones((2, 4, 4), np.uint8))
    entry = {
        "folder": ".",
        "cases": {"mr": {"images": "{name}.nii.gz", "masks": "{name}_seg.nii.gz"}},
        "structures": {"organ": [1]},
    }
    cases = find_dataset("mine", described(entry, tmp_path)).find_cases(tmp_path)
    assert [case.case for case in cases] == ["p1", "p2"]


def test_patients_by_folder_pattern_and_table(tmp_path):
    root = tmp_path / "photos"
    for patient in ("p1", "p2"):
        for name in ("left", "right"):
            for what in ("image", "mask"):
                picture(
                    root / patient / f"{name}_{what}.png", np.eye(4, dtype=np.uint8)
                )
    site = {
        "images": "{patient}/{name}_image.png",
        "masks": "{patient}/{name}_mask.png",
    }
    entry = {"folder": "photos", "cases": {"one": site}, "structures": {"line": [1]}}

    def patients(**changes):
        found = find_dataset("mine", described(entry | changes, tmp_path)).find_cases(
            root
        )
        return {case.case: case.patient for case in found}

    names = ["p1_left", "p1_right", "p2_left", "p2_right"]
    assert patients() == dict(zip(names, ["p1", "p1", "p2", "p2"], strict=True))
    assert set(patients(patient="_(.)").values()) == {"l", "r"}
    table = tmp_path / "who.csv"
    table.write_text("\ufeffCase;Patient\n" + "".join(f"{n};{n[-1]}\n" for n in names))
    assert set(patients(patient="who.csv").values()) == {"t"}
    table.write_text("case,patient\np1_left,x\n")
    with pytest.raises(InputError, match="one/p1_right: found no patient"):
        patients(patient="who.csv")


def test_a_split_by_table(tmp_path):
    root = photographs(tmp_path / "photos")
    rows = [
        f"{site},{name},{'Test' if name == 'c' else 'train'}"
        for site in ("zeiss", "canon")
        for name in "abc"
    ]
    (tmp_path / "sides.csv").write_text("\n".join(["site,case,split", *rows]))
    cases = find_dataset(
        "mine", described(fundus_entry() | {"split": "sides.csv"}, tmp_path)
    ).find_cases(root)
    assert {case.case: case.split for case in cases} == {
        "a": "train",
        "b": "train",
        "c": "test",
    }
    rows[0] = "zeiss,a,Training"
    (tmp_path / "sides.csv").write_text("\n".join(["site,case,split", *rows[:-1]]))
    description = described(fundus_entry() | {"split": "sides.csv"}, tmp_path)
    with pytest.raises(InputError) as caught:
        find_dataset("mine", description).find_cases(root)
    assert "zeiss/a: found 'training' in" in caught.value.found
    assert "canon/c: found no row in" in caught.value.found


def test_patterns():
    found = compiled("{patient}/**/{name}_T2*.nii.gz", "test").fullmatch(
        "P1/a/b/x_t2w.nii.gz"
    )
    assert found.groupdict() == {"patient": "P1", "name": "x"}
    assert not compiled("{name}/{name}.png", "test").fullmatch("a/b.png")


# --- reading --------------------------------------------------------------------------


def test_volumes_and_slices_in_one_set(tmp_path):
    mask = np.zeros((3, 8, 8), np.uint8)
    mask[1, 2:5, 2:5] = 1
    volume(
        tmp_path / "scans/a.nii.gz",
        np.arange(192.0).reshape(3, 8, 8),
        np.diag([0.5, 0.5, 3, 1]),
    )
    volume(tmp_path / "scans/a_seg.nii.gz", mask, np.diag([0.5, 0.5, 3, 1]))
    deep = (np.arange(64, dtype=np.uint16) * 1000).reshape(8, 8)
    picture(tmp_path / "slices/i/b.png", deep)
    picture(tmp_path / "slices/m/b.png", mask[1])
    entry = {
        "folder": ".",
        "cases": {
            "scans": {
                "images": "scans/{name}.nii.gz",
                "masks": "scans/{name}_seg.nii.gz",
            },
            "slices": {"images": "slices/i/{name}.png", "masks": "slices/m/{name}.png"},
        },
        "structures": {"gland": "any"},
    }
    description = described(entry, tmp_path)
    assert description["kind"] == "volume"
    inventory = build_inventory("mine", tmp_path, description=description).set_index(
        "case"
    )
    assert inventory.loc["a", ["n_slices", "spacing_z", "spacing_x"]].tolist() == [
        3,
        3.0,
        0.5,
    ]
    assert inventory.loc["b", "n_slices"] == 1
    assert inventory.loc["b", ["spacing_z", "spacing_y", "spacing_x"]].isna().all()
    dataset = find_dataset("mine", description)
    image = read_pair(dataset.find_cases(tmp_path)[1], tmp_path, dataset).image
    assert np.array_equal(image, deep[None])  # 16 bits are kept


def two_modalities(tmp_path: Path) -> tuple[dict, np.ndarray]:
    rng = np.random.default_rng(1)
    arrays = rng.normal(size=(2, 3, 8, 8)).astype(np.float32)
    for name, array in zip(("t1", "t2"), arrays, strict=True):
        volume(tmp_path / f"p1/{name}.nii.gz", array)
    volume(tmp_path / "p1/seg.nii.gz", np.ones((3, 8, 8), np.uint8))
    site = {"images": ["{patient}/t1.nii.gz", "{patient}/t2.nii.gz"]}
    site["masks"] = "{patient}/seg.nii.gz"
    entry = {"folder": ".", "cases": {"mr": site}, "structures": {"tumour": "any"}}
    return entry, arrays


def test_several_files_are_the_channels_of_one_image(tmp_path):
    entry, arrays = two_modalities(tmp_path)
    description = described(entry, tmp_path)
    inventory = build_inventory("mine", tmp_path, description=description)
    assert inventory["image"].tolist() == ["p1/t1.nii.gz|p1/t2.nii.gz"]
    benchmark = {
        "id": "test",
        "kind": "volume",
        "split": {"rule": "none"},
        "domains": {
            "mr": {
                "dataset": "mine",
                "group": "mr",
                "preparation": "own",
                "structures": description["structures"],
            }
        },
        "preparations": {"own": {"size": None}},
    }
    pack_domain(
        inventory,
        tmp_path,
        benchmark,
        "mr",
        tmp_path / "packed",
        "original",
        description=description,
    )
    packed = PackedSlices(tmp_path / "packed")
    assert packed.images.shape == (3, 8, 8, 3)
    np.testing.assert_allclose(packed.images[..., 0], arrays[0])
    np.testing.assert_allclose(packed.images[..., 1], arrays[1])
    assert not packed.images[..., 2].any()
    images = torch.from_numpy(channels_first(packed.images[:]))
    found = zscore(images)
    np.testing.assert_allclose(found.mean((-2, -1)), 0, atol=1e-6)


def test_files_of_one_image_must_fit(tmp_path):
    entry, _ = two_modalities(tmp_path)
    volume(tmp_path / "p1/t2.nii.gz", np.ones((3, 8, 9), np.float32))
    with pytest.raises(InputError, match=r"p1/t2\.nii\.gz: found .*8"):
        build_inventory("mine", tmp_path, description=described(entry, tmp_path))
    other = {**entry["cases"]["mr"], "images": "{patient}/t1.nii.gz"}
    entry["cases"]["other"] = other
    with pytest.raises(InputError, match="2 images a case in 'mr', 1 in 'other'"):
        described(entry, tmp_path)


def test_a_channel_at_another_place_is_a_doubt(tmp_path):
    entry, arrays = two_modalities(tmp_path)
    dataset = find_dataset("mine", described(entry, tmp_path))
    (case,) = dataset.find_cases(tmp_path)
    assert read_pair(case, tmp_path, dataset).doubts == ()
    with_header = nibabel.load(tmp_path / "p1/t2.nii.gz")
    affine = with_header.affine.copy()
    affine[:3, 3] += affine[:3, 0] * 3  # three voxels along x
    volume(tmp_path / "p1/t2.nii.gz", arrays[1], affine)
    (doubt,) = read_pair(case, tmp_path, dataset).doubts
    assert doubt == "t2.nii.gz: found a grid 3 voxels from that of t1.nii.gz"


@pytest.mark.parametrize("ending", ["nrrd", "mha", "nii"])
def test_formats_agree(tmp_path, ending):
    import SimpleITK

    rng = np.random.default_rng(2)
    arrays = {"scan": rng.normal(size=(3, 5, 4)).astype(np.float32)}
    arrays["scan_label"] = rng.integers(0, 3, (3, 5, 4)).astype(np.uint8)
    for name, array in arrays.items():
        image = SimpleITK.GetImageFromArray(array)
        image.SetSpacing((0.5, 0.75, 3.0))
        image.SetOrigin((1.0, 2.0, 3.0))
        SimpleITK.WriteImage(image, str(tmp_path / f"{name}.{ending}"))
    site = {"images": f"{{name}}.{ending}", "masks": f"{{name}}_label.{ending}"}
    entry = {"folder": ".", "cases": {"mr": site}, "structures": {"a": [1], "b": [2]}}
    description = described(entry, tmp_path)
    dataset = find_dataset("mine", description)
    (case,) = dataset.find_cases(tmp_path)
    pair = read_pair(case, tmp_path, dataset)
    np.testing.assert_array_equal(pair.image, arrays["scan"])
    np.testing.assert_array_equal(pair.mask, arrays["scan_label"])
    assert pair.spacing == pytest.approx((3.0, 0.75, 0.5))
    corner = pair.affines[0] @ [0, 0, 0, 1]
    np.testing.assert_allclose(corner[:3], [-1, -2, 3])


def test_arrays_of_npz_files_have_no_spacing(tmp_path):
    image = np.random.default_rng(3).normal(size=(2, 6, 6)).astype(np.float32)
    label = np.zeros((2, 6, 6), np.uint8)
    label[0, 2:4, 2:4] = 1
    np.savez(tmp_path / "a.npz", image=image, label=label)
    site = {"images": "{name}.npz", "masks": "{name}.npz"}
    entry = {"folder": ".", "cases": {"mr": site}, "structures": {"organ": [1]}}
    description = described(entry, tmp_path)
    dataset = find_dataset("mine", description)
    (case,) = dataset.find_cases(tmp_path)
    pair = read_pair(case, tmp_path, dataset)
    np.testing.assert_array_equal(pair.image, image)
    np.testing.assert_array_equal(pair.mask, label)
    assert pair.spacing is None
    np.savez(tmp_path / "a.npz", pixels=image, label=label)
    with pytest.raises(InputError, match="among pixels, label"):
        build_inventory("mine", tmp_path, description=description)


def test_folders_of_dicom_slices(tmp_path):
    units = write_series(tmp_path / "ct/p1")
    write_series(tmp_path / "ct/p2")
    for name in ("p1", "p2"):
        mask = np.zeros(units.shape, np.uint8)
        mask[2, 1:3, 1:3] = 1
        affine = np.diag([-0.5, -0.7, 3.0, 1.0])
        volume(tmp_path / f"masks/{name}.nii.gz", mask, affine)
    site = {"images": "ct/{name}/", "masks": "masks/{name}.nii.gz"}
    entry = {"folder": ".", "cases": {"ct": site}, "structures": {"organ": [1]}}
    description = described(entry, tmp_path)
    dataset = find_dataset("mine", description)
    cases = dataset.find_cases(tmp_path)
    assert [case.image for case in cases] == ["ct/p1", "ct/p2"]
    pair = read_pair(cases[0], tmp_path, dataset)
    np.testing.assert_array_equal(pair.image, units)
    assert pair.mask.sum() == 4


def test_spacing_that_headers_lack(tmp_path):
    volume(tmp_path / "a.nii.gz", np.arange(192.0).reshape(3, 8, 8))
    volume(tmp_path / "a_seg.nii.gz", np.ones((3, 8, 8), np.uint8))
    site = {"images": "{name}.nii.gz", "masks": "{name}_seg.nii.gz"}
    entry = {"folder": ".", "cases": {"mr": site}, "structures": {"organ": [1]}}
    columns = ["spacing_z", "spacing_y", "spacing_x"]

    def spacing(**changes):
        description = described(entry | changes, tmp_path)
        return build_inventory("mine", tmp_path, description=description)[columns].iloc[
            0
        ]

    assert spacing().tolist() == [1, 1, 1]
    assert spacing(spacing=[10, 1.5, 1.25]).tolist() == [10, 1.5, 1.25]
    assert spacing(spacing="unknown").isna().all()


def test_a_spacing_given_in_another_order_than_the_header_is_mentioned(tmp_path):
    affine = np.diag([0.5, 0.5, 3.0, 1.0])
    volume(tmp_path / "a.nii.gz", np.arange(192.0).reshape(3, 8, 8), affine)
    volume(tmp_path / "a_seg.nii.gz", np.ones((3, 8, 8), np.uint8), affine)
    site = {"images": "{name}.nii.gz", "masks": "{name}_seg.nii.gz"}
    entry = {"folder": ".", "cases": {"mr": site}, "structures": {"organ": [1]}}

    def doubts(spacing):
        dataset = find_dataset(
            "mine", described(entry | {"spacing": spacing}, tmp_path)
        )
        (case,) = dataset.find_cases(tmp_path)
        return read_pair(case, tmp_path, dataset).doubts

    (doubt,) = doubts([0.5, 0.5, 3.0])
    assert "3 x 0.5 x 0.5 mm in the header and 0.5 x 0.5 x 3" in doubt
    assert not doubts([3.0, 0.5, 0.5]) and not doubts([4.0, 0.5, 0.5])


def test_masks_that_compression_has_changed(tmp_path):
    """Ringing around a disc of 709 pixels would count as the structure."""
    rows, columns = np.mgrid[:64, :64] - 32
    disc = 255 * (np.hypot(rows, columns) < 15).astype(np.uint8)
    picture(tmp_path / "a.png", (rows + columns).astype(np.uint8))
    picture(tmp_path / "a_mask.jpg", disc)
    masks = {"images": "{name}.png", "masks": "{name}_mask.jpg"}
    entry = {"folder": ".", "cases": {"eye": masks}, "structures": {"disc": "any"}}
    dataset = find_dataset("mine", described(entry, tmp_path))
    (case,) = dataset.find_cases(tmp_path)
    with pytest.raises(InputError, match="values in a JPEG file, whose compression"):
        read_pair(case, tmp_path, dataset)
    with Image.open(tmp_path / "a_mask.jpg") as changed:
        changed.save(tmp_path / "a_mask.png")
    masks["masks"] = "{name}_mask.png"
    dataset = find_dataset("mine", described(entry, tmp_path))
    (case,) = dataset.find_cases(tmp_path)
    (doubt,) = read_pair(case, tmp_path, dataset).doubts
    assert "values that change from pixel to pixel, as compression" in doubt


def test_an_orientation_that_headers_lack():
    array = np.arange(24).reshape(2, 3, 4)  # (Z, Y, X)
    stored = Volume(array, np.diag([1.0, 2.0, 3.0, 1.0]))
    found = turned(
        stored, axcodes2ornt("LPS")
    )  # stored x goes to the left, y to the back
    assert np.array_equal(found.array, array[:, ::-1, ::-1])
    # Coronal: stored x goes right, y down, z back; slices become those along S.
    found = turned(stored, axcodes2ornt("RIP"))
    assert found.array.shape == (3, 2, 4)
    assert np.array_equal(found.array, array.transpose(1, 0, 2)[::-1, ::-1])
    assert found.spacing == (2.0, 3.0, 1.0)


def test_an_orientation_of_files_without_a_header(tmp_path):
    image = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    mask = (image > 30).astype(np.uint8)
    np.savez(tmp_path / "a.npz", imgs=image, gts=mask)
    site = {"images": "{name}.npz", "masks": "{name}.npz", "orientation": "LPS"}
    entry = {"folder": ".", "cases": {"one": site}, "structures": {"organ": [1]}}
    dataset = find_dataset("mine", described(entry, tmp_path))
    (case,) = dataset.find_cases(tmp_path)
    pair = read_pair(case, tmp_path, dataset)
    assert pair.spacing is None
    assert np.array_equal(pair.image, image[:, ::-1, ::-1])
    assert np.array_equal(pair.mask, mask[:, ::-1, ::-1])


@pytest.mark.parametrize("name", ["{1,2}", "{left}"])
def test_braces_in_a_name_are_part_of_it(tmp_path, name):
    mask = np.zeros((8, 8), np.uint8)
    mask[2:5, 2:5] = 1
    picture(tmp_path / f"i/{name}.png", np.arange(64, dtype=np.uint8).reshape(8, 8))
    picture(tmp_path / f"m/{name}.png", mask)
    site = {"images": "i/{name}.png", "masks": "m/{name}.png"}
    entry = {"folder": ".", "cases": {"one": site}, "structures": {"spot": [1]}}
    found = build_inventory("mine", tmp_path, description=described(entry, tmp_path))
    assert found["foreground_voxels"].tolist() == [9]


def test_unknown_values_are_named_with_their_counts(fundus):
    root, description = fundus
    wrong = np.full((48, 48), 255, np.uint8)
    wrong[:2, :3] = 77
    picture(root / "zeiss/masks/a.png", wrong)
    with pytest.raises(
        InputError,
        match=r"values 77 \(6 pixels\), expected only 0 \(cup\), 128 \(rim\)",
    ) as raised:
        build_inventory("mine", root, description=description)
    assert raised.value.remedy == "Name them under 'values', or add them to 'ignore'"


def test_swapped_folders(tmp_path):
    root = photographs(tmp_path / "photos")
    entry = fundus_entry()
    zeiss = entry["cases"]["zeiss"]
    zeiss["images"], zeiss["masks"] = zeiss["masks"], zeiss["images"]
    with pytest.raises(InputError, match="a mask's few values in the image"):
        build_inventory("mine", root, description=described(entry, tmp_path))


def test_empty_masks_are_a_fault_unless_allowed(tmp_path):
    root = photographs(tmp_path / "photos")
    picture(root / "canon/a_label.png", np.zeros((48, 48), np.uint8))
    entry = fundus_entry()
    with pytest.raises(InputError, match=r"canon/a_label\.png: found an empty mask"):
        build_inventory("mine", root, description=described(entry, tmp_path))
    entry["empty_masks"] = True
    assert (
        len(build_inventory("mine", root, description=described(entry, tmp_path))) == 6
    )


def test_distances_are_not_invented_where_spacing_is_unknown():
    label = np.zeros((1, 8, 8), bool)
    label[0, 2:6, 2:6] = True
    found = score_masks(
        np.roll(label, 1, axis=2),
        label,
        np.ones(1, bool),
        (float("nan"),) * 3,
        2.0,
        ("a", "gland", "native"),
        {("all", "none"): ["nsd_2mm"]},
    )
    values = {name: value for *_, name, value, _ in found}
    assert values.pop("dice") == 75.0
    assert set(values) == {"nsd", "hd95_pooled", "assd", "nsd_2mm"}
    assert np.isnan(list(values.values())).all()


def test_predictions_hold_the_numbers_of_their_site(fundus, tmp_path):
    """In one camera's masks 1 is the rim, in sambench's label values it is the cup."""
    root, description = fundus
    inventory = build_inventory("mine", root, description=description)
    for site in ("zeiss", "canon"):
        domain = {
            "dataset": "mine",
            "group": site,
            "preparation": "own",
            "structures": description["structures"],
        }
        benchmark = {
            "id": "test",
            "kind": "photo",
            "split": {"rule": "none"},
            "domains": {site: domain},
            "preparations": {"own": {"size": 64, "dtype": "uint8", "square": True}},
        }
        folder = tmp_path / "packed" / site
        pack_domain(
            inventory,
            root,
            benchmark,
            site,
            folder,
            "original",
            description=description,
        )
        made = tmp_path / "made" / site
        made.mkdir(parents=True)
        pattern = {"zeiss": "zeiss/masks/{}.png", "canon": "canon/{}_label.png"}[site]
        for name in "abc":
            mask = read_photo_mask(root / pattern.format(name))
            picture(made / f"{name}.png", mask)
        alone = {**description, "sites": {site: description["sites"][site]}}
        packed = PackedSlices(folder)
        found = read_predictions(made, packed, {1, 2}, codes=file_codes(alone))
        np.testing.assert_array_equal(found.masks, packed.structure_masks(found.rows))


# --- configuration --------------------------------------------------------------------


def settings(tmp_path: Path, **changes):
    file = tmp_path / "mine.yaml"
    config = {
        "data": {"mine": fundus_entry()},
        "benchmarks": [{"id": "cameras", "data": "mine", "train": ["zeiss"]}],
        "methods": ["erm", "box"],
    } | changes
    file.write_text(yaml.safe_dump(config))
    return load_settings(config, [REPOSITORY / "config"], files=[file])


def test_an_inline_benchmark_takes_the_nearest_ones_values(tmp_path):
    photographs(tmp_path / "photos")
    found = settings(tmp_path)
    benchmark = found.benchmarks["cameras"]
    assert (benchmark["sources"], benchmark["targets"]) == (
        ["zeiss"],
        ["zeiss", "canon"],
    )
    assert benchmark["domains"]["canon"]["structures"] == {"disc": [1, 2], "cup": [1]}
    assert benchmark["preparations"]["own"] == {
        **found.catalogue.load("benchmarks", "riga", "test")["preparations"]["fundus"],
        "size": 256,
    }
    assert found.origin("cameras", "mine") == "original"
    assert found.catalogue.same_images("cameras") == ["cameras"]
    assert found.local_path("mine") == str(tmp_path / "photos")
    assert not found.fetched()


def test_the_kept_configuration_runs_again_from_elsewhere(tmp_path):
    photographs(tmp_path / "photos")
    found = settings(tmp_path)
    elsewhere = tmp_path / "results/config.yaml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(yaml.safe_dump(found.given, sort_keys=False))
    again = load_settings(
        yaml.safe_load(elsewhere.read_text()),
        [REPOSITORY / "config"],
        files=[elsewhere],
    )
    assert again.own == found.own
    assert again.benchmarks == found.benchmarks


def test_one_model_for_all_with_cases_held_out(tmp_path):
    photographs(tmp_path / "photos")
    entry = {
        "id": "together",
        "data": "mine",
        "train": "all",
        "test": "held_out",
        "split": {"fraction": 0.6},
    }
    benchmark = settings(tmp_path, benchmarks=[entry]).benchmarks["together"]
    assert benchmark["pairs"] == "all"
    assert benchmark["split"] == {
        "rule": "patient",
        "train_fraction": 0.6,
        "seed": 2023,
    }


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"data": "mien"}, "Did you mean 'mine'"),
        ({"train": ["zeis"]}, "Did you mean 'zeiss'"),
        ({"test": ["zeiss"]}, "'zeiss', which alone trains"),
        ({"test": ["zeiss", "canon"]}, "'zeiss', which alone trains"),
        ({"test": "held_out"}, "held_out needs train: all"),
        ({"train": "all"}, "held_out with a split by patient"),
        ({"structures": ["cap"]}, "Did you mean 'cup'"),
        ({"split": {"fraction": 0.5}}, "a split, while single sites train"),
        (
            {"train": "all", "test": "held_out", "split": {"by": "list"}},
            "no key 'split' of the data set",
        ),
        ({"id": "riga"}, "which another benchmark has"),
        ({"id": "Eyes 1"}, "key 'benchmarks.0.id': found 'Eyes 1', expected a name of"),
        ({"like": "prostate"}, "whose cases are of kind volume"),
        ({"sizes": 3}, "Did you mean 'size'"),
    ],
)
def test_faults_of_inline_benchmarks(tmp_path, entry, message):
    photographs(tmp_path / "photos", "a")
    with pytest.raises(InputError, match=message):
        settings(
            tmp_path,
            benchmarks=[{"id": "cameras", "data": "mine", "train": ["zeiss"], **entry}],
        )


def test_an_id_of_a_known_set_is_taken(tmp_path):
    photographs(tmp_path / "photos", "a")
    with pytest.raises(InputError, match="Call it my_acdc"):
        settings(tmp_path, data={"acdc": fundus_entry()})


def test_the_preset_fills_in_what_is_left_out(tmp_path):
    photographs(tmp_path / "photos", "a")
    sized = {"id": "cameras", "data": "mine", "train": ["zeiss"], "size": 128}
    found = settings(
        tmp_path,
        benchmarks=[sized, "riga"],
        data_source="synthetic",
        preset="small",
        overrides={"erm": {"training": {"epochs": 3}}},
    )
    assert found.config["image_size"] == {"riga": 96}
    recipe = found.recipes["cameras"]["erm"]
    assert recipe["training"]["epochs"] == 3
    assert recipe["training"]["min_steps_per_epoch"] == 20
    with pytest.raises(InputError, match="Did you mean 'small'"):
        settings(tmp_path, preset="smal")
