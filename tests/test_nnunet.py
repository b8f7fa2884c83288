"""The real nnU-Net through plan, train, predict, score and table; killed and resumed.

`make test` sets it up; elsewhere these tests are skipped.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

COMMAND = "nnUNetv2_train"
INSTALLED = (Path(__file__).parents[1] / ".venv-nnunet/bin" / COMMAND).is_file()

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.skipif(not INSTALLED, reason="nnU-Net is not there: make nnunet"),
]


@pytest.fixture
def start(repository, tmp_path) -> Callable[..., subprocess.Popen]:
    def started(target: str) -> subprocess.Popen:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "snakemake", "--cores", "1", target),
                *("--snakefile", str(repository / "Snakefile")),
                *("--configfile", str(repository / "tests" / "nnunet.yaml")),
                *("--workflow-profile", "none"),
            ],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return started


def processes_of(folder: Path) -> list[int]:
    """List the trainings of nnU-Net that work below a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            variables = (process / "environ").read_bytes()
        except OSError:
            continue
        if COMMAND.encode() in command and str(folder).encode() in variables:
            found.append(int(process.name))
    return found


def check_table(results: Path, benchmark: str, method: str) -> None:
    table = pd.read_csv(results / f"tables/{benchmark}/strict/dice.csv")
    values = table["value"][table["method"] == method]
    assert len(values)
    assert values.between(0, 100).all()
    scores = pd.read_parquet(results / f"scores/{benchmark}.parquet")
    assert set(scores["selection"][scores["method"] == method]) == {"last"}


def check_record(results: Path, run: str, network: str) -> dict:
    record = json.loads((results / f"runs/{run}/run.json").read_text())
    assert re.fullmatch(r"nnunetv2 2\.\d+\.\d+ torch [\d.]+\S*", record["program"])
    assert network in json.dumps(record["plans"])
    assert record["trained_parameters"] > 1000
    assert record["seconds"] == sum(record["seconds_of_commands"].values()) > 0
    return record


def test_volumes_go_through_to_the_table(start, tmp_path):
    run = start("results/tables/tasks3d/strict/dice.html")
    said, _ = run.communicate()
    assert run.returncode == 0, said[-5000:]
    results = tmp_path / "results"
    check_table(results, "tasks3d", "nnunet_3d")
    of_run = "tasks3d/nnunet_3d/left_ventricle_mr/seed1"
    record = check_record(results, of_run, "PlainConvUNet")
    assert "3d_fullres" in record["plans"]["configurations"]
    assert "Epoch 0" in (results / f"logs/train/{of_run}.log").read_text()
    data = results / "external/nnunet/tasks3d/left_ventricle_mr/data"
    description = data / "Dataset001_left_ventricle_mr/dataset.json"
    labels = json.loads(description.read_text())["labels"]
    assert labels == {"background": 0, "left_ventricle": 1}


def test_a_killed_training_goes_on_after_the_epochs_that_it_had_done(start, tmp_path):
    """On photographs, in two folds; the first is killed after its first epoch."""
    results = tmp_path / "results"
    folder = results / "external/nnunet/riga/BinRushed"
    work = folder / "nnunet_resenc/seed1/work"
    first = start("results/runs/riga/nnunet_resenc/BinRushed/seed1/run.json")
    while first.poll() is None and not list(work.rglob("checkpoint_*.pth")):
        time.sleep(0.05)
    for number in processes_of(tmp_path):
        os.kill(number, signal.SIGKILL)
    killed, _ = first.communicate()
    assert first.returncode
    assert "signal SIGKILL" in killed
    seen = re.findall(r"Epoch (\d+)", (work / "output.log").read_text())
    assert seen[0] == "0"

    second = start("results/tables/riga/strict/dice.html")
    resumed, _ = second.communicate()
    assert second.returncode == 0, resumed[-5000:]
    check_table(results, "riga", "nnunet_resenc")
    of_run = "riga/nnunet_resenc/BinRushed/seed1"
    log = (results / f"logs/train/{of_run}.log").read_text()
    assert "going on after 2 finished commands" in log
    assert "plan_and_preprocess" not in log
    first_fold = log.split(" 2d 1 -tr")[0]
    assert re.findall(r"Epoch (\d+)", first_fold) == ["1"]
    record = check_record(results, of_run, "ResidualEncoderUNet")
    assert (record["starts"], record["folds"]) == (2, ["0", "1"])
    used = work / "preprocessed/Dataset001_BinRushed/splits_final.json"
    folds = json.loads(used.read_text())
    held_out = sorted(case for fold in folds for case in fold["val"])
    described = json.loads(
        (folder / "data/Dataset001_BinRushed/source.json").read_text()
    )
    assert held_out == sorted(case["case"] for case in described["cases"])
    labels = json.loads((folder / "data/Dataset001_BinRushed/dataset.json").read_text())
    assert labels["labels"] == {"background": 0, "disc": [1, 2], "cup": [2]}
    assert labels["regions_class_order"] == [1, 2]
