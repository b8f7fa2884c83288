"""The configuration: defaults, clear errors, the fan-out."""

from pathlib import Path

import pytest
import yaml

from sambench.data.datasets import DATASETS
from sambench.errors import InputError
from sambench.fetch.weights import WEIGHTS
from sambench.methods.told import told
from sambench.settings.availability import offers_of
from sambench.settings.catalogue import Catalogue
from sambench.settings.contamination import has_seen, read_contamination
from sambench.settings.datasets import load_registry
from sambench.settings.grid import misfit, source_domains, sources_of, targets_of
from sambench.settings.inheritance import covers, merge
from sambench.settings.recipe import (
    OVERRIDDEN,
    prediction_part,
    recipe_for,
    training_part,
)
from sambench.settings.schema import load_schema, validate
from sambench.settings.settings import load_settings
from sambench.settings.yaml_file import parse_yaml


@pytest.fixture
def demo(repository: Path) -> dict:
    return yaml.safe_load((repository / "config" / "config.yaml").read_text())


@pytest.fixture
def load(repository: Path, demo: dict):
    """Load the demo's configuration with some keys changed."""
    return lambda **changes: load_settings(demo | changes, [repository / "config"])


CATALOGUE = Catalogue([Path(__file__).parents[1] / "config"])
METHODS = CATALOGUE.names("methods")


@pytest.mark.parametrize("kind", ["benchmarks", "methods", "protocols"])
def test_every_document_keeps_to_its_schema(repository, kind):
    catalogue = Catalogue([repository / "config"])
    assert catalogue.names(kind)
    for name in catalogue.names(kind):
        assert catalogue.load(kind, name, kind)["id"] == name


@pytest.mark.parametrize("name", METHODS)
def test_every_value_of_a_recipe_says_where_it_comes_from(name):
    recipe = CATALOGUE.written("methods", name, "methods")
    stated = recipe["provenance"]
    assert not [key for key in stated if "no source stated" in stated[key]]
    for key in ("network", "input", "objective", "training", "inference"):
        if recipe.get(key) is not None:
            for leaf in leaves(recipe[key], key):
                assert any(covers(prefix, leaf) for prefix in stated), leaf


@pytest.mark.parametrize("name", METHODS)
def test_provenance_names_only_values_that_the_recipe_has(name):
    recipe = CATALOGUE.written("methods", name, "methods")
    for stated in recipe["provenance"]:
        value = recipe
        for part in stated.split("."):
            assert part in value, stated
            value = value[part]


BASE = """
id: base
label: Base
summary: A recipe that others are like.
references: []
network: {name: unet, features: [8, 16]}
objective: {name: dice_bce, dice_weight: 0.8}
training:
  epochs: 5
  batch_size: 2
  optimiser: {name: adamw, lr: 1.0e-3}
  schedule: {name: poly, warmup_steps: 3}
per_benchmark:
  riga: {objective: {dice_weight: 0.5}, training: {epochs: 7, batch_size: 4}}
provenance:
  network: a paper
  objective: a book
  training: a code
  training.epochs: a table
"""


def leaves(value, key=""):
    """List the dotted keys of every value below a mapping, parts of parts included."""
    if not isinstance(value, dict) or not value:
        return [key]
    return [
        leaf
        for name, inner in value.items()
        for leaf in leaves(inner, f"{key}.{name}" if key else str(name))
    ]


def like_base(folder: Path, text: str) -> dict:
    (folder / "methods").mkdir()
    (folder / "methods" / "base.yaml").write_text(BASE)
    (folder / "methods" / "mine.yaml").write_text(f"id: mine\nlike: base\n{text}")
    folders = [folder, *CATALOGUE.folders]
    return Catalogue(folders).load("methods", "mine", "methods")


def test_another_part_takes_over_no_argument_of_the_old_one(tmp_path):
    mine = like_base(tmp_path, "objective: {name: squared_dice_bce}\n")
    assert mine["objective"] == {"name": "squared_dice_bce"}
    riga = recipe_for(mine, ["riga"], {})
    assert riga["objective"] == {"name": "squared_dice_bce"}
    assert riga["training"]["epochs"] == 7
    assert mine["provenance"] == {
        "network": "a paper",
        "training": "a code",
        "training.epochs": "a table",
        "objective": "no source stated in mine.yaml",
    }


