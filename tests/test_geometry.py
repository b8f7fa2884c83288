"""Image, mask and prediction on one grid: compared as stored, turned once."""

import logging

import nibabel
import numpy as np
import pytest
import SimpleITK

from sambench.data.geometry import displacement, header_differs, matched, shear
from sambench.data.readers import read_label_volume, read_volume
from sambench.errors import InputError
from sambench.metrics.files import score_files
from tiny_datasets import build_inventory, inspect_dataset

IDENTITY = dict.fromkeys(("benchmark", "method", "source", "target"), "a") | {"seed": 1}
IMAGE_AFFINE = np.array(
    [[-1.0, 0, 0, 12], [0, -1, 0, 12], [0, 0, 2, -100], [0, 0, 0, 1]]
)


def arrays(seed=0, shape=(9, 8, 6)):
    """An image (X, Y, Z) that is bright where its mask is, which lies in one corner."""
    generator = np.random.default_rng(seed)
    mask = np.zeros(shape, np.uint8)
    mask[1:4, 1:5, 1:3] = 1
    image = generator.normal(40, 5, shape) + 100 * mask
    return image.astype(np.int16), mask


def save(path, array, affine=IMAGE_AFFINE, form="sform"):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nibabel.Nifti1Image(array, affine)
    if form == "qform":
        image.set_sform(None, 0)
        image.set_qform(affine, 1)
    nibabel.save(image, path)


def lits(root, number=0, mask_affine=IMAGE_AFFINE, **forms):
    image, mask = arrays(number)
    save(root / f"volume-{number}.nii", image, form=forms.get("image", "sform"))
    mask_form = forms.get("mask", "sform")
    save(root / f"segmentation-{number}.nii", mask, mask_affine, mask_form)


# Data sets: the mask's header against the image's, before anything is turned.


def test_a_mask_whose_header_lost_its_directions_is_a_fault(tmp_path):
    for number in range(3):
        lits(tmp_path, number)
    lits(tmp_path, 2, mask_affine=np.diag([1.0, 1, 2, 1]))
    with pytest.raises(InputError, match="1 fault") as caught:
        build_inventory("lits", tmp_path)
    found = "segmentation-2.nii: found directions RAS, expected LPS as in the image"
    assert found in caught.value.found


def test_a_mask_of_the_same_voxels_in_another_order_is_brought_to_that_of_its_image(
    tmp_path,
):
    image, mask = arrays()
    save(tmp_path / "volume-0.nii", image)
    turned = nibabel.as_closest_canonical(nibabel.Nifti1Image(mask, IMAGE_AFFINE))
    nibabel.save(turned, tmp_path / "segmentation-0.nii")
    assert not np.allclose(turned.affine, IMAGE_AFFINE)
    inventory, findings = inspect_dataset("lits", tmp_path)
    assert len(inventory) == 1
    assert not findings
    stored = read_label_volume(tmp_path / "segmentation-0.nii")
    np.testing.assert_array_equal(
        matched(stored, IMAGE_AFFINE, image.shape).array, mask.transpose(2, 1, 0)
    )


def test_one_direction_at_the_tie_of_two_axes_passes_by_qform_and_by_sform(tmp_path):
    half = np.sqrt(0.5)
    tie = np.diag([1.0, 1, 2, 1])
    tie[:2, :2] = [[-half, -half], [half, -half]]
    image, mask = arrays()
    save(tmp_path / "volume-0.nii", image, tie, "qform")
    save(tmp_path / "segmentation-0.nii", mask, tie, "sform")
    assert len(build_inventory("lits", tmp_path)) == 1


def test_grids_that_begin_elsewhere_are_told_and_not_called_free_of_fault(
    tmp_path, caplog
):
    shifted = IMAGE_AFFINE.copy()
    shifted[:3, 3] += [3, 0, 0]
    lits(tmp_path, mask_affine=shifted)
    with caplog.at_level(logging.INFO):
        _, findings = inspect_dataset("lits", tmp_path)
    assert [finding.check for finding in findings] == ["equal places"]
    assert "found a grid 3 voxels from the image's" in findings[0].found
    assert findings[0].severity == "warning"
    assert findings[0].cases == ("lits_0",)
    assert "no fault found" not in caplog.text


def test_headers_rounded_by_their_writer_agree(tmp_path, caplog):
    rounded = IMAGE_AFFINE + np.random.default_rng(0).normal(0, 1e-5, (4, 4))
    rounded[3] = [0, 0, 0, 1]
    lits(tmp_path, mask_affine=rounded)
    with caplog.at_level(logging.INFO):
        build_inventory("lits", tmp_path)
    assert "no fault found" in caplog.text


