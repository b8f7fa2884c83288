"""Cases listed by code of the user's own: named, checked, read, hashed."""

import numpy as np
import pytest
from PIL import Image

from sambench.data.datasets import find_dataset
from sambench.data.own.description import describe
from sambench.data.packed import PackedSlices
from sambench.data.packing import pack_domain
from sambench.errors import InputError
from sambench.settings.schema import validate
from sambench.settings.settings import load_settings
from tiny_datasets import build_inventory

CODE = """
from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset


def find_cases(root):
    return [
        Case(case=path.stem, patient=path.stem, group="left", split="",
             image=f"pictures/{path.name}", mask=f"labels/{path.name}")
        for path in sorted((root / "pictures").glob("*.png"))
    ]


DATASET = Dataset("any", "photo", frozenset({0, 1, 2}), find_cases)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "my_datasets.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "my_datasets", raising=False)
    for name in "ab":
        for kind in ("pictures", "labels"):
            (tmp_path / "data" / kind).mkdir(parents=True, exist_ok=True)
        image = np.random.default_rng(ord(name)).integers(0, 255, (40, 40, 3), np.uint8)
        Image.fromarray(image).save(tmp_path / "data" / "pictures" / f"{name}.png")
        label = np.zeros((40, 40), np.uint8)
        label[10:30, 10:30], label[15:20, 15:20] = 1, 2
        Image.fromarray(label).save(tmp_path / "data" / "labels" / f"{name}.png")
    return tmp_path


def entry(**change):
    given = {
        "folder": "data",
        "layout": "my_datasets:DATASET",
        "cases": {"left": {}},
        "structures": {"disc": [1, 2], "cup": [2]},
    }
    return validate(given | change, "own_data", "test")


def test_a_data_set_read_by_own_code_is_packed(folder):
    described = describe("mine", entry(), folder)
    assert described["structures"] == {"disc": [1, 2], "cup": [2]}
    root = folder / "data"
    inventory = build_inventory("mine", root, description=described)
    domain = {"dataset": "mine", "group": "left", "preparation": "p"}
    benchmark = {
        "id": "tiny",
        "kind": "photo",
        "split": {"rule": "none"},
        "domains": {"d": domain | {"structures": described["structures"]}},
        "preparations": {"p": {"size": 32}},
    }
    out = folder / "packed"
    pack_domain(inventory, root, benchmark, "d", out, "original", description=described)
    packed = PackedSlices(out)
    assert packed.cases() == ["a", "b"]
    assert packed.structure_masks(packed.rows()).any((2, 3)).all()
    assert find_dataset("mine", described).id == "mine"


def test_a_change_of_its_code_changes_the_description(folder):
    first = describe("mine", entry(), folder)
    (folder / "my_datasets.py").write_text(CODE + "# another order\n")
    assert describe("mine", entry(), folder)["source"] != first["source"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layout": "my_datasets:DATASETS"}, "no attribute 'DATASETS'"),
        ({"layout": "my_dataset:DATASET"}, "No module named 'my_dataset'"),
        ({"layout": "my_datasets:CODE_OF"}, "no attribute"),
        ({"layout": "json:dumps"}, "but a function"),
        ({"structures": {"disc": [3]}}, r"value 3, expected label values .*\[1, 2\]"),
        ({"structures": {}}, "no structure"),
        ({"layout": None}, "no key 'images'"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(folder, change, words):
    with pytest.raises(InputError, match=words):
        describe("mine", entry(**change), folder)


def test_a_benchmark_may_be_cut_from_it(folder, repository):
    config = {
        "data": {"mine": dict(entry(), folder=str(folder / "data"))},
        "benchmarks": [
            {"id": "mine", "data": "mine", "train": "all", "test": "held_out"}
        ],
        "methods": ["box"],
    }
    settings = load_settings(config, [repository / "config"])
    assert list(settings.benchmarks["mine"]["domains"]) == ["left"]