def test_a_value_takes_the_place_of_the_one_that_is_inherited_everywhere(tmp_path):
    mine = like_base(tmp_path, "training: {epochs: 9, schedule: {name: constant}}\n")
    assert "warmup_steps" not in mine["training"]["schedule"]
    assert recipe_for(mine, ["riga"], {})["training"]["epochs"] == 9
    assert recipe_for(mine, ["riga"], {})["training"]["batch_size"] == 4
    unstated = "no source stated in mine.yaml"
    assert mine["provenance"]["training.epochs"] == unstated
    assert mine["provenance"]["training.schedule"] == unstated
    assert mine["provenance"]["training"] == "a code"


def test_what_is_not_trained_any_more_takes_over_no_training(tmp_path):
    mine = like_base(tmp_path, "training: null\nprovenance: {network: my own}\n")
    assert recipe_for(mine, ["riga"], {})["training"] is None
    assert mine["provenance"] == {"objective": "a book", "network": "my own"}


def test_an_override_is_no_value_of_the_recipes_source(load):
    change = {"erm": {"objective": {"name": "squared_dice_bce"}}}
    recipe = load(overrides=change, preset=None, methods=["erm"], select={}).recipes[
        "riga"
    ]["erm"]
    assert recipe["objective"] == {"name": "squared_dice_bce"}
    assert recipe["provenance"]["objective"] == OVERRIDDEN
    assert "CCSDG" in recipe["provenance"]["training.epochs"]


def test_the_protocols_of_a_benchmark_can_be_chosen(load):
    benchmarks = load().benchmarks
    chosen = load(select={"prostate": {"protocols": ["upper_bound", "strict"]}})
    assert chosen.benchmarks["prostate"]["protocols"] == ["upper_bound", "strict"]
    assert chosen.benchmarks["riga"]["protocols"] == benchmarks["riga"]["protocols"]
    assert chosen.protocols["upper_bound"]["checkpoint"] == "best_on_target"
    assert chosen.config["checkpoints"] == {"candidates": 1, "validation": 0}
    with pytest.raises(InputError, match="Did you mean 'upper_bound'"):
        load(select={"prostate": {"protocols": ["upper_bond"]}})


def test_missing_keys_get_the_defaults_of_the_schema(load):
    settings = load()
    assert settings.config["phantoms"]["cases"] == 5
    assert settings.recipes["prostate"]["oracle"]["inference"]["threshold"] == 0.5


@pytest.mark.parametrize(
    ("changes", "found", "remedy"),
    [
        ({"benchmarks": ["prostat"]}, "'prostat'", "prostate"),
        ({"methods": ["ermm"]}, "'ermm'", "erm"),
        ({"method": ["erm"]}, "'method'", "methods"),
        ({"select": {"prostate": {"sources": ["RUNM"]}}}, "'RUNM'", "RUNMC"),
        ({"select": {"prostat": {}}}, "'prostat'", "prostate"),
        ({"image_size": {"prostat": 96}}, "'prostat'", "prostate"),
        ({"overrides": {"erm": {"trainin": {}}}}, "'trainin'", "training"),
        ({"overrides": {"ermm": {}}}, "'ermm'", "erm"),
        ({"phantoms": {"case": 3}}, "'case'", "cases"),
        ({"acdcc_path": "."}, "'acdcc_path'", "acdc_path"),
    ],
)
def test_an_unknown_name_is_reported_with_the_valid_ones(load, changes, found, remedy):
    with pytest.raises(InputError) as caught:
        load(**changes)
    assert found in caught.value.found
    assert remedy in caught.value.expected
    assert f"Did you mean '{remedy}'" in caught.value.remedy


def test_nested_values_of_the_command_line_are_explained(load):
    with pytest.raises(InputError, match="--configfile") as caught:
        load(overrides={"erm": {"training": {"epochs": "5"}}})
    assert "overrides.erm" in str(caught.value)
    assert "training.epochs" in str(caught.value)


def test_a_list_given_as_text_is_explained(load):
    with pytest.raises(InputError, match=r"--config 'methods=\[erm,box\]'"):
        load(methods="erm")


def test_original_data_need_a_path_that_exists(load, tmp_path):
    select = {"tasks3d": {"domains": ["brain_ventricles_mr_t1"]}}
    with pytest.raises(InputError, match="then set abcs_path"):
        load(data_source="original", benchmarks=["tasks3d"], select=select)
    with pytest.raises(InputError, match="does not exist"):
        load(acdc_path=str(tmp_path / "nowhere"))


def test_a_path_makes_a_data_set_original_and_leaves_the_others_synthetic(
    load, tmp_path
):
    settings = load(acdc_path=str(tmp_path))
    assert settings.data_source("acdc") == "original"
    assert settings.data_source("amos22") == "synthetic"


