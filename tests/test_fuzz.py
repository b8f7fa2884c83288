"""Whatever happens to a folder or a configuration: a result or words, no traceback.

And never "no fault found" over a change that moves a label against its image.
"""

import logging
import random
import shutil
from pathlib import Path

import nibabel
import numpy as np
import pytest
import yaml

import tiny_datasets as tiny
from sambench.__main__ import main
from sambench.data.datasets import find_dataset
from sambench.data.pairs import read_pair
from sambench.errors import InputError
from sambench.settings.settings import load_settings
from sambench.settings.yaml_file import read_yaml

REPOSITORY = Path(__file__).resolve().parents[1]
N_DATA, N_CHECK, N_CONFIG = 350, 50, 150
BLOCKS = 10


# A data set whose cases lie at places of their own, so that swapped masks show.


def tiny_set(root, dataset):
    makers = {"saml_prostate": tiny.saml, "acdc": tiny.acdc, "msd": tiny.msd}
    if dataset in makers:
        makers[dataset](root)
    else:
        for number in range(4):
            for name, array in (
                ("volume", tiny.volume(seed=number)),
                ("segmentation", tiny.label(values=(1, 2))),
            ):
                tiny.write_nifti(root / f"{name}-{number}.nii", array)
    places = {}
    for path in sorted(root.rglob("*.nii*")):
        if path.name.startswith("._"):
            continue
        name = path.name.lower().partition(".")[0]
        case = name.replace("segmentation", "volume").removesuffix("_volume")
        place = places.setdefault(
            (path.parents[1], case.removesuffix("_gt")), len(places)
        )
        if dataset == "msd":
            place = int(case[-1])
        image = nibabel.load(path)
        affine = np.array(image.affine)
        affine[:3, :3] = np.diag([-1, -1, 1]) @ affine[:3, :3]
        affine[:3, 3] = [10 + 20 * place, 5, -3 * place]
        array = np.asarray(image.dataobj)
        nibabel.save(nibabel.Nifti1Image(array, affine), path)
    return root


def known_pairs(root, name):
    dataset = find_dataset(name)
    return {
        (case.group, case.case): read_pair(case, root, dataset)
        for case in dataset.find_cases(root)
    }


# Mutations of one file or two. Each says whether it may change what a label is.


def files_of(root):
    return [p for p in sorted(root.rglob("*")) if p.is_file() and p.name[0] != "."]


def rename(root, draw):
    path = draw.choice(files_of(root))
    new = draw.choice(
        [
            path.name.upper(),
            path.name + ".bak",
            "copy of " + path.name,
            path.name.replace(".nii.gz", ".nii"),
            path.name.replace("_", "-"),
            path.name.replace("0", "7", 1),
            "é" + path.name,
            "._" + path.name,
        ]
    )
    if not path.with_name(new).exists():
        path.rename(path.with_name(new))


def remove(root, draw):
    draw.choice(files_of(root)).unlink()


def truncate(root, draw):
    path = draw.choice(files_of(root))
    data = path.read_bytes()
    path.write_bytes(data[: draw.randrange(len(data))])


def append(root, draw):
    path = draw.choice(files_of(root))
    path.write_bytes(path.read_bytes() + bytes(draw.randrange(1, 50)))


def flip_bit(root, draw):
    path = draw.choice(files_of(root))
    data = bytearray(path.read_bytes())
    # Of voxels that are stored as they are, nobody can tell that a bit was another.
    end = 352 if path.suffix == ".nii" else len(data)
    data[draw.randrange(min(end, len(data)))] ^= 1 << draw.randrange(8)
    path.write_bytes(bytes(data))


def duplicate(root, draw):
    path = draw.choice(files_of(root))
    folder = draw.choice([path.parent, root / "copy", root / "copy" / path.parent.name])
    folder.mkdir(parents=True, exist_ok=True)
    name = path.name
    if folder == path.parent:
        plain = path.suffix == ".nii"
        name = f"{path.name}.gz" if plain else path.name.removesuffix(".gz")
    shutil.copy(path, folder / name)


def duplicate_folder(root, draw):
    path = draw.choice(files_of(root)).parent
    if path != root:
        shutil.copytree(path, path.with_name(f"{path.name} (1)"))


def swap(root, draw):
    one, other = draw.sample(files_of(root), 2)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def make_folder(root, draw):
    path = draw.choice(files_of(root))
    data = path.read_bytes()
    path.unlink()
    path.mkdir()
    if draw.random() < 0.7:
        (path / draw.choice([path.name, "other.nii"])).write_bytes(data)


def change_header(root, draw):
    path = draw.choice(files_of(root))
    image = nibabel.load(path)
    affine = np.array(image.affine)
    kind = draw.randrange(6)
    if kind == 0:
        affine[:, draw.randrange(3)] *= -1
    elif kind == 1:
        affine[draw.randrange(3), 3] += draw.choice([-40, -2, 2, 100])
    elif kind == 2:
        affine[:3, :3] *= draw.choice([0.5, 2, 10])
    elif kind == 3:
        affine[:, [0, 1]] = affine[:, [1, 0]]
    elif kind == 4:
        affine = np.eye(4)
    else:
        affine[0, 1] += draw.choice([0.3, 1e9])
    nibabel.save(nibabel.Nifti1Image(np.asarray(image.dataobj), affine), path)


def turn_voxels(root, draw):
    """Turn voxels and leave the header, or turn both, which changes nothing."""
    path = draw.choice([p for p in files_of(root) if is_mask(p)])
    image = nibabel.load(path)
    if draw.random() < 0.5:
        nibabel.save(nibabel.as_closest_canonical(image), path)
    else:
        change_header(root, draw)


