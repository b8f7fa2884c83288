"""Other formats than NIfTI give the same arrays and directions."""

import zlib

import nibabel
import numpy as np
import pytest

from sambench.data.readers import read_label_volume, read_volume
from sambench.data.resampling import resample_to
from sambench.data.volume import Volume
from sambench.errors import InputError

HEADER = {
    "NDims": "3",
    "TransformMatrix": "0 1 0 1 0 0 0 0 1",
    "Offset": "5 6 7",
    "ElementSpacing": "0.5 0.6 3",
    "DimSize": "2 3 4",
    "ElementType": "MET_SHORT",
    "ElementDataFile": "a.raw",
}
ARRAY = np.arange(-3, 21, dtype=np.int16).reshape(4, 3, 2)  # (Z, Y, X)


def write(folder, data=None, name="a.mhd", **change):
    fields = HEADER | change
    fields["ElementDataFile"] = fields.pop("ElementDataFile")  # always the last
    text = "".join(f"{key} = {value}\n" for key, value in fields.items())
    data = ARRAY.tobytes() if data is None else data
    if name.endswith(".mha"):
        (folder / name).write_bytes(text.encode() + data)
    else:
        (folder / name).write_text(text)
        (folder / "a.raw").write_bytes(data)
    return folder / name


def test_metaimage_gives_slices_spacing_and_directions(tmp_path):
    volume = read_volume(write(tmp_path))
    np.testing.assert_array_equal(volume.array, ARRAY)
    assert volume.spacing == pytest.approx((3.0, 0.6, 0.5))
    # The first axis runs along y, the second along x; NIfTI turns x and y round.
    expected = [[0, -0.6, 0, -5], [-0.5, 0, 0, -6], [0, 0, 3, 7], [0, 0, 0, 1]]
    np.testing.assert_allclose(volume.affine, expected)


@pytest.mark.parametrize(
    ("name", "data", "change"),
    [
        ("a.mha", ARRAY.tobytes(), {"ElementDataFile": "LOCAL"}),
        ("a.mhd", zlib.compress(ARRAY.tobytes()), {"CompressedData": "True"}),
        ("a.mhd", ARRAY.astype(">i2").tobytes(), {"ElementByteOrderMSB": "True"}),
    ],
)
def test_metaimage_variants_hold_the_same_voxels(tmp_path, name, data, change):
    volume = read_volume(write(tmp_path, data, name, **change))
    np.testing.assert_array_equal(volume.array, ARRAY)


@pytest.mark.parametrize(
    ("data", "change", "found"),
    [
        (b"123", {}, "cannot be read"),
        (None, {"ElementType": "MET_OTHER"}, "Unknown PixelType"),
        (None, {"DimSize": "2 3"}, "cannot be read"),
        (None, {"ElementDataFile": "../b.raw"}, r"no file '\.\./b\.raw'"),
        (None, {"ElementDataFile": "b.raw"}, r"no file 'b\.raw' beside"),
        (None, {"ElementSpacing": "0.5 0 3"}, "voxel sizes of 0.5 0 3"),
        (None, {"ElementSpacing": "0.5 -0.6 3"}, "voxel sizes of 0.5 -0.6 3"),
        (2 * ARRAY.tobytes(), {"ElementNumberOfChannels": "2"}, "with 2 channels"),
        (None, {"ElementToIntensityFunctionSlope": "2"}, "to be scaled by 2"),
        (zlib.compress(ARRAY.tobytes())[:-4], {"CompressedData": "True"}, "too early"),
    ],
)
def test_bad_metaimages_are_named(tmp_path, data, change, found):
    path = write(tmp_path, data, **change)
    with pytest.raises(InputError, match=found) as caught:
        read_volume(path)
    assert str(path) == caught.value.where


def test_npz_holds_image_and_mask(tmp_path):
    images = np.repeat(np.arange(24, dtype=np.uint8).reshape(2, 3, 4, 1), 3, axis=-1)
    masks = images[..., 0] > 20
    np.savez(tmp_path / "a.npz", imgs=images, gts=masks)
    np.testing.assert_array_equal(read_volume(tmp_path / "a.npz").array, images[..., 0])
    mask = read_label_volume(tmp_path / "a.npz")
    np.testing.assert_array_equal(mask.array, masks)
    assert mask.spacing == (1.0, 1.0, 1.0)
    np.savez(tmp_path / "b.npz", pixels=images)
    with pytest.raises(InputError, match="no array 'imgs'"):
        read_volume(tmp_path / "b.npz")


def test_frame_of_a_mask_film_is_read(tmp_path):
    film = np.zeros((2, 3, 4, 5), np.uint8)
    film[..., 3] = 1
    nibabel.save(nibabel.Nifti1Image(film, np.eye(4)), tmp_path / "gt.nii.gz")
    assert read_label_volume(tmp_path / "gt.nii.gz", channel=3).array.all()
    assert not read_label_volume(tmp_path / "gt.nii.gz", channel=2).array.any()


def test_resampling_follows_the_affines():
    coarse = np.arange(3 * 4 * 5, dtype=np.float32).reshape(3, 4, 5)
    image = Volume(coarse, np.diag([2.0, 2, 2, 1]))
    fine = np.diag([1.0, 1, 2, 1])
    target = Volume(np.zeros((3, 7, 9), np.uint8), fine)
    resampled = resample_to(image, target).array
    assert resampled.shape == (3, 7, 9)
    np.testing.assert_allclose(resampled[:, ::2, ::2], coarse)
    np.testing.assert_allclose(resampled[:, ::2, 1], coarse[:, :, :2].mean(axis=2))
    assert resample_to(image, Volume(coarse, image.affine)) is image


def test_outside_the_image_is_its_least_value():
    image = Volume(np.full((2, 2, 2), -5.0, np.float32), np.eye(4))
    image.array[0] = 3
    target = Volume(np.zeros((2, 2, 9), np.uint8), np.eye(4))
    assert (resample_to(image, target).array[..., 2:] == -5).all()
