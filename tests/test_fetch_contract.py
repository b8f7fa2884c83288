"""Every registered set: from a server to one training step, and what its layout finds.

The archives are drawn, then cut into the files that the registry lists and served under
their names, with the hashes of what is served in place of the published ones.
"""

import io
import tarfile
import zipfile
from dataclasses import replace
from functools import partial

import numpy as np
import py7zr
import pytest
import torch

from fault_server import serve
from sambench.data.datasets import DATASETS
from sambench.data.packed import PackedSlices
from sambench.data.packing import pack_domain
from sambench.data.pairs import read_pair
from sambench.errors import InputError
from sambench.fetch.hashes import TrustedHashes, hash_of
from sambench.fetch.obtain import Source, fetch_dataset
from sambench.phantoms import draw
from sambench.phantoms.bodies import Part
from sambench.phantoms.files import APPLE_DOUBLE, Volume, encoded
from sambench.phantoms.small import body, draw_parts
from sambench.settings.datasets import load_registry
from sambench.train.resume import ResumeState
from sambench.train.trainer import train
from tiny_datasets import build_inventory

SIZE, CASES, SEED = 48, 2, 3


def archive_bytes(name, members):
    """Pack members in the format that the file's name says."""
    buffer = io.BytesIO()
    if name.endswith(".7z"):
        with py7zr.SevenZipFile(buffer, "w") as archive:
            for member, content in members.items():
                archive.writestr(content, member)
    elif name.endswith(".tar"):
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for member, content in members.items():
                info = tarfile.TarInfo(member)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    else:
        with zipfile.ZipFile(buffer, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)
    return buffer.getvalue()


def split_up(members, files):
    """Return each file of the registry the members below its folder."""
    parts = {}
    for file in files:
        prefix = f"{file.into}/" if file.into else ""
        others = tuple(f"{f.into}/" for f in files if f.into and f is not file)
        parts[file.name] = {
            name.removeprefix(prefix): content
            for name, content in members.items()
            if name.startswith(prefix) and (prefix or not name.startswith(others))
        }
    return parts


def served(entry, members, server, folder):
    """Serve the entry's files; return it with the addresses and hashes of them."""
    parts = split_up(members, entry.chosen())
    files = []
    for file in entry.chosen():
        content = archive_bytes(file.name, parts[file.name])
        server.put(f"/{entry.id}/{file.name.replace(' ', '%20')}", content)
        path = folder / "served"
        path.write_bytes(content)
        files.append(replace(file, sha256=hash_of(path), md5=None, bytes=None))
    return replace(entry, files=tuple(files))


@pytest.fixture(scope="module", params=sorted(DATASETS))
def fetched(request, repository, tmp_path_factory):
    """Draw, serve, fetch and unpack one data set."""
    dataset = request.param
    folder = tmp_path_factory.mktemp(dataset)
    entry = load_registry([repository / "config"])[dataset]
    members = draw(dataset, SEED, CASES, SIZE)
    with serve() as server:
        entry = served(entry, members, server, folder)
        hashes = TrustedHashes(folder / "hashes.csv")
        source = Source(hashes, mirror=server.url)
        fetch_dataset(entry, folder / "archives", folder / "data", source)
    return dataset, folder


@pytest.fixture(scope="module")
def inventory(fetched):
    dataset, folder = fetched
    return build_inventory(dataset, folder / "data")


def test_every_case_passes_the_checks(fetched, inventory):
    dataset, folder = fetched
    assert set(inventory["dataset"]) == {dataset}
    assert inventory["foreground_slices"].gt(0).all()
    assert not (folder / "hashes.csv").exists()  # all hashes were known
    names = inventory["case"] + inventory["group"]
    assert names.is_unique
    assert not inventory["case"].str.contains(r"[/\\ ]").any()


def test_one_training_step(fetched, inventory, small_training, tmp_path):
    name, folder = fetched
    dataset = DATASETS[name]
    group = inventory["group"].iloc[0]
    first = min(dataset.labels - {0})
    present = inventory["labels"][inventory["group"] == group].iloc[0].split()
    values = [int(value) for value in present if int(value) >= first]
    benchmark = {
        "id": "contract",
        "kind": dataset.kind,
        "split": {"rule": "none"},
        "domains": {
            "d": {
                "dataset": name,
                "group": group,
                "preparation": "p",
                "structures": {"all": values},
            }
        },
        "preparations": {"p": {"size": 64, "dtype": "uint8"}},
    }
    pack_domain(inventory, folder / "data", benchmark, "d", tmp_path / "d", "synthetic")
    slices = PackedSlices(tmp_path / "d")
    recipe = small_training | {
        "training": small_training["training"]
        | {"epochs": 1, "min_steps_per_epoch": 1, "batch_size": 2}
    }
    torch.set_num_threads(1)
    resume = ResumeState(tmp_path / "resume.pt", "key")
    trained = train(recipe, [slices], seed=1, threads=1, resume=resume)
    assert np.isfinite(trained.history["loss"]).all()


