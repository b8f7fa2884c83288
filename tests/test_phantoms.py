"""The synthetic archives: same bytes for a seed, layouts and traps of the originals."""

import csv
import gzip
import io
import json
import tarfile
import zipfile

import nibabel
import numpy as np
import pytest
from PIL import Image

from sambench.errors import InputError
from sambench.phantoms import PHANTOMS, write_phantom
from sambench.phantoms.bodies import Grid, Part, chain, paint

SIZE, CASES, SEED = 64, 2, 7
DATASETS = sorted(PHANTOMS)
VOLUMES = ["acdc", "amos22", "msd", "saml_prostate"]


def read(archive):
    """Return the members of an archive as ``{name: bytes}``."""
    if archive.suffix == ".tar":
        with tarfile.open(archive) as tar:
            return {name: tar.extractfile(name).read() for name in tar.getnames()}
    with zipfile.ZipFile(archive) as file:
        return {name: file.read(name) for name in file.namelist()}


def written(folder, dataset, *, seed=SEED, cases=CASES, size=SIZE):
    archive = folder / PHANTOMS[dataset]
    write_phantom(dataset, archive, seed=seed, cases=cases, size=size)
    return archive


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archives")
    return {dataset: written(folder, dataset) for dataset in DATASETS}


@pytest.fixture(scope="module")
def members(archives):
    return {dataset: read(archive) for dataset, archive in archives.items()}


def nifti(content):
    return nibabel.Nifti1Image.from_bytes(gzip.decompress(content))


def values(image):
    return set(np.unique(np.asanyarray(image.dataobj)).tolist())


def picture(content):
    return np.asarray(Image.open(io.BytesIO(content)))


def pairs(names, dataset):
    """Return ``(image, mask)`` names of every labelled volume."""
    if dataset == "saml_prostate":
        masks = [n for n in names if n.lower().endswith("_segmentation.nii.gz")]
        return [(f"{n.rsplit('_', 1)[0]}.nii.gz", n) for n in masks]
    if dataset == "acdc":
        masks = [n for n in names if n.endswith("_gt.nii.gz")]
        return [(n.replace("_gt", ""), n) for n in masks]
    masks = [n for n in names if "/labels" in n and "/._" not in n]
    return [(n.replace("/labels", "/images"), n) for n in masks]


@pytest.mark.parametrize("dataset", DATASETS)
class TestEveryArchive:
    def test_same_arguments_give_the_same_bytes(self, dataset, archives, tmp_path):
        again = written(tmp_path, dataset)
        assert again.read_bytes() == archives[dataset].read_bytes()

    def test_another_seed_gives_other_images(self, dataset, members, tmp_path):
        other = read(written(tmp_path, dataset, seed=SEED + 1, cases=1))
        images = [
            n for n in other if n.endswith((".nii.gz", ".tif")) and "/._" not in n
        ]
        # The heart contracts at another frame, which is part of the name.
        common = [name for name in images if name in members[dataset]]
        assert len(common) >= len(images) / 2
        assert all(other[name] != members[dataset][name] for name in common)

    def test_more_cases_leave_the_others_unchanged(self, dataset, members, tmp_path):
        few = read(written(tmp_path, dataset, cases=1))
        lists = (".csv", "dataset.json")
        kept = [name for name in few if not name.endswith(lists)]
        assert len(kept) < len(members[dataset])
        assert all(members[dataset][name] == few[name] for name in kept)

    def test_members_are_sorted_and_unique(self, dataset, members):
        names = list(members[dataset])
        assert names == sorted(set(names))

    def test_it_leaves_no_temporary_file(self, dataset, archives):
        folder = archives[dataset].parent
        assert {path.name for path in folder.iterdir()} == set(PHANTOMS.values())

    def test_zero_cases_are_refused(self, dataset, tmp_path):
        with pytest.raises(InputError, match="cases=0"):
            write_phantom(dataset, tmp_path / "a.zip", seed=0, cases=0)
        assert not list(tmp_path.iterdir())

    def test_too_few_pixels_are_refused(self, dataset, tmp_path):
        with pytest.raises(InputError, match="size=8"):
            write_phantom(dataset, tmp_path / "a.zip", seed=0, size=8)