def change_values(root, draw):
    path = draw.choice(files_of(root))
    image = nibabel.load(path)
    array = np.asarray(image.dataobj).astype(np.float32)
    change = draw.choice([lambda a: a + 300, lambda a: a * 0.5, lambda a: a * np.nan])
    nibabel.save(nibabel.Nifti1Image(change(array), image.affine), path)


def is_mask(path):
    return any(word in path.as_posix().lower() for word in ("seg", "_gt", "labels"))


MUTATIONS = (
    rename,
    remove,
    truncate,
    append,
    flip_bit,
    duplicate,
    duplicate_folder,
    swap,
    make_folder,
    change_header,
    turn_voxels,
    change_values,
)


def moved(before, after, changed):
    """List cases whose label is not where it was, though their image is as it was."""
    return [
        key
        for key, pair in after.items()
        if key in before
        and np.array_equal(pair.image, before[key].image)
        and not np.array_equal(pair.mask > 0, before[key].mask > 0)
    ]


@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_mutated_folder_gives_an_inventory_or_words(tmp_path, caplog, block):
    datasets = ("saml_prostate", "acdc", "msd", "lits")
    originals = {name: tiny_set(tmp_path / name, name) for name in datasets}
    before = {name: known_pairs(root, name) for name, root in originals.items()}
    refused = 0
    for number in range(block, N_DATA, BLOCKS):
        draw = random.Random(number)
        dataset = datasets[number % len(datasets)]
        root = tmp_path / f"try{number}"
        shutil.copytree(originals[dataset], root)
        mutation = draw.choice(MUTATIONS)
        mutation(root, draw)
        about = f"{mutation.__name__} of {dataset}, draw {number}"
        caplog.clear()
        try:
            with caplog.at_level(logging.INFO):
                tiny.inspect_dataset(dataset, root)
        except InputError as error:
            assert error.remedy, about
            refused += 1
            continue
        if "no fault found" in caplog.text and mutation is not change_values:
            after = known_pairs(root, dataset)
            assert not moved(before[dataset], after, mutation), about
        shutil.rmtree(root)
    assert refused > N_DATA / BLOCKS / 4  # the mutations are no trifles


# The command that checks a configuration with its data.


@pytest.mark.parametrize("block", range(5))
def test_a_mutated_folder_of_ones_own_is_checked_or_words(
    tmp_path, monkeypatch, capsys, block
):
    tiny_set(tmp_path / "whole", "lits")
    site = {"images": "volume-{name}.nii", "masks": "segmentation-{name}.nii"}
    entry = {
        "folder": "scans",
        "cases": {"ct": site | {"values": {"background": 0, "liver": 1, "tumour": 2}}},
        "structures": {"liver": ["liver", "tumour"], "tumour": ["tumour"]},
    }
    config = {
        "data": {"mine": entry},
        "benchmarks": [{"id": "mine", "data": "mine", "train": ["ct"]}],
        "methods": ["box"],
    }
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(config))
    monkeypatch.chdir(tmp_path)
    for number in range(block, N_CHECK, 5):
        draw = random.Random(1000 + number)
        shutil.rmtree(tmp_path / "scans", ignore_errors=True)
        shutil.copytree(tmp_path / "whole", tmp_path / "scans")
        mutation = draw.choice(MUTATIONS)
        mutation(tmp_path / "scans", draw)
        status = main(["check", "mine.yaml"])
        said = capsys.readouterr()
        about = f"{mutation.__name__}, draw {number}: {said.out}{said.err}"
        assert status in (0, 1), about
        if mutation in (change_header, swap):
            assert status == 1 or "no fault found" not in said.out, about


# A configuration.


def mutated_text(text, draw):
    """Change one thing in a YAML text."""
    lines = text.splitlines()
    place = draw.randrange(len(lines))
    kind = draw.randrange(9)
    if kind == 0:
        del lines[place]
    elif kind == 1:
        lines.insert(place, lines[draw.randrange(len(lines))])
    elif kind == 2:
        other = draw.randrange(len(lines))
        lines[place], lines[other] = lines[other], lines[place]
    elif kind == 3:
        key, colon, _ = lines[place].partition(":")
        odd = ["", "''", "null", "-1", "0", "1e3", "2.0", "no", "[]", "{}", "[a, a]"]
        odd += ["{a: 1}", "yes", "'é'", "999999999999", ".nan", "../..", "a b", "[[]]"]
        lines[place] = f"{key}{colon} {draw.choice(odd)}"
    elif kind == 4:
        lines[place] = lines[place][: draw.randrange(len(lines[place]) + 1)]
    elif kind == 5:
        column = draw.randrange(len(lines[place]) + 1)
        odd = draw.choice("#:-{}[]&*!|>'\"%@`\t, \\é\0")
        lines[place] = lines[place][:column] + odd + lines[place][column:]
    elif kind == 6:
        lines[place] = " " * draw.randrange(1, 5) + lines[place]
    elif kind == 7:
        lines[place] = lines[place].replace("e", "", 1)
    else:
        words = lines[place].split(" ")
        draw.shuffle(words)
        lines[place] = " ".join(words)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", ["tests/smoke.yaml", "config/examples/acdc.yaml"])
def test_a_mutated_configuration_is_loaded_or_words(tmp_path, name):
    text = (REPOSITORY / name).read_text()
    loaded = 0
    for number in range(N_CONFIG // 2):
        draw = random.Random(number)
        path = tmp_path / "config.yaml"
        path.write_bytes(mutated_text(text, draw).encode())
        try:
            config = read_yaml(path)
            load_settings(config, [REPOSITORY / "config"], str(path), [path])
            loaded += 1
        except InputError as error:
            assert error.remedy
        except Exception as error:
            raise AssertionError(f"draw {number}:\n{path.read_text()}") from error
    assert 0 < loaded < N_CONFIG // 2
