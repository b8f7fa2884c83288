"""Any change of a configuration file is understood or refused in words of ours."""

import copy
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sambench.errors import InputError
from sambench.settings.settings import load_settings

CONFIG = Path(__file__).parents[1] / "config"
MINI = {
    "data_source": "synthetic",
    "phantoms": {"cases": 2, "size": 64},
    "benchmarks": ["prostate"],
    "methods": ["erm", "sam_box", "box"],
    "image_size": 64,
    "select": {"prostate": {"sources": ["RUNMC"], "targets": ["BMC", "HK"]}},
    "overrides": {
        "erm": {"network": {"features": [8, 8, 16, 16]}, "training": {"epochs": 2}}
    },
    "checkpoints": {"candidates": 2, "validation": 0.1},
}
VALUES = (
    *(None, "", " ", 0, -1, 1.5, 2.0, float("nan"), float("inf"), True, False, [], {}),
    *([1], ["x"], [None], [[]], [{}], {"a": 1}, {1: 2}, 2024, 10**9, "1e-3", "no", "*"),
    *(":", "a.b:c", "../x", "mine", {"name": "x"}, {"name": 3}, {"name": []}),
    *({"name": "unet"}, {"name": "mine:part"}),
)
KEYS = (
    "name",
    "like",
    "id",
    "x",
    "per_benchmark",
    "provenance",
    "told",
    3,
    None,
    False,
)


def places(value: object, path: tuple = ()) -> Iterator[tuple]:
    """List the path of every value below a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(pairs):
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def changed(document: dict, chance: random.Random) -> dict:
    """Change one place of a document: set, remove, rename, repeat or add."""
    document = copy.deepcopy(document)
    *above, last = chance.choice(list(places(document)))
    holder = document
    for key in above:
        holder = holder[key]
    kind = chance.choice(["set", "set", "remove", "other"])
    if kind == "set":
        holder[last] = copy.deepcopy(chance.choice(VALUES))
    elif kind == "remove":
        del holder[last]
    elif isinstance(holder, list):
        holder.append(copy.deepcopy(holder[last]))
    else:
        holder[chance.choice([*KEYS, f"{last}s"])] = copy.deepcopy(
            chance.choice(VALUES)
        )
    return document


@pytest.mark.parametrize("seed", range(60))
def test_a_change_of_a_configuration_ends_well_or_in_words(seed, tmp_path):
    chance = random.Random(seed)
    kinds = {"methods": ("erm", "sam_box", "dapsam"), "benchmarks": ("prostate",)}
    for _ in range(2):
        config = changed(MINI, chance)
        try:
            load_settings(config, [CONFIG])
        except InputError as error:
            assert error.remedy
    kind = chance.choice(list(kinds))
    name = chance.choice(kinds[kind])
    document = yaml.safe_load((CONFIG / kind / f"{name}.yaml").read_text())
    (tmp_path / kind).mkdir()
    path = tmp_path / kind / f"{name}.yaml"
    path.write_text(yaml.safe_dump(changed(document, chance)))
    config = MINI | ({"methods": [name]} if kind == "methods" else {})
    try:
        load_settings(config | {"overrides": {}}, [tmp_path, CONFIG])
    except InputError as error:
        assert error.remedy
