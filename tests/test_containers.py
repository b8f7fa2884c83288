"""What a reader cannot represent is refused or converted, never cut."""

import gzip
import logging

import nibabel
import numpy as np
import pytest
import SimpleITK
import tifffile
from PIL import Image

import tiny_datasets as tiny
from sambench.data.image_files import read_grey_picture, read_photo, read_photo_mask
from sambench.data.readers import read_label_volume, read_volume
from sambench.errors import InputError
from tiny_datasets import build_inventory, inspect_dataset

GREY = (np.arange(64).reshape(8, 8) % 4).astype(np.uint8)
RGB = np.stack([GREY * 20, GREY * 30, GREY * 40], axis=-1).astype(np.uint8)


def write(path, array, affine=None):
    nibabel.save(
        nibabel.Nifti1Image(array, np.eye(4) if affine is None else affine), path
    )
    return path


# Checksums.


def flipped(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize("place", [-8, -3], ids=["checksum", "length"])
def test_the_checksum_of_gzip_is_verified(tmp_path, place):
    path = write(tmp_path / "a.nii.gz", np.ones((8, 8, 8), np.uint8))
    assert read_label_volume(path).array.all()
    with pytest.raises(InputError, match="a damaged compressed file"):
        read_label_volume(flipped(path, place))


def test_a_flipped_bit_of_the_stream_is_found(tmp_path):
    noise = np.random.default_rng(0).integers(0, 200, (32, 32, 8)).astype(np.uint8)
    path = write(tmp_path / "a.nii.gz", noise)
    refused = 0
    for place in range(400, 6000, 700):
        content = path.read_bytes()
        try:
            found = read_label_volume(flipped(path, place)).array
            np.testing.assert_array_equal(found, noise.transpose(2, 1, 0))
        except InputError:
            refused += 1
        path.write_bytes(content)
    assert refused == 8


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_the_content_says_whether_it_is_compressed(tmp_path, name):
    image = write(tmp_path / "b.nii", np.ones((3, 4, 5), np.uint8)).read_bytes()
    content = image if name.endswith("gz") else gzip.compress(image)
    (tmp_path / name).write_bytes(content)
    assert read_label_volume(tmp_path / name).array.shape == (5, 4, 3)


def test_bytes_behind_the_voxels_are_told(tmp_path):
    path = write(tmp_path / "a.nii", np.ones((3, 4, 5), np.uint8))
    path.write_bytes(path.read_bytes() + bytes(7))
    assert "7 bytes follow the voxels" in read_label_volume(path).doubts[0]


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"", "an empty file"), (b"<html>", "it begins with b'<htm'")],
)
def test_what_is_no_nifti_file_is_named(tmp_path, content, found):
    (tmp_path / "a.nii").write_bytes(content)
    with pytest.raises(InputError, match=found):
        read_volume(tmp_path / "a.nii")


# Channels and numbers of voxels.


@pytest.mark.parametrize(
    ("shape", "channel", "film", "right"),
    [
        ((4, 5, 6), None, False, True),
        ((4, 5, 6), 0, False, True),
        ((4, 5, 6), 1, False, False),
        ((4, 5, 6), 0, True, False),
        ((4, 5, 6, 2), 1, False, True),
        ((4, 5, 6, 2), 2, False, False),
        ((4, 5, 6, 2), None, False, False),
        ((4, 5, 6, 1), None, False, True),
        ((4, 5, 6, 1, 2), 1, False, True),
        ((4, 5), None, False, True),
    ],
)
def test_a_channel_is_there_or_the_file_is_refused(
    tmp_path, shape, channel, film, right
):
    array = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    path = write(tmp_path / "a.nii.gz", array)
    if not right:
        with pytest.raises(InputError, match="volume of numbers"):
            read_volume(path, channel, film)
        return
    expected = array.reshape(*shape[:3], -1)[..., channel or 0]
    expected = expected.reshape(*shape[:2], -1).transpose(2, 1, 0)
    np.testing.assert_array_equal(read_volume(path, channel, film).array, expected)


def test_an_image_of_fewer_channels_than_the_set_has_is_a_fault(tmp_path):
    tiny.msd(tmp_path)
    folder = next(tmp_path.rglob("imagesTr"))
    tiny.write_nifti(folder / "prostate_00.nii.gz", tiny.volume())
    with pytest.raises(InputError, match="1 fault") as caught:
        build_inventory("msd", tmp_path)
    assert "expected a 4D volume of numbers with channel 1" in caught.value.found


def test_a_mask_with_a_single_channel_is_a_mask(tmp_path):
    tiny.msd(tmp_path)
    path = next(tmp_path.rglob("labelsTr")) / "prostate_00.nii.gz"
    stored = nibabel.load(path)
    write(path, np.asarray(stored.dataobj)[..., None], stored.affine)
    assert len(build_inventory("msd", tmp_path)) == 4