def test_each_source_is_tested_on_all_other_targets(load):
    prostate = load(select={}).benchmarks["prostate"]
    assert len(sources_of(prostate)) == 6
    assert "BMC" not in targets_of(prostate, "BMC")
    assert len(targets_of(prostate, "BMC")) == 5


def test_one_model_for_all_tasks_trains_on_every_selected_domain(load):
    select = {"tasks3d": {"domains": ["liver_mr", "stomach_ct"]}}
    tasks = load(select=select).benchmarks["tasks3d"]
    assert sources_of(tasks) == ["all"]
    assert source_domains(tasks, "all") == ["liver_mr", "stomach_ct"]
    assert targets_of(tasks, "all") == ["liver_mr", "stomach_ct"]


def test_runs_are_methods_by_sources_by_seeds(load):
    settings = load(seeds=2, methods=["erm", "box"], select={})
    runs = {(run.method, run.source, run.seed) for run in settings.runs("riga")}
    assert runs == {
        *(("erm", s, n) for s in ("BinRushed", "Magrabia") for n in (1, 2)),
        *(("box", s, 1) for s in ("BinRushed", "Magrabia")),
    }


def test_a_benchmark_may_run_some_of_the_methods_only(load):
    select = {"riga": {"methods": ["box", "erm"]}}
    settings = load(select=select, methods=["erm", "oracle", "box"])
    assert {run.method for run in settings.runs("riga")} == {"box", "erm"}
    assert {run.method for run in settings.runs("prostate")} == {"erm", "oracle", "box"}
    with pytest.raises(InputError, match=r"select\.riga\.methods"):
        load(select={"riga": {"methods": ["emty"]}}, methods=["erm"])
    with pytest.raises(InputError, match="some of the methods that run: erm"):
        load(select={"riga": {"methods": ["empty"]}}, methods=["erm"])


def test_a_method_does_not_train_on_the_cases_that_test_it(load, tmp_path):
    given = {"data_source": "original", "acdc_path": str(tmp_path)}
    with pytest.raises(InputError, match=r"select\.acdc\.methods") as caught:
        load(benchmarks=["acdc"], methods=["erm", "box"], select={}, **given)
    assert "erm" in caught.value.found and "box" not in caught.value.found
    select = {"acdc": {"methods": ["box"]}}
    load(benchmarks=["acdc"], methods=["erm", "box"], select=select, **given)


def test_words_of_a_recipe_are_no_part_of_what_results_depend_on(load):
    recipe = load().recipes["riga"]["erm"]
    for part in (training_part(recipe), prediction_part(recipe)):
        assert "label" not in part
        assert "provenance" not in part
        assert part["version"] == recipe["version"]


def test_merging_replaces_lists_and_merges_mappings():
    base = {"a": {"b": 1, "c": [1, 2]}, "d": 3}
    assert merge(base, {"a": {"c": [9]}}) == {"a": {"b": 1, "c": [9]}, "d": 3}
    assert base["a"]["c"] == [1, 2]


def test_a_document_under_another_name_is_refused(repository, tmp_path):
    folder = tmp_path / "methods"
    folder.mkdir()
    text = (repository / "config" / "methods" / "box.yaml").read_text()
    (folder / "crate.yaml").write_text(text)
    with pytest.raises(InputError, match="the file's name, 'crate'"):
        Catalogue([tmp_path]).load("methods", "crate", "methods")


def test_text_that_is_not_yaml_names_the_file(tmp_path):
    folder = tmp_path / "methods"
    folder.mkdir()
    (folder / "broken.yaml").write_text("id: [")
    with pytest.raises(InputError, match=r"broken\.yaml"):
        Catalogue([tmp_path]).load("methods", "broken", "methods")


@pytest.mark.parametrize(
    "name", ["config", "benchmark", "method", "protocol", "contamination"]
)
def test_every_schema_refuses_unknown_keys(name):
    assert load_schema(name)["additionalProperties"] is False
    with pytest.raises(InputError):
        validate({"nonsense": 1}, name, "here")


def test_a_document_like_another_holds_only_what_differs(repository):
    catalogue = Catalogue([repository / "config"])
    base = catalogue.load("benchmarks", "tasks3d", "benchmarks")
    variant = catalogue.load("benchmarks", "tasks3d_v0", "benchmarks")
    assert variant["domains"] == base["domains"]
    assert variant["preparations"]["mr"]["clip"] == base["preparations"]["mr"]["clip"]
    assert variant["preparations"]["mr"]["slices"]["min_pixels"] == 100
    assert base["preparations"]["mr"]["slices"] is None