# --- traps of single sets -------------------------------------------------------------


def unpacked(dataset, folder, drawer=None):
    """Write the members of a phantom as files."""
    drawer = drawer or partial(draw, dataset)
    for name, content in drawer(SEED, CASES, SIZE).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def names_of(dataset, folder, **options):
    return [case.case for case in DATASETS[dataset].find_cases(folder, **options)]


def test_kits19_leaves_out_repeated_slices_and_turns_volumes(tmp_path):
    root = unpacked("kits19", tmp_path)
    assert names_of("kits19", root) == ["case_00000", "case_00001"]
    assert len(names_of("kits19", root, repeated_slices=True)) == 3
    row = build_inventory("kits19", root).iloc[0]
    assert (row["n_slices"], row["n_rows"], row["n_columns"]) == (10, SIZE, SIZE)
    assert row["spacing_z"] == pytest.approx(5.0)


def test_mnms_takes_two_frames_of_labelled_films_only(tmp_path):
    root = unpacked("mnms", tmp_path)
    cases = DATASETS["mnms"].find_cases(root)
    assert {case.patient for case in cases} == {
        "A0B0C0", "A1B1C1", "V0A0L0", "T0E0S0",
    }  # fmt: skip
    assert len(cases) == 8
    assert {case.patient for case in cases if case.split == "test"} == {"T0E0S0"}
    frames = sorted(case.channel for case in cases if case.patient == "A0B0C0")
    assert frames[0] == 0
    inventory = build_inventory("mnms", root)
    assert set(inventory["labels"]) == {"0 1 2 3"}  # frames without labels are others


def test_mnms_without_its_list_says_so(tmp_path):
    root = unpacked("mnms", tmp_path)
    next(root.rglob("*.csv")).unlink()
    with pytest.raises(InputError, match="information CSV"):
        DATASETS["mnms"].find_cases(root)


def test_hecktor_pet_is_brought_to_the_grid_of_the_mask(tmp_path):
    inventory = build_inventory("hecktor", unpacked("hecktor", tmp_path))
    assert inventory.groupby("group").size().to_dict() == {"ct": 2, "pt": 2}
    assert set(inventory["n_rows"]) == {SIZE}


def test_covid_parts_are_told_by_name_and_other_masks_left_alone(tmp_path):
    root = unpacked("covid19_ct_seg", tmp_path)
    assert len(names_of("covid19_ct_seg", root)) == 2
    assert names_of("covid19_ct_seg", root, part="coronacases") == ["coronacases_001"]
    images = {case.image for case in DATASETS["covid19_ct_seg"].find_cases(root)}
    assert all(name.startswith("Images/") for name in images)


def test_cases_of_promise12_that_saml_does_not_hold_are_a_group(tmp_path):
    root = unpacked("promise12", tmp_path)
    groups = {"t2": [], "t2_not_in_saml": []}
    for case in DATASETS["promise12"].find_cases(root):
        groups[case.group].append(case.case)
    assert groups == {"t2": ["Case12", "Case13"], "t2_not_in_saml": ["Case13"]}
    spacing = build_inventory("promise12", root).iloc[0]
    assert spacing["spacing_z"] == pytest.approx(4.0)


def test_parts_of_nci_isbi_are_groups_and_masks_lie_on_their_images(tmp_path):
    root = unpacked("nci_isbi", tmp_path)
    cases = DATASETS["nci_isbi"].find_cases(root)
    groups = {case.group for case in cases}
    assert groups == {
        "prostate3t", "prostate3t_later", "prostatedx", "prostatedx_later",
    }  # fmt: skip
    assert {case.case for case in cases if case.group == "prostatedx_later"} == {
        "ProstateDx-03-0001",
        "ProstateDx-03-0002",
    }
    # Real image and mask of this one do not fit each other.
    for path in root.glob("masks/ProstateDx-01-0001*"):
        path.rename(path.with_name("ProstateDx-01-0055.nrrd"))
    assert "ProstateDx-01-0055" not in names_of("nci_isbi", root)
    row = build_inventory("nci_isbi", root, group="prostate3t_later").iloc[0]
    assert row["spacing_z"] == pytest.approx(3.0)
    dataset = DATASETS["nci_isbi"]
    pair = read_pair(cases[0], root, dataset)
    inside = pair.image[pair.mask == 2].mean()
    assert inside < pair.image[pair.mask == 1].mean() - 50  # as they were drawn