@pytest.mark.parametrize("dataset", VOLUMES)
class TestEveryVolume:
    def test_image_and_mask_have_one_geometry(self, dataset, members):
        content = members[dataset]
        for image_name, mask_name in pairs(content, dataset):
            image, mask = nifti(content[image_name]), nifti(content[mask_name])
            assert image.shape[:3] == mask.shape
            np.testing.assert_array_equal(image.affine, mask.affine)

    def test_images_are_int16_and_masks_uint8(self, dataset, members):
        content = members[dataset]
        for image_name, mask_name in pairs(content, dataset):
            assert nifti(content[image_name]).get_data_dtype() == np.int16
            assert nifti(content[mask_name]).get_data_dtype() == np.uint8

    def test_every_mask_has_labelled_slices(self, dataset, members):
        found = pairs(members[dataset], dataset)
        assert found
        for _, name in found:
            mask = np.asanyarray(nifti(members[dataset][name]).dataobj)
            assert mask.any(axis=(0, 1)).sum() >= 3

    def test_intensities_vary_inside_and_outside(self, dataset, members):
        content = members[dataset]
        for image_name, mask_name in pairs(content, dataset):
            image = np.asanyarray(nifti(content[image_name]).dataobj)
            inside = np.asanyarray(nifti(content[mask_name]).dataobj) > 0
            assert image[inside].std() > 1
            assert image[~inside].std() > 1

    def test_gzip_headers_hold_no_time_and_no_name(self, dataset, members):
        for name, content in members[dataset].items():
            if name.endswith(".nii.gz") and "/._" not in name:
                assert content[3] == 0  # no flags: no file name
                assert content[4:8] == bytes(4)


@pytest.mark.parametrize("dataset", ["saml_prostate", "msd"])
def test_slices_beyond_the_prostate_have_no_label(dataset, members):
    content = members[dataset]
    for _, name in pairs(content, dataset):
        mask = np.asanyarray(nifti(content[name]).dataobj)
        assert not mask[..., 0].any()
        assert not mask[..., -1].any()


def test_the_slice_above_the_base_of_the_heart_has_no_label(members):
    content = members["acdc"]
    for _, name in pairs(content, "acdc"):
        mask = np.asanyarray(nifti(content[name]).dataobj)
        assert not mask[..., -1].any()


class TestProstate:
    def test_ids_and_mask_suffixes_follow_the_original(self, members):
        found = {}
        for name in members["saml_prostate"]:
            top, site, file = name.split("/")
            assert top == "Processed_data_nii"
            found.setdefault(site, set()).add(file)
        ids = {
            "RUNMC": ("00", "01"),
            "BMC": ("00", "01"),
            "I2CVB": ("00", "01"),
            "UCL": ("01", "26"),
            "BIDMC": ("00", "02"),
            "HK": ("38", "39"),
        }
        for site, numbers in ids.items():
            suffix = "_Segmentation" if site == "BMC" else "_segmentation"
            expected = {f"Case{n}{end}.nii.gz" for n in numbers for end in ("", suffix)}
            assert found.pop(site) == expected
        assert not found

    def test_only_two_sites_tell_the_zones_apart(self, members):
        for _, name in pairs(members["saml_prostate"], "saml_prostate"):
            zones = name.split("/")[1] in {"RUNMC", "BMC"}
            expected = {0, 1, 2} if zones else {0, 1}
            assert values(nifti(members["saml_prostate"][name])) == expected

    def test_slices_are_square_and_thick(self, members):
        for name, _ in pairs(members["saml_prostate"], "saml_prostate"):
            image = nifti(members["saml_prostate"][name])
            x, y, z = image.header.get_zooms()
            assert image.shape[:2] == (SIZE, SIZE)
            assert 10 <= image.shape[2] <= 16
            assert x == y
            assert 2.5 < z < 4.1

    def test_the_field_of_view_does_not_depend_on_the_size(self, members, tmp_path):
        name = "Processed_data_nii/HK/Case38.nii.gz"
        small = nifti(members["saml_prostate"][name])
        large = nifti(read(written(tmp_path, "saml_prostate", cases=1, size=96))[name])
        assert large.header.get_zooms()[0] * 96 == pytest.approx(
            small.header.get_zooms()[0] * SIZE, rel=1e-5
        )

    def test_more_cases_than_the_smallest_site_has_are_refused(self, tmp_path):
        with pytest.raises(InputError, match="at most 12"):
            write_phantom("saml_prostate", tmp_path / "a.zip", seed=0, cases=13)


