"""Packed slices hold what the files hold, prepared as the benchmark says."""

import json
import pickle
import shutil
import zlib

import numpy as np
import pytest
from PIL import Image

import tiny_datasets as tiny
from sambench.data.archives import unpack
from sambench.data.array_stream import ArrayStream
from sambench.data.datasets import DATASETS
from sambench.data.packed import PackedSlices
from sambench.data.packing import pack_domain
from sambench.data.preparation import prepare_mask, prepare_photo, prepare_volume
from sambench.errors import InputError
from tiny_datasets import build_inventory


def benchmark(domain, preparation=None, kind="volume", split=None):
    return {
        "id": "tiny",
        "kind": kind,
        "split": split or {"rule": "none"},
        "domains": {"d": {"preparation": "p", **domain}},
        "preparations": {"p": preparation or {}},
    }


def prostate(group="RUNMC", **kwargs):
    domain = {
        "dataset": "saml_prostate",
        "group": group,
        "structures": {"prostate": [1, 2]},
    }
    return benchmark(domain, **kwargs)


def pack(root, folder, settings, dataset="saml_prostate", **kwargs):
    inventory = build_inventory(dataset, root)
    pack_domain(inventory, root, settings, "d", folder, "synthetic", **kwargs)
    return PackedSlices(folder)


@pytest.fixture
def saml(tmp_path):
    return tiny.saml(tmp_path / "data")


@pytest.fixture
def store(saml, tmp_path):
    return pack(saml, tmp_path / "packed", prostate())


def test_native_slices_are_the_files_voxels(store):
    np.testing.assert_array_equal(store.images[:4], tiny.volume(seed=0))
    np.testing.assert_array_equal(store.images[4:], tiny.volume(seed=1))
    np.testing.assert_array_equal(store.masks[:4], tiny.label(values=(1, 2)))
    assert store.images.dtype == np.float32
    assert store.masks.dtype == np.uint8
    assert isinstance(store.images, np.memmap)


def test_table_describes_each_slice(store):
    slices = store.slices
    assert slices["case"].tolist() == ["RUNMC_Case00"] * 4 + ["RUNMC_Case01"] * 4
    assert slices["slice"].tolist() == [0, 1, 2, 3] * 2
    assert slices["foreground"].tolist() == [False, True, True, False] * 2
    assert set(slices["split"]) == {"all"}
    assert slices["native_rows"].eq(6).all()
    assert slices["native_columns"].eq(5).all()
    assert store.case_spacing("RUNMC_Case01") == pytest.approx((3.0, 0.5, 0.4))
    assert (store.unit, store.kind, store.data_source) == ("mm", "volume", "synthetic")
    assert len(store) == 8


def test_spacing_is_that_of_the_packed_grid(saml, tmp_path):
    store = pack(saml, tmp_path / "packed", prostate(preparation={"size": 20}))
    assert store.images.shape == (8, 20, 20)
    assert store.masks.shape == (8, 20, 20)
    spacing = store.case_spacing("RUNMC_Case00")
    assert spacing == pytest.approx((3.0, 0.5 * 6 / 20, 0.4 * 5 / 20))


def test_image_size_takes_the_place_of_the_preparations(saml, tmp_path):
    settings = prostate(preparation={"size": 10})
    store = pack(saml, tmp_path / "packed", settings, image_size=7)
    assert store.images.shape == (8, 7, 7)
    assert store.preparation["size"] == 7
    assert settings["preparations"]["p"]["size"] == 10


def test_structure_masks_may_overlap(tmp_path):
    root = tiny.riga(tmp_path / "data")
    domain = {
        "dataset": "riga_plus",
        "group": "BinRushed",
        "structures": {"disc": [128, 255], "cup": [128]},
    }
    settings = benchmark(domain, kind="photo", split={"rule": "published"})
    store = pack(root, tmp_path / "packed", settings, dataset="riga_plus")
    assert store.images.shape == (3, 20, 20, 3)
    assert store.images.dtype == np.uint8
    assert store.unit == "px"
    assert store.case_spacing("BinRushed1_image1") == (1.0, 1.0, 1.0)
    masks = store.structure_masks([2, 0])
    assert masks.shape == (2, 2, 20, 20)
    assert masks.dtype == bool
    # Rater 1: rows 5..14 and columns 5..16, with a cup of 3 x 3 inside.
    assert masks.sum(axis=(2, 3)).tolist() == [[120, 9], [120, 9]]
    assert masks[0, 0, 5:15, 5:17].all()
    np.testing.assert_array_equal(masks[0, 0], store.masks[2] > 0)
    np.testing.assert_array_equal(masks[1, 1], store.masks[0] == 128)
    assert store.rows("train").tolist() == [0, 2]
    assert store.cases("test") == ["BinRushed1_image2"]