def test_voxels_that_are_no_numbers_are_not_supported(tmp_path):
    colours = np.zeros((4, 5, 6), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    with pytest.raises(InputError, match="not supported: voxels of type") as caught:
        read_volume(write(tmp_path / "a.nii", colours))
    assert "not damaged" in caught.value.remedy


def test_labels_within_rounding_of_whole_numbers_are_accepted(tmp_path):
    near = np.full((3, 3, 3), 2.9999, np.float32)
    near[0] = 0.0004
    found = read_label_volume(write(tmp_path / "a.nii", near)).array
    assert set(np.unique(found)) == {0, 3}
    with pytest.raises(InputError, match="not all whole numbers"):
        read_label_volume(write(tmp_path / "b.nii", near + np.float32(0.3)))
    with pytest.raises(InputError, match="from 0 to 300"):
        read_label_volume(write(tmp_path / "c.nii", np.array([[[0, 300]]], np.int16)))


# MetaImage.


@pytest.mark.parametrize("dtype", ["int64", "uint64", "uint32", "int8", "float64"])
@pytest.mark.parametrize("name", ["a.mha", "a.MHA", "a.mhd"])
def test_every_type_of_metaimage_is_read(tmp_path, dtype, name):
    array = (np.arange(24).reshape(2, 3, 4) % 5).astype(dtype)
    path = tmp_path / name.lower()
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(array), str(path))
    path = path.rename(tmp_path / name)
    np.testing.assert_array_equal(read_label_volume(path).array, array)


def metaimage(tmp_path, **changes):
    array = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    path = tmp_path / "Case00.mhd"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(array), str(path))
    text = path.read_text()
    for old, new in changes.items():
        text = text.replace(old, new)
    path.write_text(text)
    return path


def test_element_size_stands_in_for_spacing(tmp_path):
    path = metaimage(tmp_path, **{"ElementSpacing = 1 1 1": "ElementSize = 0.5 0.6 3"})
    assert read_volume(path).spacing == (3, 0.6, 0.5)
    path = metaimage(tmp_path, **{"ElementSpacing = 1 1 1\n": ""})
    with pytest.raises(InputError, match="without 'ElementSpacing'"):
        read_volume(path)


def test_a_renamed_header_names_the_file_that_is_missing_or_another_ones(tmp_path):
    path = metaimage(tmp_path).rename(tmp_path / "Case40.mhd")
    assert "the voxels are in 'Case00.raw'" in read_volume(path).doubts[0]
    (tmp_path / "Case00.raw").rename(tmp_path / "Case40.raw")
    with pytest.raises(InputError, match=r"no file 'Case00\.raw' beside the header"):
        read_volume(path)


@pytest.mark.parametrize("name", ["a.mha", "a.mhd"])
def test_bytes_behind_the_voxels_of_a_metaimage_are_told(tmp_path, name):
    array = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    path = tmp_path / name
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(array), str(path))
    assert not read_volume(path).doubts
    data = path if name == "a.mha" else tmp_path / "a.raw"
    data.write_bytes(data.read_bytes() + bytes(8))
    assert "8 bytes follow the voxels" in read_volume(path).doubts[0]


def test_damaged_compressed_voxels_are_not_read(tmp_path, capfd):
    noise = np.random.default_rng(0).integers(0, 99, (4, 9, 9)).astype(np.uint8)
    path = tmp_path / "a.mha"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(noise), str(path), True)
    np.testing.assert_array_equal(read_label_volume(path).array, noise)
    with pytest.raises(InputError, match="a damaged compressed file"):
        read_label_volume(flipped(path, -8))
    assert not capfd.readouterr().err


# Photographs.


def deep_colours(path):
    tifffile.imwrite(path, RGB.astype(np.uint16) * 257, photometric="rgb")


@pytest.mark.parametrize(
    ("name", "make", "found"),
    [
        (
            "a.png",
            lambda p: Image.fromarray(GREY.astype(np.uint16) * 999).save(p),
            "I;16",
        ),
        ("a.tif", lambda p: Image.fromarray(GREY.astype(np.float32)).save(p), "mode F"),
        ("a.tif", lambda p: Image.fromarray(GREY.astype(np.int32)).save(p), "mode I"),
        ("a.tif", deep_colours, "not supported"),
        ("a.tif", lambda p: tifffile.imwrite(p, np.stack([RGB] * 2)), "2 pages"),
        ("a.tif", lambda p: Image.fromarray(RGB).convert("CMYK").save(p), "mode CMYK"),
        (
            "a.jpg",
            lambda p: Image.fromarray(RGB).save(p, exif=turned_exif()),
            "EXIF orientation 6",
        ),
        (
            "a.png",
            lambda p: Image.fromarray(np.dstack([RGB, GREY * 60])).save(p),
            "transparent in part",
        ),
    ],
)
def test_a_photograph_that_eight_bits_do_not_hold_is_refused(
    tmp_path, name, make, found
):
    make(tmp_path / name)
    with pytest.raises(InputError, match=found) as caught:
        read_photo(tmp_path / name)
    assert "not damaged" in caught.value.remedy