def test_what_a_header_says_twice_in_two_ways_is_told(tmp_path, caplog):
    image, mask = arrays()
    for name, array in (("volume", image), ("segmentation", mask)):
        stored = nibabel.Nifti1Image(array, np.eye(4))
        stored.header.set_zooms((0.5, 0.5, 3))
        nibabel.save(stored, tmp_path / f"{name}-0.nii")
    with caplog.at_level(logging.INFO):
        _, findings = inspect_dataset("lits", tmp_path)
    assert [finding.check for finding in findings] == ["headers"]
    assert "pixdim 0.5 x 0.5 x 3 mm and affine 1 x 1 x 1 mm" in findings[0].found
    assert "no fault found" not in caplog.text


# One file: what a library would repair in silence.


def changed(path, field, value):
    """Save a NIfTI file with one field of its header overwritten."""
    header = nibabel.Nifti1Header
    offset = header.template_dtype.fields[field][1]
    dtype = header.template_dtype.fields[field][0].base
    data = bytearray(path.read_bytes())
    content = np.asarray(value, dtype).tobytes()
    data[offset : offset + len(content)] = content
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize(("code", "factor"), [(0, 1), (1, 1000), (2, 1), (3, 0.001)])
def test_units_of_length_become_mm(tmp_path, code, factor):
    save(tmp_path / "a.nii", arrays()[0])
    volume = read_volume(changed(tmp_path / "a.nii", "xyzt_units", code))
    assert volume.spacing == pytest.approx((2 * factor, factor, factor))
    expected = IMAGE_AFFINE[:3, 3] * factor
    np.testing.assert_allclose(volume.affine[:3, 3], expected)
    assert not volume.doubts


def test_an_unknown_unit_is_told(tmp_path):
    save(tmp_path / "a.nii", arrays()[0])
    volume = read_volume(changed(tmp_path / "a.nii", "xyzt_units", 5))
    assert "unknown unit of length (code 5)" in volume.doubts[0]


@pytest.mark.parametrize("size", [0.0, -1.0, np.nan, np.inf])
def test_a_voxel_size_that_is_none_is_refused_or_told(tmp_path, size):
    sizes = [1, 1, size, 2]
    save(tmp_path / "q.nii", arrays()[0], form="qform")
    with pytest.raises(InputError, match="in pixdim, and no affine"):
        read_volume(changed(tmp_path / "q.nii", "pixdim", sizes))
    save(tmp_path / "s.nii", arrays()[0])
    volume = read_volume(changed(tmp_path / "s.nii", "pixdim", sizes))
    assert "those of the affine are taken" in volume.doubts[0]
    assert volume.spacing == (2, 1, 1)


def test_a_flat_affine_is_refused(tmp_path):
    save(tmp_path / "a.nii", arrays()[0])
    changed(tmp_path / "a.nii", "srow_x", [0, 0, 0, 0])
    with pytest.raises(InputError, match="expected sizes above 0"):
        read_volume(tmp_path / "a.nii")


def test_qform_and_sform_that_differ_are_told(tmp_path):
    image = nibabel.Nifti1Image(arrays()[0], IMAGE_AFFINE)
    image.set_qform(np.diag([1.0, 1, 2, 1]), 1)
    nibabel.save(image, tmp_path / "a.nii")
    assert "qform and sform place voxels" in read_volume(tmp_path / "a.nii").doubts[0]
    image.set_qform(IMAGE_AFFINE, 1)
    nibabel.save(image, tmp_path / "b.nii")
    assert not read_volume(tmp_path / "b.nii").doubts


def test_tilted_axes_are_told(tmp_path):
    tilted = np.diag([1.0, 1, 2, 1])
    tilted[1, 2] = 2 * np.tan(np.radians(10))
    assert shear(tilted) == pytest.approx(10)
    save(tmp_path / "a.nii", arrays()[0], tilted)
    assert "right angle by 10 degrees" in read_volume(tmp_path / "a.nii").doubts[0]
    turn = np.diag([1.0, 1, 2, 1])
    turn[:2, :2] = [[0.8, -0.6], [0.6, 0.8]]
    save(tmp_path / "b.nii", arrays()[0], turn)  # oblique, but at right angles
    assert not read_volume(tmp_path / "b.nii").doubts


def test_displacement_is_measured_in_the_middle_and_in_voxels():
    moved = IMAGE_AFFINE.copy()
    moved[2, 3] += 5
    assert displacement(moved, IMAGE_AFFINE, (9, 8, 6)) == pytest.approx(2.5)
    larger = IMAGE_AFFINE * [[1.1], [1], [1], [1]]
    larger[0, 3] = IMAGE_AFFINE[0, 3]
    assert displacement(larger, IMAGE_AFFINE, (9, 8, 6)) == pytest.approx(0.4)
    assert header_differs(larger, IMAGE_AFFINE, (9, 8, 6))


