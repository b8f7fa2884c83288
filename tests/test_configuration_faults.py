"""Configurations that mean nothing, or not what they say, stop at planning in words."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sambench.errors import InputError
from sambench.published.numbers import check_published_names, read_published
from sambench.settings.requests import check_request
from sambench.settings.settings import load_settings

REPOSITORY = Path(__file__).parents[1]
CONFIG = REPOSITORY / "config"
MINI = {
    "data_source": "synthetic",
    "benchmarks": ["prostate"],
    "methods": ["erm", "box"],
    "image_size": 64,
    "select": {"prostate": {"sources": ["RUNMC"], "targets": ["BMC", "HK"]}},
    "overrides": {"erm": {"network": {"features": [8, 8, 16, 16]}}},
}


def load(folder: Path | None = None, **changes):
    """Load a small configuration with some keys changed; files of a folder first."""
    folders = [*([folder] if folder else []), CONFIG]
    return load_settings(MINI | changes, folders)


def write(folder: Path, kind: str, name: str, like: str, **changes) -> Path:
    """Write a document that is like another one."""
    path = folder / kind / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump({"id": name, "like": like, **changes}))
    return folder


# --- paths and texts ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("saml_prostate_path", ""),
        ("acdc_path", "  "),
        ("mirror", ""),
        ("hashes", ""),
        ("pathvars", {"results": ""}),
    ],
)
def test_an_empty_text_is_no_path(key, value):
    with pytest.raises(InputError, match="found an empty text, expected a") as caught:
        load(**{key: value})
    assert f"key '{key}" in caught.value.where


def test_an_empty_folder_of_predictions_is_no_folder():
    override = {"own_predictions": {"predictions": {"folder": ""}}}
    with pytest.raises(InputError, match="found an empty text, expected a folder"):
        load(methods=["own_predictions"], overrides=override)


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("my/{dataset}/{target}", r"folder': found 'my/\{dataset\}.*may hold"),
        ("my/{target", "other braces doubled"),
        ("my/{}", r"\{source\}, \{seed\} and \{target\}"),
    ],
)
def test_places_in_a_folder_of_predictions_are_known_ones(folder, message):
    override = {"own_predictions": {"predictions": {"folder": folder}}}
    with pytest.raises(InputError, match=message):
        load(methods=["own_predictions"], overrides=override)


def test_weights_were_trained_on_data_sets_that_there_are(tmp_path):
    seen = {"data": "promise21/A", "source": "its paper", "confidence": "stated"}
    with pytest.raises(InputError, match="Did you mean 'promise12'") as caught:
        load(overrides=MINI["overrides"] | {"box": {"trained_on": [seen]}})
    assert caught.value.where == "recipe 'box', key 'trained_on'"
    words = yaml.safe_dump({"backbones": {"sam_nano": [seen]}})
    (tmp_path / "contamination.yaml").write_text(words)
    changed = {"sam_box": {"network": {"backbone": "sam_nano"}}}
    with pytest.raises(InputError, match="unknown data set 'promise21'") as caught:
        load(tmp_path, methods=["sam_box"], overrides=changed)
    assert caught.value.where == "contamination.yaml, key 'backbones.sam_nano'"


# --- values ---------------------------------------------------------------------------


def test_a_key_of_the_configuration_file_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "mini.yaml"
    path.write_text("seeds: 3\nselect:\n  prostate: {}\nseeds: 1\n")
    with pytest.raises(InputError, match=r"key 'seeds': .* lines 1 and 4"):
        load_settings(MINI, [CONFIG], files=[path])


def test_whole_floats_are_whole_numbers():
    override = {"erm": {"training": {"epochs": 2.0, "batch_size": 4.0}}}
    settings = load(seeds=2.0, image_size=64.0, overrides=MINI["overrides"])
    assert settings.config["seeds"] == 2
    assert isinstance(settings.config["seeds"], int)
    assert isinstance(settings.config["image_size"], int)
    epochs = load(overrides=override).recipes["prostate"]["erm"]["training"]["epochs"]
    assert epochs == 2 and isinstance(epochs, int)
    with pytest.raises(InputError, match=r"found 1.5, expected a whole number"):
        load(seeds=1.5)


def test_scientific_notation_is_understood():
    for text in ("1e-3", "1E-3", "+1e-3"):
        override = {"erm": {"training": {"optimiser": {"lr": text}}}}
        recipe = load(overrides=override).recipes["prostate"]["erm"]
        assert recipe["training"]["optimiser"]["lr"] == 0.001


@pytest.mark.parametrize(
    ("text", "remedy"),
    [("0,001", "with a point: 0.001"), ("3", "without quotes"), ("x", "Correct")],
)
def test_text_that_is_no_number_gets_its_own_words(text, remedy):
    override = {"erm": {"training": {"optimiser": {"lr": text}}}}
    with pytest.raises(InputError, match=remedy):
        load(overrides=override)


def test_the_home_folder_is_meant(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(InputError, match=f"'{tmp_path}/acdc', which does not exist"):
        load(acdc_path="~/acdc")


def test_the_name_of_a_part_alone_gets_its_own_words():
    override = {"erm": {"views": ["randconv"]}}
    with pytest.raises(InputError, match=r"with its name: \{name: randconv\}\."):
        load(overrides=override)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_are_finite(number):
    override = {"erm": {"training": {"optimiser": {"lr": number}}}}
    with pytest.raises(InputError, match="expected a finite number"):
        load(overrides=override)


@pytest.mark.parametrize(
    ("key", "written"),
    [(False, '"no"'), (True, '"yes" or "on"'), (None, '"null"'), (2024, '"2024"')],
)
@pytest.mark.parametrize("place", [None, "select", "overrides", "phantoms"])
def test_a_key_that_is_no_text_is_explained(key, written, place):
    changes = {key: 1} if place is None else {place: {key: {}}}
    with pytest.raises(InputError) as caught:
        load_settings(MINI | changes | {"sead": 2}, [CONFIG])
    assert f"the key {key!r}" in caught.value.found
    assert written in caught.value.remedy
    assert place is None or f"key '{place}'" in caught.value.where


def test_the_key_on_of_a_part_is_understood_as_yaml_reads_it():
    objective = {"name": "squared_dice_bce", True: "first"}
    recipe = load(overrides={"erm": {"objective": objective}})
    found = recipe.recipes["prostate"]["erm"]["objective"]
    assert found == {"name": "squared_dice_bce", "on": "first"}


def test_a_name_that_yaml_reads_as_false_is_explained():
    with pytest.raises(InputError, match=r'YAML reads no, off .* in quotes: "no" or'):
        load(methods=["erm", False])


# --- names ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"methods": ["erm", "box", "erm"]},
        {"benchmarks": ["prostate", "prostate"]},
        {"select": {"prostate": {"sources": ["RUNMC", "RUNMC"]}}},
        {"select": {"prostate": {"targets": ["BMC", "BMC"]}}},
        {"select": {"prostate": {"methods": ["erm", "erm"]}}},
        {"accept_terms": ["acdc", "acdc"]},
    ],
)
def test_a_name_stands_in_a_list_once(changes):
    with pytest.raises(InputError, match="twice, expected every entry once"):
        load(**changes)


def test_an_unknown_path_variable_is_refused():
    with pytest.raises(InputError, match=r"unknown key 'result'.*mean 'results'"):
        load(pathvars={"result": "elsewhere"})


def test_a_key_that_was_renamed_names_the_new_one(tmp_path):
    with pytest.raises(InputError, match="key 'selection', expected 'checkpoints'"):
        load(selection={"candidates": 2})
    write(tmp_path, "protocols", "mine", "strict", selection="best_on_target")
    select = {"prostate": MINI["select"]["prostate"] | {"protocols": ["mine"]}}
    with pytest.raises(InputError, match="key 'selection', expected 'checkpoint'"):
        load(tmp_path, select=select)


def test_unknown_benchmarks_of_a_recipe_are_refused(tmp_path):
    change = {"training": {"epochs": 500}}
    write(tmp_path, "methods", "mine", "erm", per_benchmark={"prostat": change})
    with pytest.raises(
        InputError, match=r"mine\.yaml, key 'per_benchmark'.*'prostate'"
    ):
        load(tmp_path, methods=["mine"])
    override = {"erm": {"per_benchmark": {"prostat": change}}}
    with pytest.raises(
        InputError, match=r"'overrides\.erm\.per_benchmark'.*'prostate'"
    ):
        load(overrides=override)


def test_an_override_may_be_of_one_benchmark():
    change = {"training": {"epochs": 7}}
    override = {
        "erm": {"per_benchmark": {"prostate": change}, "training": {"epochs": 5}}
    }
    settings = load(benchmarks=["prostate", "riga"], overrides=override, image_size=96)
    assert settings.recipes["prostate"]["erm"]["training"]["epochs"] == 7
    assert settings.recipes["riga"]["erm"]["training"]["epochs"] == 5


@pytest.mark.parametrize("key", ["id", "like"])
def test_an_override_makes_no_other_recipe(key):
    with pytest.raises(InputError, match=rf"overrides\.erm': found '{key}'"):
        load(overrides={"erm": {key: "dapsam"}})


def test_provenance_of_no_value_is_refused(tmp_path):
    write(tmp_path, "methods", "mine", "erm", provenance={"netwrok": "a paper"})
    with pytest.raises(InputError, match=r"'netwrok'.*Did you mean 'network'"):
        load(tmp_path, methods=["mine"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sources": ["RUNMCC"]}, "key 'sources'.*Did you mean 'RUNMC'"),
        ({"targets": ["XX"]}, "key 'targets'.*unknown domain 'XX'"),
        ({"datasets": {"acdc": {}}}, "unknown data set 'acdc'"),
        ({"datasets": {"saml_prostate": {"rater": 1}}}, "unknown option 'rater'"),
        ({"domains": {"HK": {"preparation": "mri"}}}, "unknown preparation 'mri'"),
        (
            {"domains": {"HK": {"dataset": "saml"}}},
            "domains.HK.dataset.*unknown data set",
        ),
        (
            {"domains": {"HK": {"structures": {"prostate": [7]}}}},
            "label value of saml_prostate '7', expected one of 0, 1, 2",
        ),
        ({"split": {"rule": "patients"}}, "split.rule'.*Did you mean 'patient'"),
        ({"split": {"rule": "patient", "train_fraction": 1}}, "less than 1"),
        ({"split": {"rule": "patient", "seed": -1}}, "split.seed'.*at least 0"),
        ({"domains": {"HK": {"dataset": "riga_plus"}}}, "found riga_plus.*kind photo"),
    ],
)
def test_names_within_a_benchmark_are_known_ones(tmp_path, changes, message):
    write(tmp_path, "benchmarks", "mine", "prostate", label="Mine", **changes)
    with pytest.raises(InputError, match=message):
        load(tmp_path, benchmarks=["mine"], select={})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sise": 3}, "unknown key 'sise'.*Did you mean 'size'"),
        ({"size": 0}, "size'.*at least 16"),
        ({"dtype": "int16"}, "dtype'.*one of float32, uint8"),
        ({"rescale": [1, 0]}, r"rescale'.*\[low, high\]"),
        ({"clip": {"percentiles": [0.2, 99.8]}}, "clip'.*scope and voxels"),
        (
            {"clip": {"percentiles": [5, 101], "scope": "slice", "voxels": "all"}},
            "at most 100",
        ),
        ({"clip": {"percentiles": [95, 5], "scope": "slice", "voxels": "all"}}, "low"),
        (
            {"clip": {"window": [0, 3], "scope": "case"}},
            "scope'.*one of slice, volume",
        ),
        ({"clip": {"window": [3, 3]}}, r"clip.window'.*\[low, high\]"),
        ({"clip": {"window": [0, 3], "percentiles": [1, 99]}}, "either a window or"),
        ({"interpolation": "nearest"}, "interpolation'"),
        ({"standardise": "slice"}, "standardise'"),
        ({"standardise": "volume", "dtype": "uint8"}, "standardise'.*float32"),
        ({"standardise": "volume", "square": True}, "standardise'.*padded"),
        ({"square": 1}, "square'.*true or false"),
        ({"slices": True}, "slices'.*a mapping"),
        ({"slices": {"drop_last": 1}}, "drop_last'"),
        ({"slices": {"min_pixels": -1}}, "min_pixels'.*at least 0"),
        ({"slices": {"min_pixel": 1}}, "Did you mean 'min_pixels'"),
        ({"mask_anti_aliasing": True}, "domains.HK.structures'.*3 structures"),
    ],
)
def test_preparations_that_make_no_sense_are_refused(tmp_path, change, message):
    """As files have them: without what other benchmarks say of theirs."""
    domain = {"preparation": "own", "structures": {"all": [1, 2], "inner": [2]}}
    changes = {"preparations": {"own": change}, "domains": {"HK": domain}}
    write(tmp_path, "benchmarks", "mine", "prostate", label="Mine", **changes)
    with pytest.raises(InputError, match=message):
        load(tmp_path, benchmarks=["mine"], select={})


@pytest.mark.parametrize(
    ("change", "message"),
    [({"standardise": "volume"}, "photographs keep"), ({"dtype": "float32"}, "uint8")],
)
def test_photographs_have_no_intensities_to_change(tmp_path, change, message):
    changes = {"label": "Mine", "preparations": {"fundus": change}}
    write(tmp_path, "benchmarks", "mine", "riga", **changes)
    with pytest.raises(InputError, match=message):
        load(tmp_path, benchmarks=["mine"], select={})


@pytest.mark.parametrize("rater", [7, True])
def test_options_of_a_data_set_have_values_that_exist(tmp_path, rater):
    changes = {"label": "Mine", "datasets": {"riga_plus": {"rater": rater}}}
    write(tmp_path, "benchmarks", "mine", "riga", **changes)
    with pytest.raises(InputError, match=r"option 'rater'.*one of 1, .*majority"):
        load(tmp_path, benchmarks=["mine"], select={})


def test_two_things_of_one_table_have_two_labels(tmp_path):
    write(tmp_path, "methods", "my_erm", "erm")
    with pytest.raises(InputError, match="for both 'erm' and 'my_erm'"):
        load(tmp_path, methods=["erm", "my_erm"])
    load(tmp_path, methods=["my_erm"])
    write(tmp_path, "benchmarks", "mine", "prostate")
    with pytest.raises(InputError, match="for both 'prostate' and 'mine'"):
        load(tmp_path, benchmarks=["prostate", "mine"], select={})
    domain = {"HK": {"label": "A (RUNMC)"}}
    write(tmp_path, "benchmarks", "mine", "prostate", label="Mine", domains=domain)
    with pytest.raises(InputError, match=r"'HK'.* a label for each domain"):
        load(tmp_path, benchmarks=["mine"], select={})


# --- sizes ----------------------------------------------------------------------------


def test_widths_that_ibn_cannot_halve_are_refused():
    odd = {"level_ibn": {"network": {"widths": [8, 15, 32]}}}
    with pytest.raises(InputError, match=r"network\.widths.*found 15.*Take 14 or 16"):
        load(methods=["level_ibn"], overrides=odd, select={})


def test_slices_that_a_unet_cannot_halve_are_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        load(image_size=100)
    assert caught.value.where == "key 'image_size'"
    assert caught.value.remedy == "Take 96 or 104"
    with pytest.raises(InputError, match=r"key 'image_size\.prostate'"):
        load(image_size={"prostate": 100})
    with pytest.raises(InputError, match=r"multiple of 32, .*: 6 levels.* 64 or 96"):
        load(image_size=72, overrides={})
    deep = {"erm": {"network": {"features": [8] * 7}}}
    with pytest.raises(InputError, match=r"at least 128: 7 levels.*Take 128"):
        load(image_size=64, overrides=deep)
    with pytest.raises(InputError, match="at least 3 entries"):
        load(overrides={"erm": {"network": {"features": [8, 8]}}})
    load(image_size=100, methods=["box"])
    preparations = {"t2": {"size": 100}}
    own = {"label": "Mine", "preparations": preparations}
    write(tmp_path, "benchmarks", "mine", "prostate", **own)
    with pytest.raises(
        InputError, match=r"benchmark 'mine', key 'preparations\.t2\.size'"
    ):
        load(tmp_path, benchmarks=["mine"], select={}, image_size=None)


@pytest.mark.parametrize(
    ("method", "network", "key", "remedy"),
    [
        ("sam_box", {"image_size": 100}, "image_size", "Take 96 or 112"),
        ("dapsam", {"image_size": 500}, "image_size", "Take 496 or 512"),
        ("sam_box", {"image_size": -16}, "image_size", "Take 32"),
        ("lite_medsam_box", {"image_size": 512}, "image_size", "Leave out the key"),
        ("dapsam", {"backbone": "lite_medsam"}, "backbone", "Choose another"),
    ],
)
def test_image_sizes_that_a_sam_cannot_take_are_refused(method, network, key, remedy):
    with pytest.raises(InputError, match=remedy) as caught:
        load(methods=[method], overrides={method: {"network": network}})
    assert f"overrides.{method}', key 'network.{key}'" in caught.value.where


# --- what runs ------------------------------------------------------------------------


def test_a_selection_without_a_pair_is_refused():
    select = {"prostate": {"sources": ["RUNMC"], "targets": ["RUNMC"]}}
    with pytest.raises(InputError, match="no pair: sources RUNMC; targets RUNMC"):
        load(select=select)


def test_a_source_without_a_target_is_not_trained():
    select = {"prostate": {"sources": ["RUNMC", "BMC"], "targets": ["BMC"]}}
    settings = load(select=select)
    assert {run.source for run in settings.runs("prostate")} == {"RUNMC"}


def test_a_method_that_runs_nowhere_is_told():
    select = {"prostate": {**MINI["select"]["prostate"], "methods": ["erm"]}}
    notice = load(select=select, methods=["erm", "box"]).notice
    assert "method 'box' runs nowhere: select.prostate.methods list others" in notice
    assert "erm" not in notice
    notice = load(methods=["erm", "unet_specialist"], image_size=96).notice
    assert "'unet_specialist' runs nowhere: no benchmark fits it" in notice


REQUESTS = [
    ({"benchmark": "riga"}, "add it to `benchmarks`"),
    ({"benchmark": "prostate", "method": "dapsam"}, "add it to `methods`"),
    ({"benchmark": "prostate", "domain": "UCL"}, "add it to `select.prostate`"),
    (
        {"benchmark": "prostate", "protocol": "upper_bound"},
        r"`select\.prostate\.protocols`",
    ),
    ({"benchmark": "prostate", "method": "erm", "source": "HK"}, "unknown source 'HK'"),
    (
        {"benchmark": "prostate", "method": "erm", "source": "RUNMC", "target": "UCL"},
        "unknown target",
    ),
    ({"benchmark": "prostate", "method": "erm", "seed": "2"}, "Raise `seeds`"),
    ({"dataset": "acdc"}, "unknown data set 'acdc', expected one of saml_prostate"),
]


@pytest.mark.parametrize(("names", "message"), REQUESTS)
def test_a_file_of_what_does_not_run_is_refused_in_words(names, message):
    with pytest.raises(InputError, match=message):
        check_request(load(), names)


def test_files_of_what_runs_may_be_asked_for():
    pair = {"benchmark": "prostate", "target": "BMC", "seed": "1"}
    check_request(load(), pair | {"method": "erm", "source": "RUNMC"})
    check_request(load(), pair | {"method": "box", "source": "any"})
    with pytest.raises(InputError, match="which is not trained, expected one of erm"):
        names = {"benchmark": "prostate", "method": "box", "source": "RUNMC"}
        check_request(load(), names, trained=True)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("runs/prostate/box/RUNMC/seed1/weights.safetensors", "is not trained"),
        ("predictions/prostate/dapsam/RUNMC/seed1/last/BMC.npz", "`methods`"),
        ("scores/prostate/erm/RUNMC/seed1/any/BMC.parquet", "choice of weights"),
        ("tables/prostate/strict/dicee.html", "Did you mean 'dice'"),
    ],
)
def test_snakemake_says_so_without_a_traceback(tmp_path, file, words):
    (tmp_path / "mini.yaml").write_text(yaml.safe_dump(MINI))
    snakemake = [sys.executable, "-m", "snakemake", "-s", str(REPOSITORY / "Snakefile")]
    options = ["--configfile", "mini.yaml", "--cores", "1", "-n"]
    said = subprocess.run(
        [*snakemake, *options, f"results/{file}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert "the file asked for: found" in said.stderr and words in said.stderr
    assert "Traceback" not in said.stderr + said.stdout


def test_what_is_compared_with_is_published():
    numbers = read_published([CONFIG / "published"])
    settings = load()
    check_published_names(numbers, settings.benchmarks, settings.protocols)
    wrong = {"mine": {"published_as": "prostat"}}
    with pytest.raises(InputError, match=r"'prostat'.* Did you mean 'prostate'"):
        check_published_names(numbers, wrong, {})
    with pytest.raises(InputError, match="protocol 'mine', key 'beside'"):
        check_published_names(numbers, {}, {"mine": {"beside": ["audits"]}})


def test_benchmarks_that_read_one_data_set_differently_do_not_run_together(tmp_path):
    """All cases of one of them would be read as the other wants it."""
    changes = {"label": "Second rater", "datasets": {"riga_plus": {"rater": 2}}}
    folder = write(tmp_path, "benchmarks", "second", "riga", **changes)
    both = {"benchmarks": ["riga", "second"], "select": {}}
    with pytest.raises(InputError, match=r"2\}, while .riga. has \{.rater.: 1\}"):
        load(folder, **both)
    assert load(folder, **both | {"benchmarks": ["second"]}).datasets() == ["riga_plus"]


def test_options_that_are_the_default_need_not_be_said(tmp_path):
    changes = {"label": "Again", "datasets": {"riga_plus": {}}}
    folder = write(tmp_path, "benchmarks", "again", "riga", **changes)
    assert load(folder, benchmarks=["riga", "again"], select={}).benchmarks.keys() == {
        "riga",
        "again",
    }


@pytest.mark.parametrize("key", ["schedule", "optimisers.prompt.schedule"])
def test_a_rate_that_reaches_zero_before_the_end_is_refused(key):
    """Beyond it the rate of some schedules is no real number."""
    training = {"name": "poly_by_step", "horizon_epochs": 2}
    for name in reversed(key.split(".")):
        training = {name: training}
    changes = {"ccsdg": {"training": training | {"epochs": 3}}}
    with pytest.raises(InputError, match="2 epochs, expected at least") as caught:
        load(methods=["ccsdg"], overrides=changes)
    assert f"training.{key}.horizon_epochs" in caught.value.where


@pytest.mark.parametrize(
    ("benchmark", "select", "found"),
    [
        ("riga", {"sources": ["BinRushed", "MESSIDOR_Base3"]}, "'MESSIDOR_Base3'"),
        ("riga", {"targets": ["MESSIDOR_Base3", "BinRushed"]}, "'BinRushed'"),
        ("prostate", {"domains": ["HK", "BMC"], "targets": ["HK", "UCL"]}, "'UCL'"),
        ("tasks3d", {"sources": ["stomach_ct"]}, "'stomach_ct'"),
    ],
)
def test_what_cannot_be_a_source_or_target_is_not_left_out_in_silence(
    benchmark, select, found
):
    with pytest.raises(InputError, match=f"{found}, which is none here"):
        load(benchmarks=[benchmark], select={benchmark: select})


def test_methods_that_only_select_knows_are_said_to_be_left_out():
    select = {"prostate": MINI["select"]["prostate"] | {"methods": ["erm", "dapsam"]}}
    settings = load(methods=["erm"], select=select)
    assert list(settings.recipes["prostate"]) == ["erm"]
    assert "select.prostate.methods has dapsam, which `methods` does not" in (
        settings.notice
    )


@pytest.mark.parametrize(
    ("domain", "pair"),
    [
        ("MESSIDOR_Base1", "sources none; targets MESSIDOR_Base1"),
        ("BinRushed", "sources BinRushed; targets none"),
    ],
)
def test_domains_without_a_source_or_a_target_are_no_benchmark(domain, pair):
    with pytest.raises(InputError, match=f"no pair: {pair}"):
        load(benchmarks=["riga"], select={"riga": {"domains": [domain]}})


@pytest.mark.parametrize(
    ("override", "key", "expected"),
    [
        ({"network": None}, "network", "a network, as the predictor"),
        ({"training": None}, "training", "a training, or the name of pretrained"),
        ({"predictor": "label_shape", "training": None}, "shape", "a shape"),
        ({"predictor": "label_shape", "shape": "box"}, "training", "null: only"),
        ({"predictor": "files"}, "training", "null: only networks"),
    ],
)
def test_a_predictor_without_what_it_needs_is_refused(override, key, expected):
    """Its jobs would end in a traceback, after all data were packed."""
    with pytest.raises(InputError, match=expected) as caught:
        load(overrides={"erm": override})
    assert caught.value.where.endswith(f"key '{key}'")


def test_what_is_overridden_counts_for_where_a_method_can_run():
    with pytest.raises(InputError, match="trains a model of each domain alone"):
        load(methods=["erm"], overrides={"erm": {"source": "each"}})
