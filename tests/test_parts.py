"""Parts are checked at planning, against their own signatures, without an import."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sambench import methods, predict
from sambench.errors import InputError
from sambench.methods import OBJECTIVES
from sambench.methods.transforms import TRANSFORMS
from sambench.models import NETWORKS
from sambench.registry import Registry
from sambench.settings.parts import check_parts, slots
from sambench.settings.settings import load_settings
from sambench.signature import lacking_arguments, rules_of, signature_of
from sambench.source import find_definition

REPOSITORY = Path(__file__).parents[1]
REGISTRIES = [
    *(part for part in vars(methods).values() if isinstance(part, Registry)),
    TRANSFORMS,
    NETWORKS,
    predict.POLICIES,
]
ERM = "recipe 'erm' on 'prostate' with key 'overrides.erm'"
ERM_ANYWHERE = "recipe 'erm' with key 'overrides.erm'"


def load(method: str, **change) -> dict:
    """The recipe of a method on `prostate`, with an override."""
    config = {
        "benchmarks": ["prostate"],
        "methods": [method],
        "data_source": "synthetic",
        "overrides": {method: change},
    }
    settings = load_settings(config, [REPOSITORY / "config"])
    return settings.recipes["prostate"][method]


@pytest.mark.parametrize(
    ("method", "change", "key", "meant"),
    [
        ("erm", {"network": {"norm": "batch"}}, "network", None),
        ("erm", {"network": {"feature": [8, 8]}}, "network", "features"),
        ("erm", {"network": {"name": "unett"}}, "network.name", "unet"),
        ("erm", {"objective": {"dice_wieght": 0.7}}, "objective", "dice_weight"),
        ("erm", {"objective": {"name": "dice"}}, "objective.name", "dice_bce"),
        ("erm", {"input": {"normalisation": "z"}}, "input.normalisation.name", None),
        ("sam_box", {"prompt": {"jiter": [0, 5]}}, "prompt", "jitter"),
        ("sam_box", {"prompt": {"name": "bax"}}, "prompt.name", "box"),
        ("sam_box", {"network": {"backbone": "vit_B"}}, "network.backbone", "vit_b"),
        ("sam_box", {"network": {"tuning": {"name": "ful"}}},
         "network.tuning.name", "full"),
        ("sam_box", {"network": {"grid": {"qualty": 1}}}, "network.grid", "quality"),
        ("samed", {"network": {"rnk": 2}}, "network", "rank"),
        ("dbsam", {"network": {"channel_attention": "befoore"}},
         "network.channel_attention", "before"),
        ("csdg", {"consistency": {"per": "elements"}}, "consistency.per", "element"),
        ("dapsam", {"network": {"variant": "base"}}, "network.variant", None),
        ("medsam_full", {"training": {"prompt": {"gird": 2}}},
         "training.prompt", "grid"),
    ],
)  # fmt: skip
def test_a_misspelt_name_or_argument_stops_with_the_valid_ones(
    method, change, key, meant
):
    with pytest.raises(InputError) as caught:
        load(method, **change)
    assert caught.value.where.endswith(f"key 'overrides.{method}', key '{key}'")
    if meant:
        assert meant in caught.value.expected
        assert f"Did you mean '{meant}'" in caught.value.remedy


def free_texts(rules, path):
    """Yield the arguments of a part that may be any text."""
    for name, rule in rules.get("properties", {}).items():
        where = f"{path}.{name}"
        kinds = rule.get("type", ())
        if "string" in kinds and not {"enum", "pattern"} & rule.keys():
            yield where
        yield from free_texts(rule, where)
        for part, more in rule.get("parts", {}).items():
            yield from free_texts(more, f"{where}.{part}")


def test_no_argument_of_a_part_may_be_any_text():
    found = [
        text
        for registry in REGISTRIES
        for name in registry
        for text in free_texts(
            rules_of(registry.definition(name), registry.given), name
        )
    ]
    assert found == []


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"name": "flip", "p": 1}, "training.augmentation.1.name"),
        ({"name": "rotate_scale", "p": 1, "degree": 15, "scale": [1, 1]},
         "training.augmentation.1"),
        ({"name": "noise", "p": 1}, "training.augmentation.1"),
    ],
)  # fmt: skip
def test_each_step_of_the_augmentation_is_checked(change, key):
    steps = [{"name": "mirror", "p": 1}, change]
    with pytest.raises(InputError) as caught:
        load("erm", training={"augmentation": steps})
    assert caught.value.where == f"{ERM}, key '{key}'"


@pytest.mark.parametrize(
    ("method", "change", "expected"),
    [
        ("erm", {"objective": {"dice_weight": "much"}}, "a number"),
        ("erm", {"objective": {"dice_weight": 2}}, "at most 1"),
        ("erm", {"network": {"features": 8}}, "a list"),
        ("sam_box", {"prompt": {"jitter": [0]}}, "at least 2 entries"),
        ("sam_box", {"prompt": {"jitter": [-1, 3]}}, "at least 0"),
        ("sam_box", {"network": {"checkpointing": "yes"}}, "true or false"),
        ("sam_adapter", {"views": [{"name": "flip", "p": 50}]}, "at most 1"),
        (
            "cutout",
            {"views": [{"name": "cutout", "side": [0.2]}]},
            "at least 2 entries",
        ),
        ("dsu", {"features": {"p": 50}}, "at most 1"),
        ("maxstyle", {"network": {"up": [8, 8, 8]}}, "at least 4 entries"),
        ("ibn_a", {"network": {"widths": [8] * 5}}, "at most 4 entries"),
        ("maxstyle", {"algorithm": {"p": -1}}, "at least 0"),
    ],
)
def test_values_of_arguments_are_of_the_kind_that_the_signature_says(
    method, change, expected
):
    with pytest.raises(InputError) as caught:
        load(method, **change)
    assert caught.value.expected == expected


def test_arguments_are_read_as_the_signature_means_them():
    assert load("sam_box", prompt={"grid": 128.0})["prompt"]["grid"] == 128
    features = load("erm", network={"features": [8.0, 16, 16]})["network"]["features"]
    assert features == [8, 16, 16] and isinstance(features[0], int)
    weight = load("erm", objective={"dice_weight": "1e-1"})["objective"]["dice_weight"]
    assert weight == 0.1


def test_an_argument_that_the_code_gives_is_no_argument_of_a_recipe():
    with pytest.raises(InputError, match="unknown key 'structures'"):
        load("erm", network={"structures": 3})


def test_what_is_passed_on_to_another_part_is_checked_too():
    definition = NETWORKS.definition("dbsam")
    known = rules_of(definition, NETWORKS.given)["properties"]
    assert {"preset", "widths", "fusion", "drop_path"} <= known.keys()
    assert {"vit", "dim", "weights"}.isdisjoint(known)


def test_every_registered_part_has_a_source_and_named_arguments():
    for slot in slots().values():
        for name in slot.registry:
            signature = signature_of(slot.registry.definition(name))
            if slot.registry.kind in ("prompt", "normalisation", "consistency"):
                assert set(slot.registry.given) <= signature.arguments.keys(), name
            assert not signature.others, (slot.registry.kind, name)


def test_a_part_of_ones_own_is_named_by_its_module(tmp_path, monkeypatch):
    (tmp_path / "my_losses").mkdir()
    (tmp_path / "my_losses" / "__init__.py").write_text("from .soft import Soft\n")
    (tmp_path / "my_losses" / "soft.py").write_text(
        "import nothing_that_exists\n"
        "class Soft(nothing_that_exists.Loss):\n"
        "    def __init__(self, slope: float, *, hard: bool = False): ...\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    mine = {"name": "my_losses:Soft", "slope": 2}
    assert load("erm", objective=mine)["objective"] == mine
    with pytest.raises(InputError, match="Did you mean 'slope'"):
        load("erm", objective={**mine, "slop": 2})
    with pytest.raises(InputError, match="no key 'slope'"):
        load("erm", objective={"name": "my_losses:Soft"})
    with pytest.raises(InputError, match=r"no 'Sof' in .*my_losses.*`plugins`"):
        load("erm", objective={"name": "my_losses:Sof"})
    with pytest.raises(InputError, match="no module 'my_loses'"):
        load("erm", objective={"name": "my_loses:Soft"})
    (tmp_path / "my_losses" / "soft.py").write_text("class Soft(:\n")
    with pytest.raises(InputError, match=r"soft\.py, line 1: found text that is not"):
        load("erm", objective=mine)


def test_an_installed_package_offers_parts_under_short_names(tmp_path, monkeypatch):
    (tmp_path / "soft_loss.py").write_text("def soft(*, slope: float): ...\n")
    info = tmp_path / "soft_loss-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: soft-loss\nVersion: 1\n"
    )
    (info / "entry_points.txt").write_text(
        "[sambench.objective]\nsoft = soft_loss:soft\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(OBJECTIVES.__dict__, "_installed", raising=False)
    try:
        assert load("erm", objective={"name": "soft", "slope": 1})
        assert OBJECTIVES.is_own("soft") and not OBJECTIVES.is_own("dice_bce")
        with pytest.raises(InputError, match="Did you mean 'soft'"):
            load("erm", objective={"name": "sofd"})
    finally:
        OBJECTIVES.__dict__.pop("_installed", None)


def test_a_network_of_ones_own_says_by_an_entry_that_it_is_prompted(
    tmp_path, monkeypatch
):
    (tmp_path / "my_sam.py").write_text(
        "from sambench.models import Network\n"
        "def build(*, width: int): ...\n"
        "clicked = Network('my_sam:build', prompted=True)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert NETWORKS.entry("my_sam:clicked").prompted
    assert not NETWORKS.entry("my_sam:build").prompted
    with pytest.raises(InputError, match="no key 'width'"):
        load("erm", network={"name": "my_sam:clicked"})


def test_the_paper_grid_is_planned_without_torch():
    program = (
        "import sys, yaml; from pathlib import Path; "
        "from sambench.settings.settings import load_settings; "
        "load_settings(yaml.safe_load(open('config/paper.yaml')), [Path('config')]); "
        "print('torch' in sys.modules, 'monai' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["False", "False"]


def test_annotations_become_rules(tmp_path, monkeypatch):
    (tmp_path / "annotated.py").write_text(
        "from typing import Annotated, Any, Literal\n"
        "TABLE = {'a': 1, 'b': 2}\n"
        "Chance = Annotated[float, {'maximum': 1}]\n"
        "def part(given, x: int | None, y: Literal['s', 't'] = 's', *,\n"
        "         z: tuple[float, float] = (0, 1), w: 'list[str]' = (),\n"
        "         k: Annotated[str, 'annotated:TABLE'] | None = None, v=3,\n"
        "         c: Chance = 1): ...\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    rules = rules_of(find_definition("annotated", "part"), ("given",))
    assert rules["required"] == ["x"]
    assert rules["properties"] == {
        "x": {"type": ["integer", "null"]},
        "y": {"enum": ["s", "t"]},
        "z": {"type": "array", "minItems": 2, "maxItems": 2,
              "items": {"type": "number"}},
        "w": {"type": "array", "items": {"type": "string"}},
        "k": {"enum": ["a", "b", None]},
        "v": {},
        "c": {"type": "number", "maximum": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("*, structures: int", None),
        ("structures", None),
        ("**given", None),
        ("", "structures"),
        ("classes: int = 2", "structures"),
    ],
)
def test_a_network_takes_what_it_is_given(tmp_path, monkeypatch, arguments, found):
    (tmp_path / "lacking.py").write_text(f"def build({arguments}): ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    network = {"name": "lacking:build"}
    if found is None:
        assert load("erm", network=network)
        return
    with pytest.raises(InputError, match=f"which takes no {found}") as caught:
        load("erm", network=network)
    assert caught.value.where == f"{ERM}, key 'network.name'"


def test_every_part_of_the_library_takes_what_it_is_given():
    for registry in REGISTRIES:
        for name in registry:
            definition = registry.definition(name)
            assert not lacking_arguments(definition, registry.needed({"name": name}))


def test_every_recipe_of_the_paper_passes(repository):
    config = yaml.safe_load((repository / "config" / "paper.yaml").read_text())
    assert load_settings(config, [repository / "config"]).recipes["riga"]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"views": [3]}, "views.0"),
        ({"views": {"space": "packed"}}, "views"),
        ({"views": [{"name": "negativ"}]}, "views.0.name"),
        ({"views": {"name": "cutout", "sise": 3}}, "views"),
        ({"features": {"name": "dsu", "stages": 1}}, "features.stages"),
        ({"consistency": {"name": "kl"}}, "consistency.name"),
        ({"algorithm": {"name": "css"}}, "algorithm.name"),
        ({"inference": {"policy": {"name": "whole"}}}, "inference.policy.name"),
        ({"training": {"optimiser": {"beta": 1}}}, "training.optimiser"),
        ({"training": {"schedule": {"powr": 1}}}, "training.schedule"),
        (
            {
                "training": {
                    "optimisers": {"x": {"name": "sgd", "lr": 1, "schedule": {}}}
                }
            },
            "training.optimisers.x.schedule",
        ),
    ],
)
def test_every_kind_of_part_is_checked(change, key):
    with pytest.raises(InputError) as caught:
        load("erm", **change)
    where = caught.value.where.replace(" on 'prostate'", "")
    assert where == f"{ERM_ANYWHERE}, key '{key}'"


@pytest.mark.parametrize(
    ("views", "found"),
    [
        ([{"name": "branches", "of": [[{"name": "giin"}]]}], "unknown view 'giin'"),
        ([{"name": "branches", "of": [[{"name": "gla", "perr": 1}]]}], "perr"),
        (
            {"name": "branches", "of": [[]], "then": [{"name": "spatial", "p": 1}]},
            "unknown key 'p'",
        ),
    ],
)
def test_parts_within_parts_are_checked_too(views, found):
    with pytest.raises(InputError, match=found):
        check_parts({"views": views}, "a recipe")
