"""`sambench score`: what it reads, what it refuses, and what it warns of."""

import nibabel
import numpy as np
import pandas as pd
import pytest
from medpy.metric import binary
from PIL import Image
from scipy.ndimage import gaussian_filter

from sambench.__main__ import main


def ball(centre=10, shape=(20, 20, 8)):
    grid = np.indices(shape).transpose(1, 2, 3, 0) - [centre, 10, 4]
    return (np.linalg.norm(grid * [1, 1, 2], axis=-1) < 6).astype(np.uint8)


def save(path, array, affine=None, zooms=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name.endswith((".png", ".jpg")):
        Image.fromarray(array).save(path)
        return path
    image = nibabel.Nifti1Image(array, np.eye(4) if affine is None else affine)
    if zooms:
        image.header.set_zooms(zooms)
    nibabel.save(image, path)
    return path


@pytest.fixture
def folders(tmp_path):
    """Labels of two cases, and predictions that are a voxel off."""
    for case in ("c0", "c1"):
        save(tmp_path / "lab" / f"{case}.nii.gz", ball())
        save(tmp_path / "pred" / f"{case}.nii.gz", ball(11))
    return tmp_path


def score(folder, *options, pred="pred", lab="lab"):
    return main(["score", str(folder / pred), str(folder / lab), *map(str, options)])


def measured(folder, *options, **paths):
    """Score, and return the values of all slices by case and metric."""
    out = folder / "out.csv"
    assert score(folder, *options, "--out", out, **paths) == 0
    rows = pd.read_csv(out).query("slices == 'all'")
    return rows.set_index(["case", "metric"])["value"]


# Names.


@pytest.mark.parametrize(
    "name", ["c0.npy", "c0.npz", "c0.img", "c0.jpg", "c0/c0.nii.gz", ""]
)
def test_a_folder_without_a_mask_that_is_read_is_no_table_of_zeros(
    folders, capsys, name
):
    (folders / "made").mkdir()
    if name:
        (folders / "made" / name).parent.mkdir(exist_ok=True)
        (folders / "made" / name).write_bytes(b"1")
    assert score(folders, pred="made") == 1
    said = capsys.readouterr().err
    assert f"the folder holds {name.partition('/')[0] or 'nothing'}" in said
    assert "such as c0.nii.gz, c1.nii.gz" in said


def test_a_missing_prediction_is_named(folders, capsys):
    (folders / "pred" / "c1.nii.gz").unlink()
    (folders / "pred" / "c1.npy").write_bytes(b"1")
    (folders / "lab" / "c2.npy").write_bytes(b"1")
    values = measured(folders)
    assert values["c1", "dice"] == 0
    said = capsys.readouterr().err
    assert "no prediction of 1 of 2 labels, which count as missed: c1.nii.gz" in said
    assert "no label has its name (1): c1.npy" in said
    assert "not read as labels: c2.npy" in said


def test_two_files_of_one_case_are_named(folders, capsys):
    save(folders / "pred" / "c0.nii", ball())
    assert score(folders) == 1
    assert "two files of one name: c0.nii and c0.nii.gz" in capsys.readouterr().err


def test_a_preview_beside_a_mask_is_no_mask_of_volumes(folders, capsys):
    save(folders / "pred" / "c0.png", np.zeros((20, 20), np.uint8))
    assert measured(folders)["c0", "dice"] > 80
    assert not capsys.readouterr().err


def test_junk_of_desktops_is_skipped(folders, capsys):
    for side in ("pred", "lab"):
        (folders / side / "._c0.nii.gz").write_bytes(b"resource fork")
        (folders / side / ".DS_Store").write_bytes(b"")
        (folders / side / ".snakemake_timestamp").write_bytes(b"")
    assert set(measured(folders).index.get_level_values("case")) == {"c0", "c1"}
    assert not capsys.readouterr().err


def test_names_that_differ_by_case_are_one(folders, capsys):
    (folders / "pred" / "c0.nii.gz").rename(folders / "pred" / "C0.NII.GZ")
    assert measured(folders)["c0", "dice"] > 80
    assert not capsys.readouterr().err


def test_a_folder_with_the_name_of_a_mask_is_the_mask_in_it(folders):
    whole = measured(folders)
    path = folders / "pred" / "c0.nii.gz"
    content = path.read_bytes()
    path.unlink()
    path.mkdir()
    (path / "c0.nii").write_bytes(content)
    pd.testing.assert_series_equal(measured(folders), whole)


# Values.


@pytest.mark.parametrize(
    ("label", "made", "structure", "found"),
    [
        (1, 255, "p=1", "values 255 that are in no structure, and none of p"),
        (255, 1, "p=255", "values 1 that are in no structure, and none of p"),
        (3, 3, "p=1", "no label with a value of p (values found: 0 3)"),
    ],
)
def test_values_in_other_units_are_refused(
    folders, capsys, label, made, structure, found
):
    for case in ("c0", "c1"):
        save(folders / "lab" / f"{case}.nii.gz", ball() * np.uint8(label))
        save(folders / "pred" / f"{case}.nii.gz", ball(11) * np.uint8(made))
    assert score(folders, "--structure", structure) == 1
    assert found in capsys.readouterr().err


def test_a_value_that_no_label_holds_is_warned_of(folders, capsys):
    extra = ball(11)
    extra[0, 0, 0] = 7
    save(folders / "pred" / "c0.nii.gz", extra)
    assert measured(folders, "--structure", "p=1")["c0", "dice"] > 80
    assert "values 7 are in no structure" in capsys.readouterr().err


def test_a_structure_of_several_may_be_scored_alone(folders, capsys):
    for side, centre in (("lab", 10), ("pred", 11)):
        both = ball(centre)
        both[:3, :3, :3] = 2
        for case in ("c0", "c1"):
            save(folders / side / f"{case}.nii.gz", both)
    assert measured(folders, "--structure", "p=1")["c0", "dice"] > 80
    assert not capsys.readouterr().err


def test_a_structure_that_is_never_predicted_is_warned_of(folders, capsys):
    both = ball()
    both[:3, :3, :3] = 2
    for case in ("c0", "c1"):
        save(folders / "lab" / f"{case}.nii.gz", both)
    assert measured(folders, "--structure", "p=2")["c0", "dice"] == 0
    assert (
        "no value of p in any prediction (values found: 1)" in capsys.readouterr().err
    )


def test_noise_of_compression_is_warned_of(tmp_path, capsys):
    label = np.zeros((20, 20), np.uint8)
    label[5:15, 5:15] = 255
    noisy = label.copy()
    noisy[4, :] = np.arange(20) * 3 + 1
    save(tmp_path / "lab" / "a.png", noisy)
    save(tmp_path / "pred" / "a.png", label)
    measured(tmp_path)
    said = capsys.readouterr().err
    assert "a.png: 21 values (1 4 7 10 13 16 19 22 ...) are taken as one" in said


@pytest.mark.parametrize("kind", ["image", "probabilities"])
@pytest.mark.parametrize("side", ["pred", "lab"])
def test_an_image_or_a_map_of_probabilities_is_no_mask(tmp_path, capsys, side, kind):
    rows, columns = np.mgrid[:64, :64] - 32
    distance = np.hypot(rows, columns)
    mask = 255 * (distance < 15).astype(np.uint8)
    made = np.clip(255 / (1 + np.exp(distance - 15)), 0, 255).astype(np.uint8)
    if kind == "image":
        made = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    save(tmp_path / "pred" / "a.png", mask)
    save(tmp_path / "lab" / "a.png", mask)
    save(tmp_path / side / "a.png", made)
    assert score(tmp_path, "--structure", "disc=255") == 1
    assert "values that change from pixel to pixel" in capsys.readouterr().err


def test_many_organs_are_a_mask(tmp_path):
    organs = np.kron(np.arange(100).reshape(10, 10), np.ones((8, 8))).astype(np.uint8)
    organs[:, 1::2] = 0  # thin ones, such as the parts of a cortex
    save(tmp_path / "pred" / "a.png", organs)
    save(tmp_path / "lab" / "a.png", organs)
    assert measured(tmp_path, "--structure", "liver=5")["a", "dice"] == 100


def test_labels_are_not_scored_against_themselves(folders, capsys):
    assert score(folders, pred="lab") == 1
    assert "found the labels themselves" in capsys.readouterr().err


def test_masks_of_3d_slicer_are_read(folders):
    import SimpleITK

    expected = measured(folders)
    for path in (folders / "pred").iterdir():
        name = path.name.replace(".nii.gz", ".seg.nrrd")
        SimpleITK.WriteImage(SimpleITK.ReadImage(path), path.with_name(name))
        path.unlink()
    assert measured(folders).equals(expected)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--structure", "=1"], "--structure: found '=1'"),
        (["--structure", "a"], "--structure: found 'a'"),
        (["--structure", "a=0"], "label values from 1 to 255"),
        (["--structure", "a=300"], "label values from 1 to 255"),
        (["--structure", "a=-1"], "label values from 1 to 255"),
        (["--structure", "a=1", "--structure", "a=2"], "found 'a' twice"),
        (["--out", "x.xlsx"], "--out: found 'x.xlsx'"),
        (["--tolerance", "-1"], "--tolerance: found -1, expected 0 or more"),
        (["--tolerance", "nan"], "--tolerance: found nan"),
        (["--spacing", "1", "0", "1"], "--spacing: found 1 0 1"),
    ],
)
def test_arguments_are_checked_before_anything_is_read(folders, capsys, options, found):
    (folders / "pred" / "c0.nii.gz").write_bytes(b"")
    assert score(folders, *options) == 1
    assert found in capsys.readouterr().err


