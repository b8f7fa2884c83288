"""Fixtures shared by the tests."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from sambench.data.packed import PackedSlices
from sambench.settings.recipe import recipe_for, training_part
from sambench.settings.schema import validate
from workflow_runs import Workflow, finished_run, once

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what runs Snakemake, since it takes longest."""
    items.sort(key=lambda item: item.get_closest_marker("workflow") is None)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Path:
    """A folder of all worker processes."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def finished(repository: Path, shared: Path) -> Workflow:
    """A finished run of the smoke configuration, one for all worker processes."""
    return finished_run(repository, shared)


@pytest.fixture(scope="session")
def untrained(repository: Path, shared: Path) -> Path:
    """Results without training and their report, one for all worker processes."""
    from report_page import write_page  # loads all that draws

    folder = shared / "untrained"
    once(folder, lambda: write_page(folder, repository))
    return folder


@pytest.fixture
def fresh(repository: Path, tmp_path: Path) -> Workflow:
    """A run of the smoke configuration that has not begun."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    return Workflow(repository, folder, tmp_path / "conda")


@pytest.fixture
def pack_discs(tmp_path: Path) -> Callable[..., PackedSlices]:
    """Write a small store of packed slices: a bright disc on noise in each slice."""

    def write(
        name: str = "domain",
        cases: int = 4,
        slices: int = 3,
        size: int = 64,
        structures: tuple[str, ...] = ("disc",),
        splits: tuple[str, ...] = ("train", "train", "train", "test"),
    ) -> PackedSlices:
        generator = np.random.default_rng([cases, slices, size, len(name)])
        folder = tmp_path / name
        folder.mkdir()
        count = cases * slices
        masks = np.zeros((count, size, size), np.uint8)
        images = generator.normal(0, 0.3, (count, size, size)).astype(np.float32)
        y, x = np.mgrid[:size, :size]
        for number in range(count):
            if number % slices == slices - 1:
                continue  # the last slice of each case is empty
            cy, cx = generator.uniform(0.35 * size, 0.65 * size, 2)
            radius = generator.uniform(0.15 * size, 0.25 * size)
            distance = np.hypot(y - cy, x - cx)
            masks[number][distance < radius] = 1
            masks[number][distance < radius / 2] = len(structures)
            images[number] += masks[number] > 0
        np.save(folder / "images.npy", images)
        np.save(folder / "masks.npy", masks)
        pd.DataFrame(
            {
                "case": np.repeat([f"case{n}" for n in range(cases)], slices),
                "patient": np.repeat([f"patient{n}" for n in range(cases)], slices),
                "split": np.repeat(np.resize(splits, cases), slices),
                "slice": np.tile(np.arange(slices), cases),
                "foreground": masks.any(axis=(1, 2)),
                "native_rows": size,
                "native_columns": size,
                "spacing_z": 3.0,
                "spacing_y": 0.5,
                "spacing_x": 0.5,
            }
        ).to_parquet(folder / "slices.parquet", index=False)
        description = {
            "benchmark": "test",
            "domain": name,
            "kind": "volume",
            "unit": "mm",
            "structures": {
                structure: list(range(n + 1, len(structures) + 1))
                for n, structure in enumerate(structures)
            },
            "data_source": "synthetic",
            "preparation": {},
            "arrays": {
                array: {
                    "shape": list(value.shape),
                    "dtype": str(value.dtype),
                    "crc32": 0,
                }
                for array, value in (("images", images), ("masks", masks))
            },
            "grids": {
                f"case{n}": {
                    "affine": np.diag([0.5, 0.5, 3.0, 1.0]).tolist(),
                    "shape": [size, size, slices],
                    "turn": [[0, 1], [1, 1], [2, 1]],
                }
                for n in range(cases)
            },
        }
        (folder / "domain.json").write_text(json.dumps(description))
        return PackedSlices(folder)

    return write


@pytest.fixture
def small_recipe(repository: Path) -> dict:
    """The U-Net's recipe with a training of seconds."""
    path = repository / "config" / "methods" / "erm.yaml"
    recipe = validate(yaml.safe_load(path.read_text()), "method", path)
    change = {
        "network": {"features": [8, 8, 16, 16]},
        "training": {
            "epochs": 3,
            "min_steps_per_epoch": 2,
            "batch_size": 4,
            "schedule": {"warmup_steps": 1},
        },
    }
    return recipe_for(recipe, ["prostate"], change)


@pytest.fixture
def small_training(small_recipe: dict) -> dict:
    """The training part of `small_recipe`."""
    return training_part(small_recipe)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """One torch thread, for networks too small to share among several."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