def turned_exif():
    exif = Image.Exif()
    exif[274] = 6
    return exif


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA"])
def test_photographs_of_eight_bits_are_read(tmp_path, mode):
    Image.fromarray(RGB).convert(mode).save(tmp_path / "a.png")
    expected = np.asarray(Image.fromarray(RGB).convert(mode).convert("RGB"))
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), expected)


def test_a_slice_of_a_scan_keeps_its_bits(tmp_path):
    deep = GREY.astype(np.uint16) * 1000
    Image.fromarray(deep).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_grey_picture(tmp_path / "a.png"), deep)


def test_deep_photographs_are_a_fault_of_their_data_set(tmp_path):
    tiny.riga(tmp_path)
    path = next(tmp_path.rglob("RGBA/*.tif"), None) or next(
        (tmp_path / "RIGA").rglob("*.tif")
    )
    grey = np.asarray(Image.open(path).convert("L")).astype(np.uint16) * 257
    Image.fromarray(grey).save(path)
    with pytest.raises(InputError, match=r"1 fault.*") as caught:
        build_inventory("riga_plus", tmp_path)
    assert "mode I;16" in caught.value.found


# Masks as image files.


def palette(colours, numbers):
    image = Image.fromarray(numbers.astype(np.uint8)).convert("P")
    image.putdata(numbers.ravel().tolist())
    image.putpalette([part for colour in colours for part in colour])
    return image


def test_of_a_table_of_greys_the_greys_are_the_values(tmp_path):
    white_first = [[255] * 3, [0] * 3]
    palette(white_first, GREY % 2).save(tmp_path / "a.png")
    found = read_photo_mask(tmp_path / "a.png")
    np.testing.assert_array_equal(found, np.where(GREY % 2, 0, 255))


def test_of_a_table_of_colours_the_numbers_are_the_values(tmp_path):
    palette([[0] * 3, [128, 0, 0], [0, 128, 0], [9, 9, 99]], GREY).save(
        tmp_path / "a.png"
    )
    np.testing.assert_array_equal(read_photo_mask(tmp_path / "a.png"), GREY)


def test_a_table_that_does_not_tell_the_background_is_refused(tmp_path):
    palette([[255] * 3, [0] * 3, [200, 0, 0]], GREY % 2).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="not clear what is background"):
        read_photo_mask(tmp_path / "a.png")


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_is_dropped_if_it_says_nothing_and_refused_if_it_does(tmp_path, mode):
    opaque = Image.fromarray(GREY).convert(mode)
    opaque.save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_photo_mask(tmp_path / "a.png"), GREY)
    shape = Image.fromarray(np.full_like(GREY, 255)).convert(mode)
    shape.putalpha(Image.fromarray(GREY * 80))
    shape.save(tmp_path / "b.png")
    with pytest.raises(InputError, match="transparent in part"):
        read_photo_mask(tmp_path / "b.png")
    keyed = Image.fromarray(GREY)
    keyed.save(tmp_path / "c.png", transparency=2)
    with pytest.raises(InputError, match="transparent in part"):
        read_photo_mask(tmp_path / "c.png")


def test_masks_of_one_bit_and_of_sixteen_are_read(tmp_path):
    Image.fromarray(GREY > 1).save(tmp_path / "one.png")
    np.testing.assert_array_equal(read_photo_mask(tmp_path / "one.png"), GREY > 1)
    Image.fromarray(GREY.astype(np.uint16)).save(tmp_path / "deep.png")
    np.testing.assert_array_equal(read_photo_mask(tmp_path / "deep.png"), GREY)
    Image.fromarray(GREY.astype(np.uint16) * 257).save(tmp_path / "wide.png")
    with pytest.raises(InputError, match="from 0 to 771"):
        read_photo_mask(tmp_path / "wide.png")


def test_a_set_without_a_doubt_is_called_free_of_fault(tmp_path, caplog):
    tiny.saml(tmp_path)
    with caplog.at_level(logging.INFO):
        _, findings = inspect_dataset("saml_prostate", tmp_path)
    assert not findings
    assert "4 cases, no fault found" in caplog.text