def test_rows_are_selected_by_split_foreground_and_case(store):
    assert store.rows().tolist() == list(range(8))
    assert store.rows("train", foreground=True).tolist() == [1, 2, 5, 6]
    assert store.rows("test", foreground=False).tolist() == [0, 3, 4, 7]
    assert not len(store.rows("validation"))
    assert store.case_rows("RUNMC_Case01").tolist() == [4, 5, 6, 7]
    assert store.cases() == ["RUNMC_Case00", "RUNMC_Case01"]
    with pytest.raises(ValueError, match="one of train, test, validation"):
        store.rows("valid")


def test_both_frames_of_a_patient_are_on_one_side(tmp_path):
    root = tiny.acdc(tmp_path / "data", [f"patient{n:03}" for n in range(1, 6)])
    domain = {"dataset": "acdc", "group": "mr", "structures": {"lv": [3]}}
    split = {"rule": "patient", "train_fraction": 0.8, "seed": 0}
    settings = benchmark(domain, split=split)
    store = pack(root, tmp_path / "packed", settings, dataset="acdc")
    sides = store.slices.groupby("patient")["split"].agg(set)
    assert sides.map(len).max() == 1
    assert len(store.cases("test")) == 2
    assert len(store.cases("train")) == 8


def test_channels_of_one_image_are_two_domains(tmp_path):
    root = tiny.msd(tmp_path / "data")
    for group, channel in (("prostate_t2", 0), ("prostate_adc", 1)):
        domain = {"dataset": "msd", "group": group, "structures": {"p": [1]}}
        store = pack(root, tmp_path / group, benchmark(domain), dataset="msd")
        expected = tiny.volume(seed=0, n_channels=2)[..., channel]
        np.testing.assert_array_equal(store.images[:4], expected)


def test_pickled_store_carries_no_arrays(store):
    assert store.images.size
    copy = pickle.loads(pickle.dumps(store))
    assert len(pickle.dumps(store)) < 500
    np.testing.assert_array_equal(copy.images, store.images)


def test_digest_depends_on_content_and_not_on_place(saml, store, tmp_path):
    again = pack(saml, tmp_path / "again", prostate())
    assert again.digest() == store.digest()
    shutil.copytree(store.folder, tmp_path / "copy")
    assert PackedSlices(tmp_path / "copy").digest() == store.digest()
    image = tiny.volume(seed=0)
    image[0, 0, 0] += 1
    tiny.write_nifti(saml / "RUNMC/Case00.nii.gz", image, (3.0, 0.5, 0.4))
    assert pack(saml, tmp_path / "other", prostate()).digest() != store.digest()


def test_folder_that_is_no_store_is_named(store, tmp_path):
    with pytest.raises(InputError, match=r"domain\.json"):
        PackedSlices(tmp_path / "absent")
    np.save(store.folder / "masks.npy", np.zeros((1, 6, 5), np.uint8))
    with pytest.raises(InputError, match=r"masks\.npy.*shape \(1, 6, 5\)"):
        _ = PackedSlices(store.folder).masks
    (store.folder / "slices.parquet").unlink()
    with pytest.raises(InputError, match=r"slices\.parquet"):
        _ = PackedSlices(store.folder).slices


def assert_refused(root, tmp_path, settings, found, change=None):
    """Packing fails with a message that matches, and leaves nothing."""
    inventory = build_inventory("saml_prostate", root)
    if change:
        change()
    before = sorted(tmp_path.rglob("*"))
    folder = tmp_path / "packed"
    with pytest.raises(InputError, match=found):
        pack_domain(inventory, root, settings, "d", folder, "synthetic")
    assert sorted(tmp_path.rglob("*")) == before


def test_structure_that_no_slice_holds(saml, tmp_path):
    settings = prostate(group="HK")  # its masks hold 1 only
    settings["domains"]["d"]["structures"] = {"central": [2]}
    assert_refused(saml, tmp_path, settings, r"no structure \(central\) in any of 4")


