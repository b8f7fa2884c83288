"""What a change of the configuration or of the results runs again."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

from workflow_runs import Workflow

pytestmark = pytest.mark.workflow


@pytest.fixture
def copy(finished: Workflow, tmp_path: Path) -> Workflow:
    """A copy of the finished run, to be changed."""
    return finished.copied(tmp_path / "copy")


def test_masks_of_the_user_become_a_row_and_a_missing_one_a_failure(finished, tmp_path):
    """The example, on the labels of the data themselves, one of them missing."""
    shutil.copytree(finished.results / "data", tmp_path / "results" / "data")
    shutil.copytree(finished.results / "inventory", tmp_path / "results" / "inventory")
    workflow = finished.fresh(tmp_path)
    example = finished.repository / "config" / "examples" / "own_predictions.yaml"
    smoke = yaml.safe_load(workflow.config.read_text())
    config = yaml.safe_load(example.read_text())
    config |= {key: smoke[key] for key in ("phantoms", "image_size")}
    folder = "my_predictions/{benchmark}/trained_on_{source}/{target}"
    config["overrides"]["own_predictions"]["predictions"]["folder"] = folder
    workflow.config.write_text(yaml.safe_dump(config))
    inventory = pd.read_csv(workflow.results / "inventory" / "saml_prostate.csv")
    for case in inventory[inventory["group"].isin(["BMC", "HK"])].itertuples():
        folder = tmp_path / "my_predictions/prostate/trained_on_RUNMC" / case.group
        folder.mkdir(parents=True, exist_ok=True)
        if case.case != inventory[inventory["group"] == "HK"]["case"].iloc[0]:
            mask = workflow.results / "data" / "saml_prostate" / case.mask
            shutil.copy(mask, folder / f"{case.case}.nii.gz")
    stem = "results/tables/prostate/strict/dice"
    workflow.run(f"{stem}.html", "--rerun-triggers", "mtime")
    rows = pd.read_csv(tmp_path / f"{stem}.csv")
    rows = rows[rows["structure"] == "overall"].set_index("method")
    assert rows.loc["own_predictions", "value"] == 75  # 100 on BMC, 100 and 0 on HK
    assert rows.loc["own_predictions", "n_failures"] == 1
    assert "My method" in (tmp_path / f"{stem}.md").read_text()


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"objective": {"dice_weight": 0.7}}]
)
def test_a_changed_recipe_reruns_its_method_only(copy, change):
    overrides = yaml.safe_load(copy.config.read_text())["overrides"]
    overrides["erm"] |= change
    copy.change(overrides=overrides)
    jobs = copy.planned()
    per_method = [job for job in jobs if "method=" in job]
    assert per_method
    assert all("method=erm" in job for job in per_method)
    assert sum(job.startswith("train ") for job in jobs) == 3
    assert not any(job.startswith(("phantom", "unpack", "pack")) for job in jobs)


def test_words_of_the_configuration_rerun_no_training(copy):
    copy.change(title="Another title")
    assert {job.split()[0] for job in copy.planned()} <= {
        "configuration",
        "report",
        "all",
    }


def test_a_deleted_score_file_rebuilds_only_what_depends_on_it(copy):
    score = copy.results / "scores/riga/box/BinRushed/seed1/any/MESSIDOR_Base1.parquet"
    score.unlink()
    jobs = copy.planned()
    assert [job for job in jobs if job.startswith("score ")] == [
        "score benchmark=riga, method=box, source=BinRushed, seed=1, "
        "checkpoint=any, target=MESSIDOR_Base1"
    ]
    assert not any(job.startswith(("train", "predict", "pack")) for job in jobs)
    assert all("benchmark=riga" in job for job in jobs if "benchmark=" in job)


def test_deleted_files_that_users_open_are_made_again(copy):
    files = {
        "tables/riga/strict/dice.md": "table",
        "tables/riga/protocols.tex": "effect",
        "ranks/riga/strict.pairs.csv": "rank",
        "figures/riga/strict/heatmap.png": "dice_figures",
        "published/riga/dapsam/dice.agreement.json": "compare",
        "report_cases/riga": "gallery",
    }
    for name in files:
        path = copy.results / name
        path.rename(path.with_name("gone"))
    jobs = copy.planned()
    assert {job.split()[0] for job in jobs} >= {*files.values(), "report"}
    assert all("benchmark=riga" in job for job in jobs if "benchmark=" in job)
    assert not any(job.startswith(("train", "predict", "score")) for job in jobs)
    (copy.results / "scores" / "riga.parquet").unlink()
    assert "collect benchmark=riga" in copy.planned()


def test_a_killed_training_resumes_to_the_same_weights(finished, tmp_path):
    """SIGKILL in the middle, then the same command: equal to never having stopped."""
    run = "runs/riga/erm/BinRushed/seed1"
    overrides = {
        "erm": {
            "network": {"features": [8, 8, 16, 16]},
            "training": {"epochs": 12, "min_steps_per_epoch": 4},
        }
    }
    weights = []
    for name in ("whole", "killed"):
        workflow = finished.copied(tmp_path / name)
        workflow.change(overrides=overrides)
        target = f"results/{run}/weights.safetensors"
        if name == "killed":
            kill_after_an_epoch(workflow, target, workflow.results / run / "resume.pt")
            assert not (workflow.folder / target).exists()
            workflow.run("--unlock")
        workflow.run(target)
        weights.append((workflow.folder / target).read_bytes())
        assert not (workflow.results / run / "resume.pt").exists()
        record = yaml.safe_load((workflow.results / run / "run.json").read_text())
        assert (record["resumed_epochs"] > 0) == (name == "killed")
    assert weights[0] == weights[1]


def kill_after_an_epoch(workflow: Workflow, target: str, state: Path) -> None:
    process = subprocess.Popen(
        workflow.command(target),
        cwd=workflow.folder,
        env=workflow.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not state.exists():
        assert process.poll() is None, "the training ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (
            ["--config", "methods=[ermm]"],
            ["'ermm'", "Did you mean 'erm'", "ads, advbias"],
        ),
        (
            ["--config", "overrides={erm: {training: {epochs: 5}}}"],
            ["training.epochs", "--configfile"],
        ),
    ],
)
def test_a_wrong_configuration_stops_before_anything_runs(fresh, arguments, messages):
    output = fresh.run(*arguments, ok=False)
    for message in messages:
        assert message in output
    assert not fresh.results.exists()


def choosing(workflow: Workflow, **checkpoints: object) -> None:
    """Ask for one small benchmark under protocols that choose weights."""
    select = {"sources": ["RUNMC"], "targets": ["BMC", "HK"]}
    protocols = ["strict", "strict_validation", "upper_bound"]
    workflow.change(
        benchmarks=["prostate"],
        methods=["erm", "box"],
        select={"prostate": select | {"protocols": protocols}},
        checkpoints=checkpoints,
    )


def test_a_protocol_that_needs_other_epochs_stops_before_anything_runs(fresh):
    choosing(fresh, candidates=2)
    output = fresh.run("--dry-run", ok=False)
    assert "protocol 'strict_validation', key 'checkpoint'" in output
    assert "Set `checkpoints.validation` above 0" in output


def test_each_protocol_shows_the_weights_that_it_chooses(copy):
    choosing(copy, candidates=3, validation=0.5)
    overrides = yaml.safe_load(copy.config.read_text())["overrides"]
    # At so high a rate epochs differ widely, and the last is hardly the best.
    overrides["erm"]["training"] |= {"epochs": 6, "optimiser": {"lr": 0.2}}
    copy.change(overrides=overrides)
    protocols = ("strict", "strict_validation", "upper_bound")
    files = [f"results/tables/prostate/{protocol}/dice.html" for protocol in protocols]
    copy.run(*files)

    run = copy.results / "runs/prostate/erm/RUNMC/seed1"
    record = yaml.safe_load((run / "run.json").read_text())
    assert record["candidates"] == [2, 4, 6]
    assert len(record["validation_cases"]["RUNMC"]) == 1
    choices = {
        path.relative_to(run / "checkpoints").as_posix(): pd.read_csv(path)
        for path in (run / "checkpoints").rglob("*.csv")
    }
    assert set(choices) == {
        "best_on_source_validation/RUNMC.csv",
        "best_on_target/BMC.csv",
        "best_on_target/HK.csv",
    }
    scores = pd.read_parquet(copy.results / "scores" / "prostate.parquet")
    by_method = scores.groupby("method")["selection"].unique().map(set).to_dict()
    assert by_method == {
        "box": {"any"},
        "erm": {"last", "best_on_source_validation", "best_on_target"},
    }
    dice = scores[
        scores["grid"].isin(["native", "any"])
        & (scores["slices"] == "all")
        & (scores["post_processing"] == "none")
        & (scores["metric"] == "dice")
        & (scores["method"] == "erm")
    ]
    means = dice.groupby(["selection", "target"])["value"].mean()
    on_source = choices["best_on_source_validation/RUNMC.csv"].set_index("epoch")[
        "dice"
    ]
    for target in ("BMC", "HK"):
        on_target = choices[f"best_on_target/{target}.csv"].set_index("epoch")["dice"]
        assert on_target.nunique() > 1
        assert {name: means[name, target] for name, _ in means.index} == pytest.approx(
            {
                "last": on_target[6],
                "best_on_source_validation": on_target[on_source.idxmax()],
                "best_on_target": on_target.max(),
            }
        )
    tables = copy.results / "tables" / "prostate"
    values = [
        pd.read_csv(tables / protocol / "dice.csv").set_index("method")["value"]
        for protocol in protocols
    ]
    assert values[0]["box"].tolist() == values[2]["box"].tolist()
    assert (values[2]["erm"] >= values[0]["erm"]).all()
    assert "oracle upper bound" in (tables / "upper_bound" / "dice.md").read_text()


def test_a_wrong_published_number_of_the_user_is_named_before_anything_runs(fresh):
    folder = fresh.folder / "config" / "published"
    folder.mkdir(parents=True)
    text = (fresh.repository / "config" / "published" / "tasks2d.csv").read_text()
    lines = text.splitlines()
    lines[1] = lines[1].replace("59.62", "159.62")
    (folder / "mine.csv").write_text("\n".join(lines))
    output = fresh.run("--dry-run", ok=False)
    assert "mine.csv, line 2, key 'value'" in output


def test_specialists_train_each_on_its_task_and_a_prefix_is_computed_once(fresh):
    changed = {"network": {"backbone": "sam_nano"}, "input": {"cached": True}}
    overrides = {"dbsam": changed}
    fresh.change(methods=["erm", "unet_specialist", "dbsam"], overrides=overrides)
    jobs = fresh.planned("runs")
    tasks = ("left_ventricle_mr", "stomach_ct")
    specialists = {
        f"train benchmark=tasks3d, method=unet_specialist, source={task}, seed=1"
        for task in tasks
    }
    assert {job for job in jobs if "unet_specialist" in job} == specialists
    prefixes = [job for job in jobs if job.startswith("embed benchmark=tasks3d")]
    assert sorted(prefixes) == [
        f"embed benchmark=tasks3d, domain={task}, network=dbsam, backbone=sam_nano, "
        "side=192"
        for task in tasks
    ]
    overrides["dbsam"]["training"] = {"augmentation": [{"name": "mirror", "p": 0.5}]}
    fresh.change(overrides=overrides)
    assert "input.cached" in fresh.run("--dry-run", ok=False)
