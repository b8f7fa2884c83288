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
                *(sys.executable, "-m", "snakemake", "--cores", "2", target),
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


@pytest.mark.parametrize(
    ("benchmark", "method", "source", "network"),
    [
        ("riga", "nnunet_resenc", "BinRushed", "ResidualEncoderUNet"),
        ("tasks3d", "nnunet_3d", "left_ventricle_mr", "PlainConvUNet"),
    ],
)
def test_a_benchmark_goes_through_to_its_table(
    start, tmp_path, benchmark, method, source, network
):
    run = start(f"results/tables/{benchmark}/strict/dice.html")
    said, _ = run.communicate()
    assert run.returncode == 0, said[-5000:]
    results = tmp_path / "results"
    check_table(results, benchmark, method)
    folder = f"{benchmark}/{method}/{source}/seed1"
    record = json.loads((results / f"runs/{folder}/run.json").read_text())
    assert re.fullmatch(r"nnunetv2 2\.\d+\.\d+ torch [\d.]+\S*", record["program"])
    assert network in json.dumps(record["plans"])
    assert record["trained_parameters"] > 1000
    assert record["seconds"] == sum(record["seconds_of_commands"].values()) > 0
    assert "Epoch 0" in (results / f"logs/train/{folder}.log").read_text()
    data = results / f"external/nnunet/{benchmark}/{source}/data/Dataset001_{source}"
    labels = json.loads((data / "dataset.json").read_text())
    if benchmark == "riga":
        assert labels["labels"] == {"background": 0, "disc": [1, 2], "cup": [2]}
        assert labels["regions_class_order"] == [1, 2]
    else:
        assert "3d_fullres" in record["plans"]["configurations"]
        assert labels["labels"] == {"background": 0, "left_ventricle": 1}


def test_a_killed_training_goes_on_after_the_epochs_that_it_had_done(start, tmp_path):
    """In two folds of our choice; the first is killed after its first epoch."""
    results = tmp_path / "results"
    work = results / "external/nnunet/prostate/RUNMC/nnunet_2d/seed1/work"
    first = start("results/runs/prostate/nnunet_2d/RUNMC/seed1/run.json")
    while first.poll() is None and not list(work.rglob("checkpoint_*.pth")):
        time.sleep(0.05)
    for number in processes_of(tmp_path):
        os.kill(number, signal.SIGKILL)
    killed, _ = first.communicate()
    assert first.returncode
    assert "signal SIGKILL" in killed
    seen = re.findall(r"Epoch (\d+)", (work / "output.log").read_text())
    assert seen[0] == "0"

    second = start("results/tables/prostate/strict/dice.html")
    resumed, _ = second.communicate()
    assert second.returncode == 0, resumed[-5000:]
    check_table(results, "prostate", "nnunet_2d")
    log = (results / "logs/train/prostate/nnunet_2d/RUNMC/seed1.log").read_text()
    assert "going on after 2 finished commands" in log
    assert "plan_and_preprocess" not in log
    first_fold = log.split(" 2d 1 -tr")[0]
    assert re.findall(r"Epoch (\d+)", first_fold) == ["1"]
    record = json.loads(
        (results / "runs/prostate/nnunet_2d/RUNMC/seed1/run.json").read_text()
    )
    assert (record["starts"], record["folds"]) == (2, ["0", "1"])
    used = work / "preprocessed/Dataset001_RUNMC/splits_final.json"
    folds = json.loads(used.read_text())
    held_out = sorted(case for fold in folds for case in fold["val"])
    assert held_out == ["RUNMC_Case00", "RUNMC_Case01"]