# A property: whatever writes a volume and its mask, they come back in agreement.

DTYPES = (np.uint8, np.int16, np.int32, np.float32, np.float64)


def random_affine(generator):
    """Any spacing, origin and direction; a third of the grids lie along the axes."""
    directions, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    if generator.random() < 1 / 3:
        directions = np.eye(3)[generator.permutation(3)] * generator.choice([-1, 1], 3)
    affine = np.eye(4)
    affine[:3, :3] = directions * generator.uniform(0.3, 6, 3)
    affine[:3, 3] = generator.uniform(-300, 300, 3)
    return affine


def write_nibabel(path, array, affine, generator):
    """Write voxels by nibabel, with any unit, form and factor of its header."""
    scaled_values = array.dtype.kind == "i" and generator.random() < 0.5
    # Values are half of what is stored, and 3 more.
    image = nibabel.Nifti1Image(2 * array - 6 if scaled_values else array, affine)
    unit = generator.choice(["unknown", "mm", "meter", "micron"])
    factor = {"meter": 1e-3, "micron": 1e3}.get(unit, 1.0)
    scaled = affine.copy()
    scaled[:3] *= factor
    sform, qform = ((scaled, 2), (None, 0))[:: generator.choice([-1, 1])]
    image.set_sform(*sform)
    image.set_qform(*qform)
    image.header["pixdim"][1:4] = np.linalg.norm(scaled[:3, :3], axis=0)
    image.header.set_xyzt_units(str(unit))
    if scaled_values:
        image.header.set_slope_inter(0.5, 3)
    nibabel.save(image, path)


def write_simpleitk(path, array, affine):
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(array.transpose(2, 1, 0)))
    lps = np.diag([-1.0, -1, 1, 1]) @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    SimpleITK.WriteImage(image, str(path), useCompression=path.suffix == ".mha")


@pytest.mark.parametrize("seed", range(60))
def test_a_volume_and_its_mask_are_read_back_in_agreement_or_refused(tmp_path, seed):
    generator = np.random.default_rng(seed)
    shape = tuple(generator.integers(3, 9, 3))
    affine = random_affine(generator)
    image = generator.integers(0, 120, shape).astype(generator.choice(DTYPES))
    mask = (generator.random(shape) < 0.3).astype(generator.choice(DTYPES[:3]))
    mask[0, 0, 0] = 1
    volumes = {}
    for name, array in (("image", image), ("mask", mask)):
        suffix = generator.choice([".nii", ".nii.gz", ".mha", ".mhd"])
        path = tmp_path / f"{name}{suffix}"
        by_nibabel = suffix.startswith(".nii") and generator.random() < 0.5
        stored, header = array, affine
        if generator.random() < 0.5:  # the same voxels in another order
            turned = nibabel.as_closest_canonical(nibabel.Nifti1Image(array, affine))
            stored, header = np.asarray(turned.dataobj), turned.affine
        if by_nibabel:
            write_nibabel(path, stored, header, generator)
        else:
            write_simpleitk(path, stored, header)
        read = read_volume if name == "image" else read_label_volume
        volumes[name] = read(path)
        assert not volumes[name].doubts
    found = volumes["image"]
    same = matched(volumes["mask"], found.affine, found.array.shape[::-1])
    assert not header_differs(same.affine, found.affine, found.array.shape[::-1])
    # Voxel by voxel they are at the places at which they were written.
    steps = np.rint(np.linalg.solve(affine, found.affine) @ corners(found.array.shape))
    x, y, z, _ = steps.astype(int)
    np.testing.assert_allclose(found.array.ravel(), image[x, y, z], atol=1e-4)
    np.testing.assert_array_equal(same.array.ravel(), mask[x, y, z])


def corners(shape):
    """Return every index (x, y, z, 1) of an array (Z, Y, X), in its order, (4, n)."""
    z, y, x = np.indices(shape).reshape(3, -1)
    return np.stack([x, y, z, np.ones_like(x)])


# Predictions of a command: the same rule.


def test_a_prediction_in_another_order_scores_as_what_it_is(tmp_path, caplog):
    _, mask = arrays()
    save(tmp_path / "label.nii.gz", mask)
    turned = nibabel.as_closest_canonical(nibabel.Nifti1Image(mask, IMAGE_AFFINE))
    nibabel.save(turned, tmp_path / "made.nii.gz")
    paths = (tmp_path / "made.nii.gz", tmp_path / "label.nii.gz")
    scores = score_files(*paths, {"mask": []}, IDENTITY, 2.0)
    assert (scores.loc[scores["metric"] == "dice", "value"] == 100).all()
    assert not caplog.text
