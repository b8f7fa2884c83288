"""What rules ask: the files and parameters of jobs, without Snakemake running."""

import os
import re
from pathlib import Path

import pytest
from snakemake.iocontainers import Wildcards

from sambench.jobs import paths
from sambench.jobs.ask import none_of, one_of
from sambench.jobs.contexts import Contexts
from sambench.jobs.data import Data
from sambench.jobs.outputs import Outputs
from sambench.jobs.runs import Runs
from sambench.published.selection import HELD_OUT, PART_OF_GRID
from sambench.settings.settings import load_settings

CONFIG = Path(__file__).resolve().parents[1] / "config"
MINI = {
    "benchmarks": ["prostate"],
    "methods": ["erm", "box", "own_predictions"],
    "data_source": "synthetic",
    "seeds": 2,
    "select": {
        "prostate": {
            "domains": ["RUNMC", "BMC", "HK"],
            "sources": ["RUNMC"],
            "protocols": ["strict", "audit", "upper_bound"],
        }
    },
    "checkpoints": {"candidates": 3, "validation": 0.5},
    "overrides": {
        "own_predictions": {"predictions": {"folder": "mine/{source}/{target}"}}
    },
}
RUN = {"benchmark": "prostate", "method": "erm", "source": "RUNMC", "seed": "1"}


@pytest.fixture(scope="module")
def outputs() -> Outputs:
    settings = load_settings(MINI, [CONFIG])
    data = Data(settings, lambda pattern: pattern.replace("<results>", "nowhere"))
    return Outputs(Runs(data), Contexts(settings))


def names(**values: str) -> Wildcards:
    return Wildcards(fromdict={**RUN, **values})


def test_every_run_is_scored_by_each_choice_of_its_weights(outputs):
    scores = outputs.all_scores()
    root = "<results>/scores/prostate"
    trained = [
        f"{root}/erm/RUNMC/seed{seed}/{checkpoint}/{target}.parquet"
        for seed in (1, 2)
        for checkpoint in ("last", "best_on_source_validation", "best_on_target")
        for target in ("BMC", "HK")
    ]
    assert [path for path in scores if "/erm/" in path] == trained
    # Seeds change nothing of the box; masks made elsewhere may differ by seed.
    boxes = [path for path in scores if "/box/" in path]
    assert boxes == [f"{root}/box/RUNMC/seed1/any/{t}.parquet" for t in ("BMC", "HK")]
    assert len(scores) == len(trained) + 2 + 2 * 2
    assert outputs.scores(Wildcards(fromdict={"benchmark": "prostate"})) == scores


def test_what_is_not_trained_predicts_a_target_once(outputs):
    found = outputs.runs.predictions(
        names(method="box", seed="2", checkpoint="any", target="HK")
    )
    assert found == "<results>/predictions/prostate/box/any/seed1/any/HK.npz"
    own = names(method="own_predictions", seed="2", checkpoint="any", target="HK")
    assert "RUNMC/seed2/any" in outputs.runs.predictions(own)
    assert outputs.runs.masks_folder(own) == "mine/RUNMC/HK"


@pytest.mark.parametrize(
    ("checkpoint", "weights", "choice"),
    [
        ("last", "weights", None),
        ("best_on_source_validation", "candidates", "RUNMC"),
        ("best_on_target", "candidates", "HK"),
    ],
)
def test_each_checkpoint_has_its_weights(outputs, checkpoint, weights, choice):
    pair = names(checkpoint=checkpoint, target="HK")
    run = "<results>/runs/prostate/erm/RUNMC/seed1"
    assert outputs.runs.weights(pair) == [f"{run}/{weights}.safetensors"]
    file = f"{run}/checkpoints/{checkpoint}/{choice}.csv"
    assert outputs.runs.choice(pair) == ([file] if choice else [])


def test_weights_are_chosen_by_slices_of_the_source_or_the_target(outputs):
    on_source = names(checkpoint="best_on_source_validation", chosen_on="RUNMC")
    on_target = names(checkpoint="best_on_target", chosen_on="HK")
    packed = "<results>/packed/prostate/{}/slices.parquet"
    assert outputs.runs.choosing_slices(on_source) == [packed.format("RUNMC")]
    assert outputs.runs.choosing_slices(on_target) == [packed.format("HK")]
    assert outputs.runs.checkpoints(on_source)["validation"] == 0.5


@pytest.mark.parametrize(
    ("method", "checkpoint", "valid"),
    [("erm", "any", "last"), ("box", "last", "any")],
)
def test_a_choice_that_a_method_does_not_have_is_refused(
    outputs, method, checkpoint, valid
):
    pair = names(method=method, checkpoint=checkpoint, target="HK")
    with pytest.raises(
        SystemExit, match=f"choice of weights.* expected one of .*{valid}"
    ):
        outputs.runs.predictions(pair)


def test_methods_are_told_apart_by_patterns():
    others = re.compile(f"{none_of(['box', 'nnunet_2d'])}/")
    assert others.match("erm/") and others.match("box_as_mask/")
    assert not others.match("box/") and not others.match("nnunet_2d/")
    assert re.compile(none_of([])).match("erm")
    assert not re.compile(one_of([])).match("erm")


def test_a_run_that_is_not_as_published_says_why(outputs):
    protocol = Wildcards(fromdict={"benchmark": "prostate", "protocol": "strict"})
    assert outputs.contexts.why_not_comparable(protocol) == PART_OF_GRID
    whole = load_settings({**MINI, "select": {}}, [CONFIG])
    assert Contexts(whole).why_not_comparable(protocol) == HELD_OUT


def test_data_sets_that_a_rule_makes_lie_below_results(outputs):
    data = outputs.runs._data
    wildcards = Wildcards(fromdict={"dataset": "saml_prostate", "group": "RUNMC"})
    assert data.dataset_root(wildcards) == "<results>/data/saml_prostate"
    assert data.list_version("saml_prostate") == ""
    assert data.groups(wildcards, paths.GROUP_INVENTORY) == [
        f"<results>/inventory/saml_prostate/{group}.csv"
        for group in ("BMC", "HK", "RUNMC")
    ]
    assert data.files_record(wildcards) == (
        "nowhere/inventory/saml_prostate/.files/RUNMC.json"
    )


def test_masks_that_are_replaced_by_earlier_ones_are_scored_anew(
    outputs, tmp_path, monkeypatch
):
    """As `cp -p`, `rsync -a` and unpacking leave them: later here, but not by time."""
    monkeypatch.chdir(tmp_path)
    asked = names(method="own_predictions", target="BMC", checkpoint="any")
    absent = outputs.runs.masks_version(asked)
    mask = tmp_path / "mine/RUNMC/BMC/a.nii.gz"
    mask.parent.mkdir(parents=True)
    mask.write_bytes(b"one")
    first = outputs.runs.masks_version(asked)
    assert outputs.runs.masks_version(asked) == first != absent
    mask.write_bytes(b"two")
    os.utime(mask, (1e9, 1e9))
    assert outputs.runs.masks_version(asked) not in (first, absent)