def test_a_recipe_keeps_its_values_on_benchmarks_that_are_like_another(load):
    settings = load(benchmarks=["riga", "riga_full"], select={}, methods=ALL_DAPSAM)
    for method in ALL_DAPSAM:
        on_riga = settings.recipes["riga"][method]
        assert on_riga["network"]["image_size"] == 512
        assert settings.recipes["riga_full"][method] == on_riga


ALL_DAPSAM = ["dapsam_filter", "dapsam_release"]


def test_a_schedule_that_ends_before_the_training_is_refused(load):
    changed = {"dapsam": {"training": {"epochs": 201}}}
    with pytest.raises(InputError, match="found 200 epochs, expected at least"):
        load(overrides=changed, preset=None)


def test_documents_like_each_other_are_refused(tmp_path):
    folder = tmp_path / "methods"
    folder.mkdir()
    (folder / "a.yaml").write_text("{id: a, like: b}")
    (folder / "b.yaml").write_text("{id: b, like: a}")
    with pytest.raises(InputError, match="a -> b -> a"):
        Catalogue([tmp_path]).load("methods", "a", "methods")


def test_label_values_of_every_offer_are_those_of_its_set(repository):
    for name in ("tasks3d", "tasks3d_released", "prostate", "riga"):
        benchmark = Catalogue([repository / "config"]).load("benchmarks", name, "x")
        for domain in benchmark["domains"].values():
            for offer in (domain, *domain.get("alternatives", [])):
                labels = DATASETS[offer["dataset"]].labels
                for values in offer["structures"].values():
                    assert set(values) <= labels - {0}, (name, offer)


def test_offers_say_which_set_serves_and_which_could(repository):
    config = {
        "benchmarks": ["tasks3d"],
        "methods": ["box"],
        "data_source": "original",
        "select": {"tasks3d": {"domains": ["liver_ct", "abdomen_tumor_ct"]}},
    }
    settings = load_settings(config, [repository / "config"])
    whole = Catalogue([repository / "config"]).load("benchmarks", "tasks3d", "x")
    rows = offers_of(
        whole,
        settings.benchmarks["tasks3d"],
        settings.is_available,
        lambda dataset: settings.origin("tasks3d", dataset),
    )
    found = {(r["number"], r["dataset"], r["group"]): r for r in rows}
    assert found["13", "kits19", "ct"]["use"] == "not available"
    assert found["13", "msd", "liver_ct"]["use"] == "serves"
    assert found["13", "msd", "liver_ct"]["origin"] == "rebuilt"
    assert found["13", "msd", "colon_ct"]["use"] == "in reserve"
    assert found["13", "msd", "colon_ct"]["structures"] == "abdomen_tumour 1"
    assert found["16", "abdomenct1k", "ct"]["use"] == "serves"
    assert found["7", "acdc", "mr"]["use"] == "not selected"
    assert found["7", "mnms", "mr"]["use"] == "not available"
    assert {r["confidence"] for r in rows} == {"inferred"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: {b: 1}\na: 2\n", r"key 'a': found the key twice, in lines 1 and 2"),
        ("a:\n  b:\n    c: 1\n    c: 2\n", r"key 'a\.b\.c': .* lines 3 and 4"),
        ("a: {b: 1, b: 2}\n", r"key 'a\.b'"),
        ('{"a": 1, "a": 2}', "key 'a'"),
    ],
)
def test_a_key_that_stands_twice_is_refused(text, found):
    with pytest.raises(InputError, match=found):
        parse_yaml(text, "x.yaml")


def test_keys_taken_over_by_a_merge_key_may_be_changed():
    text = "a: &a {x: 1, y: 2}\nb: &b {<<: *a, x: 3}\nc: {<<: *b, y: 4}\n"
    assert parse_yaml(text, "x")["c"] == {"x": 3, "y": 4}


def test_scientific_notation_is_a_number():
    assert parse_yaml("[1e-3, 1E5, -2.e+3, 1.0e-3, 1e, e5]", "x") == [
        0.001, 1e5, -2000.0, 0.001, "1e", "e5",
    ]  # fmt: skip


# What a method is told, what was changed of it, what it was trained on


def resolved(repository, **more):
    config = {
        "benchmarks": ["prostate"],
        "methods": ["erm", "sam_box", "sam_whole_box", "medsam_box", "oracle"],
        "data_source": "synthetic",
    }
    settings = load_settings(config | more, [repository / "config"])
    return settings.recipes["prostate"]


