"""Preparations equal direct transcriptions of what the papers' code does."""

import nibabel
import numpy as np
import pandas as pd
import pytest
from skimage.transform import resize

from sambench.data.packed import PackedSlices
from sambench.data.packing import pack_domain
from sambench.data.prefetch import in_order
from sambench.data.preparation import (
    prepare_mask,
    prepare_photo,
    prepare_volume,
)
from sambench.data.slice_choice import labelled_span, large_enough
from sambench.errors import InputError
from tiny_datasets import build_inventory

DAPSAM = {
    "clip": {"percentiles": [0.2, 99.8], "scope": "slice", "voxels": "positive"},
}
CSDG = {
    "size": 32,
    "clip": {"percentiles": [0, 99.5], "scope": "volume", "voxels": "all"},
    "interpolation": "linear",
    "standardise": "volume",
}
V0 = {
    "size": 256,
    "rescale": [0, 255],
    "zero_background": True,
    "dtype": "uint8",
    "slices": {
        "min_voxels": 1000,
        "drop_last": True,
        "min_pixels": 100,
        "min_slices": 2,
    },
}
V0_MR = V0 | {"clip": {"percentiles": [0.5, 99.5], "scope": "volume", "voxels": "all"}}
V0_CT = V0 | {"clip": {"window": [-500, 1000]}}


def dapsam_slice(image):
    """Transcribe DAPSAM's reading of a slice (before its z-score)."""
    image = image.astype(np.float64).copy()
    positive = image > 0
    if not positive.any():
        return image
    low, high = np.percentile(image[positive], (0.2, 99.8))
    image[positive] = np.clip(image[positive], low, high)
    return image


def csdg_volume(volume):
    """Transcribe CSDG: cut the top half percent, halve the size, z-score of all."""
    volume = volume.astype(np.float64)
    volume = np.minimum(volume, np.percentile(volume, 99.5))
    small = [
        resize(plane, (32, 32), order=1, preserve_range=True, anti_aliasing=True)
        for plane in volume
    ]
    small = np.stack(small)
    return (small - small.mean()) / small.std()


def medsam_v0(image, label, is_ct, mask_anti_aliasing=False):
    """Transcribe MedSAM v0's chain for one structure; None where a case is skipped."""
    gt = np.uint8(label > 0)
    if np.sum(gt) <= 1000:
        return None
    if is_ct:
        pre = np.clip(image, -500, 1000).astype(np.float64)
    else:
        lower, upper = np.percentile(image, 0.5), np.percentile(image, 99.5)
        pre = np.clip(image.astype(np.float64), lower, upper)
    pre = (pre - np.min(pre)) / (np.max(pre) - np.min(pre)) * 255.0
    pre[image == 0] = 0
    pre = np.uint8(pre)
    z_index, _, _ = np.where(gt > 0)
    kept = []
    for i in range(np.min(z_index), np.max(z_index)):
        gt_slice = resize(
            gt[i],
            (256, 256),
            order=0,
            preserve_range=True,
            anti_aliasing=mask_anti_aliasing,
        )
        gt_slice = np.uint8(gt_slice)
        if np.sum(gt_slice) > 100:
            img_slice = resize(
                pre[i],
                (256, 256),
                order=3,
                preserve_range=True,
                anti_aliasing=True,
            )
            kept.append((i, np.uint8(img_slice), gt_slice))
    return kept if len(kept) > 1 else None


def synthetic(is_ct, size=300, seed=0):
    """Draw a volume whose label has a gap, a small slice and a last slice."""
    rng = np.random.default_rng(seed)
    shape = (9, size, size)
    image = rng.gamma(3, 150, shape) - (600 if is_ct else 0)
    image = image.astype(np.int16)
    image[:, :20] = 0 if not is_ct else -1000
    label = np.zeros(shape, np.uint8)
    label[2:4, 100:150, 90:160] = 1
    label[4, 100:105, 90:95] = 1  # too small after resizing
    # slice 5 is empty
    label[6:8, 120:180, 60:160] = 2
    return image, label


def write_case(root, image, label, name="Case00"):
    root.mkdir(parents=True, exist_ok=True)
    for ending, array in (("", image), ("_segmentation", label)):
        path = root / f"{name}{ending}.nii.gz"
        nibabel.save(nibabel.Nifti1Image(array.transpose(2, 1, 0), np.eye(4)), path)


def packed(tmp_path, preparation, **more):
    root = tmp_path / "data"
    inventory = build_inventory("saml_prostate", root)
    benchmark = {
        "id": "b",
        "kind": "volume",
        "split": {"rule": "none"},
        "domains": {
            "d": {
                "dataset": "saml_prostate",
                "group": "HK",
                "preparation": "p",
                "structures": {"s": [1, 2]},
            }
        },
        "preparations": {"p": preparation},
    } | more
    pack_domain(inventory, root, benchmark, "d", tmp_path / "packed", "synthetic")
    return PackedSlices(tmp_path / "packed")