def test_plethora_reviewers_are_chosen(tmp_path):
    root = unpacked("plethora", tmp_path)
    assert names_of("plethora", root) == ["LUNG1-001", "LUNG1-002"]
    assert names_of("plethora", root, reviewer="second") == ["LUNG1-001"]


def test_brats_takes_one_sequence(tmp_path):
    root = unpacked("brats2021", tmp_path)
    inventory = build_inventory("brats2021", root, {"sequence": "t2"})
    assert set(inventory["group"]) == {"t2"}
    assert inventory["image"].str.endswith("_t2.nii.gz").all()
    assert set(inventory["labels"]) == {"0 1 2 4"}


def test_abdomenct1k_leaves_unlabelled_images_alone(tmp_path):
    root = unpacked("abdomenct1k", tmp_path)
    assert names_of("abdomenct1k", root) == ["Case_00001", "Case_00002"]


def test_missing_image_is_reported_with_its_case(tmp_path):
    root = unpacked("abdomenct1k", tmp_path)
    next(root.rglob("Case_00001_0000.nii.gz")).unlink()
    with pytest.raises(InputError, match=r"Case_00001_0000\.nii\.gz: found no such"):
        build_inventory("abdomenct1k", root)


def test_medsam_v0_is_grouped_by_task_number_without_2d_images(tmp_path):
    inventory = build_inventory("medsam_v0", unpacked("medsam_v0", tmp_path))
    assert sorted(set(inventory["group"])) == ["task01", "task17", "task20"]
    assert set(inventory["split"]) == {"test"}


def test_abcs_list_is_checked(tmp_path):
    root = unpacked("abcs", tmp_path)
    assert len(names_of("abcs", root)) == 4
    (root / "abcs/cases.csv").write_text("case,image\n1,a\n")
    with pytest.raises(InputError, match="no column patient"):
        DATASETS["abcs"].find_cases(root)
    row = "1,1,,t1,../../etc/x.nii.gz,m.nii.gz"
    text = f"case,patient,split,group,image,mask\n{row}\n"
    (root / "abcs/cases.csv").write_text(text)
    with pytest.raises(InputError, match="below the list"):
        DATASETS["abcs"].find_cases(root)


def draw_msd_tasks(seed, cases, size):
    """Draw the CT tasks of the Decathlon, 3, 7, 8 and 10; colon has no second label."""
    return encoded(_members_of_msd(seed, cases, size))


def _members_of_msd(seed, cases, size):
    tasks = {"03_Liver": 2, "07_Pancreas": 2, "08_HepaticVessel": 2, "10_Colon": 1}
    for task, labels in tasks.items():
        name = task.split("_")[1].lower()
        organ = Part(110, (0.5, 0.45, 0.3), (0.4, 0.24, 0.2), 1)
        tumour = Part(60, (0.5, 0.42, 0.28), (0.28, 0.12, 0.11), 2)
        parts = [body(40), organ, tumour][: labels + 1]
        for number in range(1, cases + 1):
            rng = np.random.default_rng((seed, number))
            image, mask = draw_parts(rng, size, parts, -1000)
            stem = f"Task{task}/imagesTr/{name}_{number:03d}.nii.gz"
            yield stem, Volume(image, (5.0, 2.5, 2.5))
            yield stem.replace("images", "labels"), Volume(mask, (5.0, 2.5, 2.5))
            yield stem.replace("/imagesTr/", "/imagesTr/._"), APPLE_DOUBLE


def test_msd_tasks_lie_beside_each_other(tmp_path):
    unpacked("msd", tmp_path)
    unpacked("msd", tmp_path, draw_msd_tasks)
    inventory = build_inventory("msd", tmp_path)
    assert inventory.groupby("group").size().to_dict() == {
        "colon_ct": 2,
        "hepaticvessel_ct": 2,
        "liver_ct": 2,
        "pancreas_ct": 2,
        "prostate_adc": 4,
        "prostate_t2": 4,
    }
    assert inventory["channel"].isna().sum() == 8


def test_lits_orientations_are_turned(tmp_path):
    root = unpacked("lits", tmp_path)
    assert names_of("lits", root) == ["lits_0", "lits_1"]
    assert set(build_inventory("lits", root)["n_slices"]) == {10}