def test_native_sizes_that_differ_need_a_size(saml, tmp_path):
    shape, spacing = (4, 8, 5), (3.0, 0.5, 0.4)
    tiny.write_nifti(saml / "RUNMC/Case02.nii.gz", tiny.volume(shape), spacing)
    mask = saml / "RUNMC/Case02_segmentation.nii.gz"
    tiny.write_nifti(mask, tiny.label(shape), spacing)
    assert_refused(saml, tmp_path, prostate(), r"2 native sizes \(6 x 5, 8 x 5\)")
    store = pack(saml, tmp_path / "packed", prostate(preparation={"size": 6}))
    assert store.images.shape == (12, 6, 6)
    assert store.case_spacing("RUNMC_Case02")[1] == pytest.approx(0.5 * 8 / 6)


def test_split_that_leaves_a_side_empty(saml, tmp_path):
    split = {"rule": "patient", "train_fraction": 0.5, "seed": 0}
    settings = prostate(group="HK", split=split)  # one patient
    assert_refused(saml, tmp_path, settings, "on the train side")


def test_file_changed_after_the_inventory(saml, tmp_path):
    def change():
        path = saml / "RUNMC/Case01.nii.gz"
        tiny.write_nifti(path, tiny.volume((5, 6, 5)), (3.0, 0.5, 0.4))

    assert_refused(saml, tmp_path, prostate(), "as in the inventory", change)


def test_file_lost_after_the_inventory(saml, tmp_path):
    change = (saml / "RUNMC/Case01.nii.gz").unlink
    assert_refused(saml, tmp_path, prostate(), "no such file", change)


def clip(scope, voxels, percentiles=(25, 75)):
    settings = {"percentiles": list(percentiles), "scope": scope, "voxels": voxels}
    return {"clip": settings}


VOLUME = np.array([[[0, 1, 2], [3, 4, 5]], [[0, 0, -7], [0, 0, 0]]], np.float32)


def test_positive_voxels_are_clipped_slice_by_slice():
    prepared = prepare_volume(VOLUME, clip("slice", "positive"))
    # Of 1..5 the quartiles are 2 and 4; the second slice has no positive voxel.
    expected = [[[0, 2, 2], [3, 4, 4]], [[0, 0, -7], [0, 0, 0]]]
    np.testing.assert_array_equal(prepared, expected)


def test_all_voxels_are_clipped_over_the_volume():
    volume = np.arange(5, dtype=np.float32).reshape(1, 1, 5)
    prepared = prepare_volume(volume, clip("volume", "all"))
    np.testing.assert_array_equal(prepared, [[[1, 1, 2, 3, 3]]])


def test_scope_decides_where_percentiles_are_taken():
    volume = np.array([[[1, 2, 3]], [[4, 5, 100]]], np.float32)
    prepared = prepare_volume(volume, clip("volume", "positive", (20, 80)))
    # Of 1, 2, 3, 4, 5, 100 the linear percentiles 20 and 80 are 2 and 5.
    np.testing.assert_array_equal(prepared, [[[2, 2, 3]], [[4, 5, 5]]])
    prepared = prepare_volume(volume, clip("slice", "positive", (0, 50)))
    np.testing.assert_array_equal(prepared, [[[1, 2, 2]], [[4, 5, 5]]])


def test_dapsam_preparation_equals_its_description():
    rng = np.random.default_rng(0)
    volume = rng.gamma(2.0, 100.0, (3, 24, 24)).astype(np.float32)
    volume[:, :6] = 0
    expected = volume.astype(np.float64)
    for plane in expected:
        low, high = np.percentile(plane[plane > 0], [0.2, 99.8])
        plane[plane > 0] = plane[plane > 0].clip(low, high)
    prepared = prepare_volume(volume, clip("slice", "positive", (0.2, 99.8)))
    np.testing.assert_allclose(prepared, expected, rtol=1e-6)
    assert (prepared != volume).any()


def test_window_rescaling_and_background_follow_each_other():
    # 0 in the file is 127.5 after rescaling -100..100, and becomes background.
    volume = np.array([[[-500, -100, 0, 50, 900]]], np.float32)
    settings = {"clip": {"window": [-100, 100]}, "rescale": [0, 255]}
    prepared = prepare_volume(volume, settings)
    np.testing.assert_allclose(prepared, [[[0, 0, 127.5, 191.25, 255]]])
    settings |= {"zero_background": True, "dtype": "uint8"}
    prepared = prepare_volume(volume, settings)
    np.testing.assert_array_equal(prepared, [[[0, 0, 0, 191, 255]]])
    assert prepared.dtype == np.uint8