class TestFundus:
    def rows(self, members, name):
        text = members["riga_plus"][name].decode()
        assert text.endswith("\n")
        return list(csv.DictReader(io.StringIO(text)))

    def test_lists_have_the_promised_lengths(self, members):
        lists = {name for name in members["riga_plus"] if name.endswith(".csv")}
        expected = {}
        for domain in ("BinRushed", "Magrabia"):
            expected |= {f"{domain}_train.csv": 4, f"{domain}_test.csv": 2}
        for base in (1, 2, 3):
            for split in ("train", "test", "unlabeled"):
                expected[f"MESSIDOR_Base{base}_{split}.csv"] = 2
        assert lists == set(expected)
        assert {name: len(self.rows(members, name)) for name in lists} == expected

    def test_every_row_resolves_once_a_rater_is_chosen(self, members):
        content = members["riga_plus"]
        for name in (name for name in content if name.endswith(".csv")):
            for row in self.rows(members, name):
                assert row["image"] in content
                if "unlabeled" in name:
                    assert list(row) == ["image"]
                    continue
                assert row["mask"] not in content  # the list names no rater
                stem = row["mask"].removesuffix(".tif")
                assert all(f"{stem}-{rater}.tif" in content for rater in range(1, 7))

    def test_folders_are_spelt_as_in_the_original(self, members):
        folders = {n.rsplit("/", 1)[0] for n in members["riga_plus"] if "/" in n}
        assert "RIGA/Magrabia/MagrabiFemale" in folders
        assert "RIGA-mask/Magrabia/MagrabiaMale" in folders
        assert "RIGA/BinRushed/BinRushed4" in folders
        assert "RIGA/MESSIDOR_Base3/Unlabeled" in folders
        assert "RIGA-mask/MESSIDOR_Base3/Unlabeled" not in folders

    def test_images_are_rgb_and_the_cup_lies_inside_the_disc(self, members):
        content = members["riga_plus"]
        masks = [name for name in content if name.endswith("-1.tif")]
        assert masks
        for name in masks:
            mask = picture(content[name])
            image = name.replace("RIGA-mask", "RIGA").replace("-1.tif", ".tif")
            assert picture(content[image]).shape == (SIZE, SIZE, 3)
            assert mask.shape == (SIZE, SIZE)
            assert set(np.unique(mask).tolist()) == {0, 128, 255}
            cup, outside = mask == 128, mask == 0
            beside = np.zeros_like(cup)
            beside[1:] |= cup[:-1]
            beside[:-1] |= cup[1:]
            beside[:, 1:] |= cup[:, :-1]
            beside[:, :-1] |= cup[:, 1:]
            assert not (beside & outside).any()

    def test_raters_agree_on_most_and_not_on_all(self, members):
        content = members["riga_plus"]
        for name in (name for name in content if name.endswith("-1.tif")):
            stem = name.removesuffix("-1.tif")
            discs = [picture(content[f"{stem}-{r}.tif"]) > 0 for r in range(1, 7)]
            assert any((discs[0] != disc).any() for disc in discs[1:])
            for disc in discs[1:]:
                both = (discs[0] & disc).sum()
                assert 2 * both / (discs[0].sum() + disc.sum()) > 0.85


