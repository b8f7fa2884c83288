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
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

COMMAND = "nnUNetv2_train"
RUNS = {
    "prostate": ("nnunet_2d", "RUNMC"),
    "riga": ("nnunet_resenc", "BinRushed"),
    "tasks3d": ("nnunet_3d", "left_ventricle_mr"),
}
INSTALLED = (Path(__file__).parents[1] / ".venv-nnunet/bin" / COMMAND).is_file()

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.skipif(not INSTALLED, reason="nnU-Net is not there: make nnunet"),
]


class Finished(NamedTuple):
    """A run that was killed in training, and the one that went on with it."""

    results: Path
    killed: subprocess.CompletedProcess
    resumed: subprocess.CompletedProcess
    seen: list[str]  # epochs that the killed training had done


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


@pytest.fixture(scope="module")
def finished(repository, tmp_path_factory) -> Finished:
    folder = tmp_path_factory.mktemp("nnunet")
    tables = [f"results/tables/{name}/strict/dice.html" for name in RUNS]

    def start(*targets: str) -> subprocess.Popen:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "snakemake", "--cores", "2"),
                *("--snakefile", str(repository / "Snakefile")),
                *("--configfile", str(repository / "tests" / "nnunet.yaml")),
                *("--workflow-profile", "none", *targets),
            ],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(process: subprocess.Popen) -> subprocess.CompletedProcess:
        said, _ = process.communicate()
        return subprocess.CompletedProcess("", process.returncode, said)

    method, source = RUNS["prostate"]
    first = start(f"results/runs/prostate/{method}/{source}/seed1/run.json")
    work = folder / f"results/external/nnunet/prostate/{source}/{method}/seed1/work"
    while first.poll() is None and not list(work.rglob("checkpoint_*.pth")):
        time.sleep(0.05)
    for number in processes_of(folder):
        os.kill(number, signal.SIGKILL)
    killed = end(first)
    output = work / "output.log"
    seen = re.findall(r"Epoch (\d+)", output.read_text()) if output.is_file() else []
    return Finished(folder / "results", killed, end(start(*tables)), seen)


def test_every_benchmark_goes_through_to_its_table(finished):
    assert finished.resumed.returncode == 0, finished.resumed.stdout[-5000:]
    for benchmark, (method, _) in RUNS.items():
        table = pd.read_csv(finished.results / f"tables/{benchmark}/strict/dice.csv")
        rows = table[table["method"] == method]
        assert rows["value"].between(0, 100).all()
        assert len(rows)
        scores = pd.read_parquet(finished.results / f"scores/{benchmark}.parquet")
        assert set(scores["selection"][scores["method"] == method]) == {"last"}


def test_a_killed_training_goes_on_after_the_epochs_that_it_had_done(finished):
    assert finished.killed.returncode != 0
    assert "signal SIGKILL" in finished.killed.stdout
    assert finished.seen[0] == "0"
    method, source = RUNS["prostate"]
    log = finished.results / f"logs/train/prostate/{method}/{source}/seed1.log"
    text = log.read_text()
    assert "going on after 2 finished commands" in text
    assert "plan_and_preprocess" not in text
    first_fold = text.split(" 2d 1 -tr")[0]
    assert re.findall(r"Epoch (\d+)", first_fold) == ["1"]
    record = read_record(finished, "prostate")
    assert record["starts"] == 2


def read_record(finished: Finished, benchmark: str) -> dict:
    method, source = RUNS[benchmark]
    path = finished.results / f"runs/{benchmark}/{method}/{source}/seed1/run.json"
    return json.loads(path.read_text())


def test_the_record_has_plans_versions_and_times(finished):
    record = read_record(finished, "tasks3d")
    assert re.fullmatch(r"nnunetv2 2\.\d+\.\d+ torch [\d.]+\S*", record["program"])
    assert "3d_fullres" in record["plans"]["configurations"]
    assert record["trained_parameters"] > 1000
    assert record["seconds"] == sum(record["seconds_of_commands"].values()) > 0
    assert "ResidualEncoderUNet" in json.dumps(read_record(finished, "riga")["plans"])


def test_folds_are_ours_and_photographs_have_regions(finished):
    folder = finished.results / "external/nnunet"
    method, source = RUNS["prostate"]
    work = folder / f"prostate/{source}/{method}/seed1/work"
    used = work / "preprocessed/Dataset001_RUNMC/splits_final.json"
    folds = json.loads(used.read_text())
    assert sorted(case for fold in folds for case in fold["val"]) == [
        "RUNMC_Case00",
        "RUNMC_Case01",
    ]
    data = folder / "riga/BinRushed/data/Dataset001_BinRushed/dataset.json"
    described = json.loads(data.read_text())
    assert described["labels"] == {"background": 0, "disc": [1, 2], "cup": [2]}
    assert described["regions_class_order"] == [1, 2]