# --- published preparations -----------------------------------------------------------


def test_dapsam_slice():
    rng = np.random.default_rng(1)
    volume = rng.gamma(2, 200, (4, 40, 50)).astype(np.int16)
    volume[0] = 0
    volume[1, :20] = 0
    volume[2, :10] = -3
    prepared = prepare_volume(volume, DAPSAM)
    expected = np.stack([dapsam_slice(plane) for plane in volume])
    assert prepared.dtype == np.float32
    np.testing.assert_allclose(prepared, expected, rtol=1e-6, atol=0)


def test_csdg_volume():
    volume = np.random.default_rng(2).gamma(2, 200, (5, 64, 64)).astype(np.int16)
    prepared = prepare_volume(volume, CSDG)
    np.testing.assert_allclose(prepared, csdg_volume(volume), atol=1e-5)
    assert prepared.mean() == pytest.approx(0, abs=1e-5)
    assert prepared.std() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("is_ct", [True, False])
@pytest.mark.parametrize("size", [300, 200])
def test_medsam_v0_chain(tmp_path, is_ct, size):
    image, label = synthetic(is_ct, size)
    write_case(tmp_path / "data/HK", image, label)
    store = packed(tmp_path, V0_CT if is_ct else V0_MR)
    expected = medsam_v0(image, label, is_ct)
    assert [index for index, _, _ in expected] == [2, 3, 6]
    assert store.slices["slice"].tolist() == [2, 3, 6]
    assert store.images.dtype == np.uint8
    np.testing.assert_array_equal(store.images, [image for _, image, _ in expected])
    np.testing.assert_array_equal(
        store.structure_masks(np.arange(3))[:, 0], [gt for _, _, gt in expected]
    )


def test_medsam_v0_masks_as_first_published(tmp_path):
    image, label = synthetic(is_ct=False, size=512)
    write_case(tmp_path / "data/HK", image, label)
    store = packed(tmp_path, V0_MR | {"mask_anti_aliasing": True})
    expected = medsam_v0(image, label, is_ct=False, mask_anti_aliasing=True)
    assert store.slices["slice"].tolist() == [index for index, _, _ in expected]
    np.testing.assert_array_equal(
        store.structure_masks(np.arange(len(store)))[:, 0],
        [gt for _, _, gt in expected],
    )


def test_anti_aliasing_takes_12_percent_of_a_disc_of_radius_40():
    y, x = np.mgrid[:512, :512]
    disc = (np.hypot(y - 255.5, x - 255.5) <= 40).astype(np.uint8)[None] * 7
    plain = prepare_mask(disc, {"size": 256})
    smooth = prepare_mask(disc, {"size": 256, "mask_anti_aliasing": True})
    assert set(np.unique(smooth)) == {0, 7}
    assert (smooth > 0).sum() / (plain > 0).sum() == pytest.approx(0.88, abs=0.01)
    assert not ((smooth > 0) & (plain == 0)).any()


def test_cases_with_too_little_of_a_label_are_left_out(tmp_path):
    image, label = synthetic(is_ct=False)
    write_case(tmp_path / "data/HK", image, label, "Case00")
    little = np.zeros_like(label)
    little[3, :25, :40] = 1  # 1000 voxels are not more than 1000
    write_case(tmp_path / "data/HK", image, little, "Case01")
    one = np.zeros_like(label)
    one[3:5, :25, :60] = 1  # two slices, of which the last goes
    write_case(tmp_path / "data/HK", image, one, "Case02")
    store = packed(tmp_path, V0_MR)
    assert store.cases() == ["HK_Case00"]
    assert len(store) == store.images.shape[0] == store.masks.shape[0] == 3
    assert np.load(tmp_path / "packed/images.npy").shape == (3, 256, 256)


def test_no_case_with_enough_of_a_label_is_named(tmp_path):
    image, label = synthetic(is_ct=False)
    little = np.zeros_like(label)
    little[3, :10, :10] = 1
    write_case(tmp_path / "data/HK", image, little)
    with pytest.raises(InputError, match="no case with enough of s to keep"):
        packed(tmp_path, V0_MR)


def test_left_out_cases_may_not_empty_a_side_of_the_split(tmp_path):
    image, label = synthetic(is_ct=False)
    little = np.zeros_like(label)
    little[3, :10, :10] = 1
    write_case(tmp_path / "data/HK", image, label, "Case00")
    write_case(tmp_path / "data/HK", image, little, "Case01")
    split = {"rule": "patient", "train_fraction": 0.5, "seed": 1}
    with pytest.raises(InputError, match="side of the split only"):
        packed(tmp_path, V0_MR, split=split)
    assert not (tmp_path / "packed").exists()