class TestHeart:
    def test_patients_have_two_frames_a_film_and_their_data(self, members):
        content = members["acdc"]
        top = "ACDC/database"
        assert f"{top}/MANDATORY_CITATION.md" in content
        folders = {name.rsplit("/", 1)[0] for name in content} - {top}
        assert folders == {
            f"{top}/training/patient001",
            f"{top}/training/patient002",
            f"{top}/testing/patient101",
        }
        for folder in folders:
            patient = folder.rsplit("/", 1)[1]
            info = dict(
                line.split(": ")
                for line in content[f"{folder}/Info.cfg"].decode().splitlines()
            )
            stems = [f"{patient}_frame{int(info[k]):02d}" for k in ("ED", "ES")]
            expected = {"Info.cfg", f"{patient}_4d.nii.gz"}
            expected |= {f"{s}{end}.nii.gz" for s in stems for end in ("", "_gt")}
            files = {n.rsplit("/", 1)[1] for n in content if n.startswith(f"{folder}/")}
            assert files == expected
            assert nifti(content[f"{folder}/{patient}_4d.nii.gz"]).ndim == 4

    def test_the_ventricles_contract_in_systole(self, members):
        content = members["acdc"]
        masks = sorted(name for name in content if name.endswith("_gt.nii.gz"))
        for diastole, systole in zip(masks[::2], masks[1::2], strict=True):
            before, after = nifti(content[diastole]), nifti(content[systole])
            assert values(before) == values(after) == {0, 1, 2, 3}
            for label in (1, 3):
                full = (np.asanyarray(before.dataobj) == label).sum()
                left = (np.asanyarray(after.dataobj) == label).sum()
                assert 0 < left < full

    def test_muscle_encloses_the_left_cavity_between_apex_and_base(self, members):
        for _, name in pairs(members["acdc"], "acdc"):
            mask = np.asanyarray(nifti(members["acdc"][name]).dataobj)
            middle = mask[..., int(np.argmax((mask == 3).sum(axis=(0, 1))))]
            x, y = (round(c.mean()) for c in np.nonzero(middle == 3))
            for ray in (
                middle[x:, y],
                middle[x::-1, y],
                middle[x, y:],
                middle[x, y::-1],
            ):
                labels = ray[np.r_[True, np.diff(ray.astype(int)) != 0]].tolist()
                assert labels[:2] == [3, 2]


class TestAbdomen:
    def test_numbers_have_gaps_and_tell_the_modality(self, members):
        content = members["amos22"]

        def numbers(folder):
            prefix = f"amos22/{folder}/amos_"
            return [int(n[len(prefix) :][:4]) for n in content if n.startswith(prefix)]

        assert numbers("imagesTr") == numbers("labelsTr") == [1, 4, 507, 508]
        assert numbers("imagesVa") == numbers("labelsVa") == [8, 513]
        assert numbers("imagesTs") == [2]
        assert not numbers("labelsTs")
        for name, _ in pairs(content, "amos22"):
            lowest = np.asanyarray(nifti(content[name]).dataobj).min()
            number = int(name[-11:-7])
            assert lowest < -900 if number < 500 else lowest >= 0

    def test_masks_hold_the_organs_of_the_tasks(self, members):
        for _, name in pairs(members["amos22"], "amos22"):
            found = values(nifti(members["amos22"][name]))
            assert {0, 1, 2, 3, 4, 6, 7, 8, 10} <= found <= set(range(16))

    def test_storage_orders_differ_but_the_anatomy_does_not(self, members):
        content = members["amos22"]
        orders = set()
        for _, name in pairs(content, "amos22"):
            mask = nifti(content[name])
            orders.add(nibabel.aff2axcodes(mask.affine))
            data = np.asanyarray(mask.dataobj)

            def place(label, data=data, mask=mask):
                index = np.mean(np.nonzero(data == label), axis=1)
                return nibabel.affines.apply_affine(mask.affine, index)

            # Right-anterior-superior: the liver lies right of the spleen, the stomach
            # before the aorta, the spleen above the middle of the gall bladder.
            liver, spleen, stomach, aorta = (place(label) for label in (6, 1, 7, 8))
            assert liver[0] > spleen[0] + 50
            assert stomach[1] > aorta[1] + 10
            assert spleen[2] > place(4)[2]
        assert len(orders) >= 3

    def test_junk_of_macos_is_there_and_is_no_image(self, members):
        junk = [n for n in members["amos22"] if n.startswith("__MACOSX/")]
        assert "__MACOSX/amos22/imagesTr/._amos_0001.nii.gz" in junk
        with pytest.raises(gzip.BadGzipFile):
            nifti(members["amos22"]["__MACOSX/amos22/imagesTr/._amos_0001.nii.gz"])

    def test_the_description_calls_mr_ct(self, members):
        content = json.loads(members["amos22"]["amos22/dataset.json"])
        assert content["modality"] == {"0": "CT"}


