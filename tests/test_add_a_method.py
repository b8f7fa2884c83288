"""The tutorial `docs/add_a_method.md`, as it is printed but for a shorter training."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.workflow
PRINTED = "{epochs: 8, min_steps_per_epoch: 20}"
SHORTER = "{epochs: 2, min_steps_per_epoch: 5}"
TABLE = "results/tables/prostate/strict/dice.md"
MINE = "results/runs/prostate/attention_unet/RUNMC/seed1/run.json"


class Study:
    """The tutorial's folder, and its commands."""

    def __init__(self, repository: Path, folder: Path):
        self.repository, self.folder = repository, folder
        self.text = (repository / "docs" / "add_a_method.md").read_text()
        for name, block in re.findall(
            r"```\w+ title=\"(\S+)\"\n(.*?)```", self.text, re.DOTALL
        ):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.replace(PRINTED, SHORTER))
        assert SHORTER in (folder / "config/methods/attention_unet.yaml").read_text()

    def run(self, *arguments: str) -> str:
        """Run the tutorial's command with more arguments."""
        (command,) = set(re.findall(r"^snakemake (.*all)(?: -n)?$", self.text, re.M))
        given = command.replace("$SAMBENCH", str(self.repository)).split()
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", *given, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        assert done.returncode == 0, output[-5000:]
        return output

    def planned(self) -> set[tuple[str, str]]:
        """List rule and method of the jobs that a dry run would run."""
        output = self.run("-n", "--", TABLE)
        found = re.findall(r"rule (\w+):\n(?:    .*\n)*?    wildcards: (.*)", output)
        methods = [(rule, re.search(r"method=(\w+)", words)) for rule, words in found]
        return {(rule, method[1]) for rule, method in methods if method}


@pytest.fixture(scope="module")
def study(repository, tmp_path_factory) -> Study:
    """The tutorial, run up to a table."""
    study = Study(repository, tmp_path_factory.mktemp("my_study"))
    study.before = state_of(repository)
    study.run("--", TABLE)
    return study


def state_of(repository: Path) -> str:
    command = ["git", "-C", str(repository), "status", "--porcelain"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_method_is_a_row_of_the_table(study):
    table = (study.folder / TABLE).read_text()
    assert "Attention U-Net" in table and "U-Net (ERM)" in table


def test_no_file_of_the_repository_is_changed(study):
    assert state_of(study.repository) == study.before


def test_the_record_names_the_source_and_the_commit(study):
    record = json.loads((study.folder / MINE).read_text())
    assert record["recipe"]["code"].keys() == {
        "network",
        "views",
        "objective",
        "consistency",
    }
    (digest,) = record["recipe"]["code"]["objective"].values()
    assert re.fullmatch("[0-9a-f]{64}", digest)
    assert re.fullmatch("[0-9a-f]{40}", record["commit"])
    assert record["dirty"] == bool(study.before)
    other = study.folder / MINE.replace("attention_unet", "erm")
    assert "code" not in json.loads(other.read_text())["recipe"]


def test_editing_it_reruns_its_row_alone(study):
    assert study.planned() == set()
    source = study.folder / "attention_unet" / "training.py"
    text = source.read_text()
    try:
        source.write_text(text.replace("self.miss * missed", "2 * self.miss * missed"))
        planned = study.planned()
        assert {"train", "predict", "score"} <= {rule for rule, _ in planned}
        assert {method for _, method in planned} == {"attention_unet"}
    finally:
        source.write_text(text)
    assert study.planned() == set()