def test_limit_on_pixels_keeps_its_part_of_the_slice(tmp_path):
    image, label = synthetic(is_ct=False)
    write_case(tmp_path / "data/HK", image, label)
    inventory = build_inventory("saml_prostate", tmp_path / "data")
    benchmark = {
        "id": "b",
        "kind": "volume",
        "split": {"rule": "none"},
        "domains": {
            "d": {
                "dataset": "saml_prostate",
                "group": "HK",
                "preparation": "p",
                "structures": {"s": [1, 2]},
            }
        },
        "preparations": {"p": V0_MR},
    }
    pack_domain(inventory, tmp_path / "data", benchmark, "d", tmp_path / "p", "s", 128)
    store = PackedSlices(tmp_path / "p")
    assert store.slices["slice"].tolist() == [2, 3, 6]
    assert store.preparation["slices"]["min_pixels"] == 25
    assert V0_MR["slices"]["min_pixels"] == 100


# --- the parts ------------------------------------------------------------------------


def test_slices_of_a_span():
    mask = np.zeros((7, 4, 4), bool)
    mask[[1, 3, 5], 0, 0] = True
    assert labelled_span(mask, {}).tolist() == [1, 2, 3, 4, 5]
    assert labelled_span(mask, {"drop_last": True}).tolist() == [1, 2, 3, 4]
    assert labelled_span(mask, {"min_voxels": 2}).tolist() == [1, 2, 3, 4, 5]
    assert labelled_span(mask, {"min_voxels": 3}).tolist() == []
    assert labelled_span(np.zeros_like(mask), {}).tolist() == []


def test_slices_that_are_large_enough():
    mask = np.zeros((4, 3, 3), bool)
    mask[0, 0], mask[1, 0, :2], mask[3] = True, True, True
    assert large_enough(mask, {}).tolist() == [0, 1, 3]
    assert large_enough(mask, {"min_pixels": 2}).tolist() == [0, 3]
    rule = {"min_pixels": 2, "min_slices": 3}
    assert large_enough(mask, rule).tolist() == []


def test_some_slices_are_those_of_the_whole():
    volume = np.random.default_rng(3).gamma(2, 200, (6, 20, 20)).astype(np.int16)
    preparation = {
        "clip": {"percentiles": [1, 99], "scope": "volume", "voxels": "all"},
        "rescale": [0, 255],
        "dtype": "uint8",
        "size": 16,
    }
    whole = prepare_volume(volume, preparation)
    some = prepare_volume(volume, preparation, [1, 4])
    np.testing.assert_array_equal(some, whole[[1, 4]])


def test_results_come_in_order_and_errors_in_their_place():
    def work(number):
        if number == 5:
            raise InputError(where="5", found="a", expected="b", remedy="c")
        return number * number

    seen = []
    with pytest.raises(InputError, match="5: found a"):
        for number, result in in_order(work, range(9)):
            seen.append((number, result))
    assert seen == [(n, n * n) for n in range(5)]
    frame = pd.DataFrame({"a": [1, 2, 3]})
    assert [row.a for row, _ in in_order(lambda row: row.a, frame.itertuples())] == [
        1, 2, 3,
    ]  # fmt: skip


def test_a_square_is_padded_at_the_bottom_or_the_right_before_resizing():
    volume = np.random.default_rng(0).integers(1, 99, (2, 5, 8)).astype(np.float32)
    padded = np.pad(volume, [(0, 0), (0, 3), (0, 0)])
    np.testing.assert_array_equal(prepare_volume(volume, {"square": True}), padded)
    np.testing.assert_array_equal(
        prepare_volume(volume, {"square": True, "size": 4}),
        prepare_volume(padded, {"size": 4}),
    )
    # Padding is 0 after rescaling, whatever 0 was before.
    rescaled = prepare_volume(volume, {"square": True, "rescale": [10, 20]})
    assert not rescaled[:, 5:].any() and rescaled[:, :5].min() == 10
    mask = (volume > 50).astype(np.uint8)
    np.testing.assert_array_equal(prepare_mask(mask, {"square": True}), padded > 50)
    np.testing.assert_array_equal(
        prepare_mask(mask, {"square": True, "size": 16}),
        (padded > 50).repeat(2, axis=1).repeat(2, axis=2),
    )
    # A photograph higher than wide grows to the right.
    photo = np.random.default_rng(0).integers(1, 256, (8, 5, 3), np.uint8)
    square = np.pad(photo, [(0, 0), (0, 3), (0, 0)])
    np.testing.assert_array_equal(prepare_photo(photo, {"square": True}), square)
    np.testing.assert_array_equal(
        prepare_photo(photo, {"square": True, "size": 4}),
        prepare_photo(square, {"size": 4}),
    )
    np.testing.assert_array_equal(
        prepare_photo(photo[..., 0], {"square": True}), square[..., 0]
    )