# Headers.


def test_a_header_that_contradicts_itself_is_told_and_can_be_overruled(folders, capsys):
    for side, centre in (("lab", 10), ("pred", 11)):
        for case in ("c0", "c1"):
            path = folders / side / f"{case}.nii.gz"
            save(path, ball(centre), zooms=(0.5, 0.5, 3))
    taken = measured(folders)
    said = capsys.readouterr().err
    assert "pixdim 0.5 x 0.5 x 3 mm and affine 1 x 1 x 1 mm contradict" in said
    assert "--spacing" in said
    assert taken["c0", "hd95_pooled"] == 1
    given = measured(folders, "--spacing", 3, 0.5, 0.5)
    assert given["c0", "hd95_pooled"] == 0.5


def test_a_spacing_given_in_another_order_than_the_header_is_warned_of(folders, capsys):
    for side in ("lab", "pred"):
        for case in ("c0", "c1"):
            save(folders / side / f"{case}.nii.gz", ball(), np.diag([0.5, 0.5, 3, 1]))
    measured(folders, "--spacing", 3, 0.5, 0.5)
    assert not capsys.readouterr().err
    measured(folders, "--spacing", 0.5, 0.5, 3)
    assert "the numbers of the header in another order" in capsys.readouterr().err


def test_a_damaged_file_is_not_scored(folders, capsys):
    path = folders / "pred" / "c0.nii.gz"
    data = bytearray(path.read_bytes())
    data[-8] ^= 1
    path.write_bytes(bytes(data))
    assert score(folders) == 1
    assert "c0.nii.gz: found a damaged compressed file" in capsys.readouterr().err


