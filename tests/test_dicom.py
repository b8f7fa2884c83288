"""A folder of DICOM files is a volume: geometry, order of slices, values, faults."""

import nibabel
import numpy as np
import pytest
import SimpleITK

from sambench.data.geometry import turn_to_ras, turned
from sambench.data.readers import read_volume
from sambench.errors import InputError
from sambench.phantoms.itk import dicom_slice

SHAPE = (5, 4, 6)
SPACING = (3.0, 0.7, 0.5)
FIRST = np.array([-11.0, 20.0, -300.0])
STRAIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
#: Slices tilted by 30 degrees about the axis from left to right.
TILTED = (1.0, 0.0, 0.0, 0.0, np.cos(np.pi / 6), np.sin(np.pi / 6))


def in_ras(path):
    volume = read_volume(path)
    return turned(volume, turn_to_ras(volume.affine))


def slice_image(units, first, orientation=STRAIGHT, spacing=SPACING[1:]):
    """Return one slice of HU (Y, X) whose first pixel has its centre at `first`."""
    image = SimpleITK.GetImageFromArray(units[None])
    image.SetOrigin(first.tolist())
    image.SetSpacing((*spacing[::-1], 1.0))
    axes = np.reshape(orientation, (2, 3))
    image.SetDirection(np.column_stack([*axes, np.cross(*axes)]).ravel().tolist())
    return image


def write_series(
    folder, orientation=STRAIGHT, keep=range(5), series=1, slope=1, intercept=-1024
):
    """Write slices of known HU under names in no order; return the HU (Z, Y, X)."""
    folder.mkdir(parents=True, exist_ok=True)
    stored = np.random.default_rng(0).integers(-900, 900, SHAPE) + 1024
    units = slope * stored + intercept
    normal = np.cross(orientation[:3], orientation[3:])
    names = ["c", "a", "e", "b", "d"]
    for number in keep:
        first = FIRST + number * SPACING[0] * normal
        image = slice_image(units[number], first, orientation)
        content = dicom_slice(image, series, number + 1, intercept, slope)
        (folder / f"{names[number]}.dcm").write_bytes(content)
    return units


def test_values_order_and_spacing(tmp_path):
    units = write_series(tmp_path / "ct")
    volume = read_volume(tmp_path / "ct")
    np.testing.assert_array_equal(volume.array, units)
    assert volume.array.dtype == np.float32
    assert volume.spacing == pytest.approx(SPACING)
    # Left and posterior in DICOM, right and anterior in NIfTI.
    np.testing.assert_allclose(volume.affine[:3, 3], FIRST * [-1, -1, 1])
    steps = volume.affine[:3, :3]
    np.testing.assert_allclose(steps, np.diag([-0.5, -0.7, 3.0]), atol=1e-6)


def test_tilted_slices_keep_their_directions(tmp_path):
    write_series(tmp_path / "ct", TILTED)
    affine = read_volume(tmp_path / "ct").affine
    normal = np.cross(TILTED[:3], TILTED[3:])
    # Index (x, y, z) = (2, 3, 4) lies where DICOM's own formula puts it.
    place = FIRST + 2 * 0.5 * np.array(TILTED[:3]) + 3 * 0.7 * np.array(TILTED[3:])
    place += 4 * 3.0 * normal
    found = affine @ [2, 3, 4, 1]
    np.testing.assert_allclose(found[:3], place * [-1, -1, 1], atol=1e-5)


def test_it_is_the_volume_that_the_same_voxels_are_in_nifti(tmp_path):
    units = write_series(tmp_path / "ct", TILTED)
    volume = in_ras(tmp_path / "ct")
    stored = units.transpose(2, 1, 0).astype(np.int16)
    nibabel.save(
        nibabel.Nifti1Image(stored, read_volume(tmp_path / "ct").affine),
        tmp_path / "ct.nii.gz",
    )
    same = in_ras(tmp_path / "ct.nii.gz")
    np.testing.assert_array_equal(volume.array, same.array)
    np.testing.assert_allclose(volume.affine, same.affine, atol=1e-4)


def test_slope_and_intercept_are_those_of_each_slice(tmp_path):
    units = write_series(tmp_path / "ct", keep=[0, 1, 2]).astype(float)
    for number, slope in ((3, 0.5), (4, 2.0)):
        others = write_series(
            tmp_path / "ct", keep=[number], slope=slope, intercept=-100
        )
        units[number] = others[number]
    np.testing.assert_allclose(read_volume(tmp_path / "ct").array, units)


def test_a_missing_slice_is_found(tmp_path):
    write_series(tmp_path / "ct", keep=[0, 1, 3, 4])
    with pytest.raises(InputError, match="slices 3 to 6 mm apart"):
        read_volume(tmp_path / "ct")


def test_a_repeated_slice_is_found(tmp_path):
    write_series(tmp_path / "ct")
    (tmp_path / "ct/f.dcm").write_bytes((tmp_path / "ct/b.dcm").read_bytes())
    with pytest.raises(InputError, match="missing or repeated"):
        read_volume(tmp_path / "ct")


def test_two_series_in_a_folder_are_not_mixed(tmp_path):
    write_series(tmp_path / "ct", keep=[0, 1, 2])
    write_series(tmp_path / "ct", keep=[3, 4], series=2)
    with pytest.raises(InputError, match="2 DICOM series"):
        read_volume(tmp_path / "ct")


@pytest.mark.parametrize("content", [b"", b"not DICOM"])
def test_a_folder_without_dicom_is_no_volume(tmp_path, content):
    (tmp_path / "ct").mkdir()
    (tmp_path / "ct/a.dcm").write_bytes(content)
    with pytest.raises(InputError, match=r"without DICOM files, which holds a\.dcm"):
        read_volume(tmp_path / "ct")


def test_a_truncated_file_is_named_by_its_folder(tmp_path, capfd):
    write_series(tmp_path / "ct")
    path = tmp_path / "ct/b.dcm"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="ct") as caught:
        read_volume(tmp_path / "ct")
    assert "cannot be read" in caught.value.found
    assert capfd.readouterr().err == ""


def test_slices_that_a_tilted_gantry_shifts_are_not_on_one_grid(tmp_path):
    """Their planes are axial, but each begins further to the front than the last."""
    for number in range(5):
        first = FIRST + number * np.array([0, 1.0, SPACING[0]])
        content = dicom_slice(slice_image(np.zeros(SHAPE[1:]), first), 1, number + 1)
        (tmp_path / f"{number}.dcm").write_bytes(content)
    with pytest.raises(InputError, match="not supported: slices shifted by 4 mm"):
        read_volume(tmp_path)


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"spacing": (0.7, 0.6)}, "different directions or sizes of pixels"),
        ({"spacing": (0.25, 0.5)}, "no size of pixels above 0"),
        ({"orientation": TILTED}, "different directions or sizes of pixels"),
    ],
)
def test_a_slice_of_another_geometry_is_found(tmp_path, more, found):
    write_series(tmp_path / "ct", keep=[0, 1, 2, 3])
    first = FIRST + np.array([0, 0, 4 * SPACING[0]])
    image = slice_image(np.zeros(SHAPE[1:]), first, **more)
    # SimpleITK writes no size of 0.
    content = dicom_slice(image, 1, 5).replace(rb".25\.5", rb"0.0\.5")
    (tmp_path / "ct/z.dcm").write_bytes(content)
    with pytest.raises(InputError, match=found):
        read_volume(tmp_path / "ct")