class TestDecathlon:
    def test_images_hold_two_channels_and_masks_two_zones(self, members):
        content = members["msd"]
        found = pairs(content, "msd")
        assert len(found) == 2 * CASES
        for image_name, mask_name in found:
            image, mask = nifti(content[image_name]), nifti(content[mask_name])
            assert image.shape == (*mask.shape, 2)
            assert values(mask) == {0, 1, 2}
            data = np.asanyarray(image.dataobj)
            inside = np.asanyarray(mask.dataobj) > 0
            # Free water diffuses: on ADC the gland is far above the fat round it.
            ratio = data[inside].mean(axis=0) / data[~inside].mean(axis=0)
            assert ratio[1] > 1.4
            assert ratio[1] > 1.2 * ratio[0]

    def test_it_has_a_test_image_a_description_and_junk(self, members):
        names = set(members["msd"])
        assert all(name.startswith("Task05_Prostate/") for name in names)
        assert "Task05_Prostate/imagesTs/prostate_03.nii.gz" in names
        assert "Task05_Prostate/imagesTr/._prostate_00.nii.gz" in names
        content = json.loads(members["msd"]["Task05_Prostate/dataset.json"])
        assert content["modality"] == {"0": "T2", "1": "ADC"}


def test_an_unknown_data_set_names_the_valid_ones(tmp_path):
    with pytest.raises(InputError, match="acdc, amos22, brats2021"):
        write_phantom("acdcc", tmp_path / "a.zip", seed=0)
    assert not list(tmp_path.iterdir())


def test_smooth_noise_has_unit_variance_and_changes_slowly():
    grid = Grid((1, 400, 400), (1.0, 1.0, 1.0))
    field = grid.noise(np.random.default_rng(0), 8.0)
    assert field.std() == pytest.approx(1, abs=0.1)
    assert np.diff(field, axis=1).std() < 0.2  # white noise has 1.41


def test_a_part_covers_the_volume_of_its_ellipsoid():
    grid = Grid((40, 60, 80), (1.0, 1.0, 1.0))
    part = Part("organ", (0, 0, 0), (15, 10, 20), 5, angle=30)
    contrast = {"air": 0, "organ": 10}
    (image,), labels = paint(np.random.default_rng(0), grid, [part], [contrast], 0)
    volume = 4 / 3 * np.pi * 15 * 10 * 20
    assert (labels == 5).sum() == pytest.approx(volume, rel=0.01)
    assert image.sum() == pytest.approx(10 * volume, rel=0.02)


def test_what_is_painted_later_takes_the_label_and_only_where_it_meets():
    grid = Grid((1, 41, 41), (1.0, 1.0, 1.0))
    parts = [
        Part("organ", (0, 0, 0), (100, 12, 12), 1, shell=("wall", 3, 4)),
        Part("vessel", (0, 0, 0), (100, 3, 30), 2, within="organ"),
        Part("air", (0, 0, 8), (100, 2, 2), 0, top=1),
        Part("organ", (0, 0, 0), (100, 9, 9), 3, top=-1),
    ]
    contrast = {"air": 0, "organ": 1, "vessel": 2, "wall": 3}
    (image,), labels = paint(np.random.default_rng(0), grid, parts, [contrast], 0)
    assert labels[0, 20, [20, 9, 6, 2]].tolist() == [2, 2, 4, 0]
    assert labels[0, [28, 34], 20].tolist() == [1, 4]
    assert labels[0, 20, 28] == 0
    assert image[0, 20, [20, 28]].tolist() == [2, 0]


def test_a_chain_is_a_tube_from_end_to_end():
    parts = chain("vessel", [(0, 0, -10), (0, 0, 10)], (4, 2), 1)
    assert [(p.centre[2], p.radii[0]) for p in (parts[0], parts[-1])] == [
        (-10, 4),
        (10, 2),
    ]
    grid = Grid((1, 41, 41), (1.0, 1.0, 1.0))
    _, labels = paint(
        np.random.default_rng(0), grid, parts, [{"air": 0, "vessel": 1}], 0
    )
    assert labels[0, 20, 7:32].all() and not labels[0, 20, :6].any()