def test_uint8_truncates_and_limits():
    volume = np.array([[[-3.0, 1.9, 254.99, 300.0]]], np.float32)
    prepared = prepare_volume(volume, {"dtype": "uint8"})
    np.testing.assert_array_equal(prepared, [[[0, 1, 254, 255]]])


def test_constant_volume_is_rescaled_to_the_low_end():
    volume = np.full((1, 2, 2), 9, np.float32)
    prepared = prepare_volume(volume, {"rescale": [5, 255]})
    np.testing.assert_array_equal(prepared, np.full((1, 2, 2), 5))


def test_resizing_keeps_a_ramp_and_the_label_values():
    ramp = np.tile(np.arange(32, dtype=np.float32), (1, 32, 1))
    shrunk = prepare_volume(ramp, {"size": 16})
    # A pixel twice as wide lies between two old ones: 0.5, 2.5, ... (not at the rim).
    np.testing.assert_allclose(
        shrunk[0, 8, 4:12], np.arange(8.5, 24, 2), rtol=0, atol=0.05
    )
    mask = np.zeros((1, 32, 32), np.uint8)
    mask[0, 8:24, 8:24] = 255
    for size, n_pixels in ((16, 64), (64, 1024)):
        resized = prepare_mask(mask, {"size": size})
        assert resized.dtype == np.uint8
        assert set(np.unique(resized)) == {0, 255}
        assert (resized > 0).sum() == n_pixels


def test_shrinking_is_anti_aliased():
    # Every third pixel of one-pixel stripes would again be stripes of 0 and 255.
    stripes = np.tile(np.resize(np.array([0, 255], np.float32), 63), (1, 63, 1))
    shrunk = prepare_volume(stripes, {"size": 21})
    np.testing.assert_allclose(shrunk[0, 5:16, 5:16], 127.5, atol=5)


def test_photographs_are_resized_as_pillow_does():
    photo = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    prepared = prepare_photo(photo, {"size": 15, "dtype": "uint8"})
    expected = Image.fromarray(photo).resize((15, 15), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(prepared, np.asarray(expected))
    assert prepare_photo(photo, {"size": 20}) is photo


def test_description_is_readable_json(store):
    description = json.loads((store.folder / "domain.json").read_text())
    assert description["structures"] == {"prostate": [1, 2]}
    for name, array in (("images", store.images), ("masks", store.masks)):
        assert description["arrays"][name] == {
            "shape": [8, 6, 5],
            "dtype": str(array.dtype),
            "crc32": zlib.crc32(array.tobytes()),
        }


def test_array_stream_refuses_what_does_not_fit(tmp_path):
    with ArrayStream(tmp_path / "a.npy", "uint8", (2,)) as stream:
        stream.append(np.array([[1, 2], [3, 4]], np.uint8))
        for part in (np.ones((1, 3), "u1"), np.ones((1, 2))):
            with pytest.raises(ValueError, match="does not fit"):
                stream.append(part)
        stream.append(np.array([[5, 6]], np.uint8))
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), [[1, 2], [3, 4], [5, 6]])


@pytest.mark.parametrize("name", DATASETS)
def test_phantom_of_each_data_set_goes_from_archive_to_slices(tmp_path, name):
    phantoms = pytest.importorskip("sambench.phantoms")
    dataset = DATASETS[name]
    archive = tmp_path / phantoms.PHANTOMS[name]
    phantoms.write_phantom(name, archive, seed=1, cases=2, size=32)
    unpack(archive, tmp_path / "data")
    inventory = build_inventory(name, tmp_path / "data")
    structure = sorted(dataset.labels - {0})
    for group in inventory["group"].unique():
        domain = {"dataset": name, "group": group, "structures": {"s": structure}}
        settings = benchmark(domain, kind=dataset.kind)
        folder = tmp_path / "packed" / group
        pack_domain(
            inventory, tmp_path / "data", settings, "d", folder, "synthetic", 24
        )
        store = PackedSlices(folder)
        of_group = inventory[inventory["group"] == group]
        assert store.cases() == of_group["case"].tolist()
        assert len(store) == of_group["n_slices"].sum()
        assert store.images.shape[1:3] == (24, 24)
        assert store.structure_masks(store.rows(foreground=True)).any(axis=(2, 3)).all()