def test_what_a_method_is_told_follows_from_its_prompt(repository):
    found = {name: r["told"] for name, r in resolved(repository).items()}
    assert found == {
        "erm": "nothing",
        "sam_box": "box",
        "sam_whole_box": "nothing",
        "medsam_box": "box",
        "oracle": "label",
    }


def test_a_prompt_can_say_what_it_reveals_and_an_unknown_one_has_to():
    assert told({"id": "x", "prompt": {"name": "mine:prompt", "told": "points"}}) == (
        "points"
    )
    with pytest.raises(InputError, match="key 'told'"):
        told({"id": "x", "prompt": {"name": "mine:prompt"}})
    recipe = {"id": "own", "prompt": {"name": "none", "told": "box"}}
    assert told(recipe) == "box"  # predictions that were made with boxes


def test_told_is_no_argument_of_the_prompt(repository):
    more = {"overrides": {"erm": {"prompt": {"told": "points"}}}}
    recipe = resolved(repository, **more)["erm"]
    assert recipe["told"] == "points" and recipe["prompt"] == {"name": "none"}


def test_changed_values_are_listed_with_the_old_ones(repository):
    more = {
        "overrides": {
            "erm": {"training": {"epochs": 8, "optimiser": {"lr": 0.003}}},
            "sam_box": {"network": {"backbone": "sam_nano"}},
        }
    }
    recipes = resolved(repository, **more)
    assert recipes["erm"]["changed"] == {"training.epochs": [100, 8]}  # lr is as it was
    assert recipes["sam_box"]["changed"] == {"network.backbone": ["vit_b", "sam_nano"]}
    assert recipes["oracle"]["changed"] == {}


def test_weights_that_have_seen_data_say_so_by_site(repository):
    recipes = resolved(repository)
    domains = Catalogue([repository / "config"]).load("benchmarks", "prostate", "x")
    seen = {
        name
        for name, domain in domains["domains"].items()
        if has_seen(recipes["medsam_box"]["seen"], domain)
    }
    assert seen == {"UCL", "BIDMC", "HK"}  # cut from PROMISE12 and Task05
    assert recipes["sam_box"]["seen"] == []
    changed = {"overrides": {"medsam_box": {"network": {"backbone": "sam_nano"}}}}
    assert resolved(repository, **changed)["medsam_box"]["seen"] == []


def test_contamination_names_data_sets_and_backbones_that_there_are(repository):
    found = read_contamination([repository / "config"])
    registry = load_registry([repository / "config"])
    files = Catalogue([repository / "config"])
    documents = files.load_all("benchmarks", files.names("benchmarks"), "benchmarks")
    domains = [d for one in documents.values() for d in one["domains"].values()]
    groups = {f"{domain['dataset']}/{domain['group']}" for domain in domains}
    for backbone, entries in found.items():
        assert backbone in WEIGHTS or backbone == "sam_med2d"
        for entry in entries:
            assert entry["data"] in groups or entry["data"] in registry


@pytest.mark.parametrize(
    ("needs", "structures", "found"),
    [
        ({"most": 1}, [["disc", "cup"]], "at most 1 structure"),
        ({"most": 4}, [["disc", "cup"]], None),
        ({"most": 2}, [["a"], ["b"], ["c"]], "at most 2 structures"),
        ({"together": True}, [["a", "b"], ["a"]], "every domain must label"),
        ({"together": True}, [["a", "b"], ["a", "b"]], None),
        (None, [["a", "b"], ["c"]], None),
    ],
)
def test_a_method_says_which_structures_it_can_segment(needs, structures, found):
    domains = {
        f"d{n}": {"structures": {name: [1] for name in names}}
        for n, names in enumerate(structures)
    }
    benchmark = {"pairs": "others", "kind": "volume", "domains": domains}
    recipe = {"source": "benchmark", "external": None, "structures": needs}
    said = misfit(benchmark, recipe)
    assert found in said if found else said == ""


@pytest.mark.parametrize("method", ["erm", "sam_grid"])
def test_clicks_on_what_takes_none_are_refused(load, method):
    with pytest.raises(InputError, match=f"recipe '{method}'.*inference.clicks"):
        load(
            methods=[method],
            select={},
            overrides={method: {"inference": {"clicks": 5}}},
        )


def test_keys_are_words_even_if_yaml_takes_them_for_truth_values():
    document = parse_yaml("objective: {on: first}\nflag: on\n", "a file")
    assert document == {"objective": {"on": "first"}, "flag": True}