@pytest.mark.parametrize("shape", [(20, 20, 1), (1, 20, 20), (20, 20)])
def test_one_slice_is_measured_as_an_image_in_mm(tmp_path, capsys, shape):
    label = np.zeros((20, 20), np.uint8)
    label[5:15, 5:15] = 1
    made = np.roll(label, 1, axis=0)
    # The axis of one slice is said to be 999 mm thick, as nnU-Net writes it.
    steps = [999.0 if size == 1 else 0.5 for size in (*shape, 1)[:3]]
    for side, array in (("lab", label), ("pred", made)):
        affine = np.diag([*steps, 1])
        save(tmp_path / side / "a.nii.gz", array.reshape(shape), affine)
    values = measured(tmp_path)
    assert "volumes of one slice, measured as images in mm (1): a" in (
        capsys.readouterr().err
    )
    expected = binary.assd(made, label, voxelspacing=(0.5, 0.5))
    assert values["a", "assd"] == pytest.approx(expected)
    save(tmp_path / "pred" / "a.nii.gz", (0 * made).reshape(shape), affine)
    assert measured(tmp_path)["a", "assd"] == pytest.approx(20 * 0.5 * np.sqrt(2))


# The same numbers as the libraries of the field.


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.filterwarnings("ignore::FutureWarning:monai")
def test_scores_are_those_of_medpy_and_monai(tmp_path, seed):
    torch = pytest.importorskip("torch")
    from monai.metrics import compute_surface_dice

    generator = np.random.default_rng(seed)
    shape = tuple(generator.integers(10, 24, 3))
    spacing = generator.uniform(0.4, 5, 3)  # (x, y, z)
    common = gaussian_filter(generator.normal(size=shape), 2)
    masks = [
        common + 0.5 * gaussian_filter(generator.normal(size=shape), 2) > 0.05
        for _ in range(2)
    ]
    for side, mask in zip(("pred", "lab"), masks, strict=True):
        affine = np.diag([*spacing, 1])
        save(tmp_path / side / "a.nii.gz", mask.astype(np.uint8), affine)
    tolerance = round(generator.uniform(0.5, 4), 1)
    values = measured(tmp_path, "--tolerance", tolerance)["a"]
    made, label = masks
    # The header keeps 32 bits of a spacing.
    steps = tuple(float(np.float32(step)) for step in spacing)
    assert values["dice"] == pytest.approx(100 * binary.dc(made, label))
    expected = binary.hd95(made, label, voxelspacing=steps)
    assert values["hd95_pooled"] == pytest.approx(expected, rel=1e-6)
    expected = binary.assd(made, label, voxelspacing=steps)
    assert values["assd"] == pytest.approx(expected, rel=1e-6)
    one_hot = (torch.from_numpy(mask)[None, None] for mask in masks)
    nsd = compute_surface_dice(
        *one_hot, [tolerance], include_background=True, spacing=list(steps)
    )
    [name] = [name for name in values.index if name.startswith("nsd")]
    assert values[name] == pytest.approx(100 * float(nsd), abs=1e-4)


def test_the_help_says_with_what_numbers_agree(capsys):
    with pytest.raises(SystemExit):
        main(["score", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "NSD by up to 9 points, HD95 by up to 2.5 mm" in said
    assert "MONAI" in said
    assert "medpy" in said
