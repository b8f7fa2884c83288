"""Profiles for clusters: short jobs travel together; any submit command will do."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from slurm_daemon import REQUIRED, slurm, why_not

pytestmark = pytest.mark.workflow
PROFILES = ("slurm", "generic")
LOCAL = ("executor", "cluster-generic-submit-cmd", "cluster-generic-cancel-cmd")

SUBMIT = """#!/bin/sh
# Stands in for a scheduler: notes what it is asked and runs the job here.
echo "$@" >> "{log}"
for job; do :; done
setsid sh "$job" > "$job.out" 2>&1 &
echo $!
"""


def snakemake(repository: Path, folder: Path, *arguments: str) -> str:
    command = [
        *(sys.executable, "-m", "snakemake", "--directory", str(folder)),
        *("--snakefile", str(repository / "Snakefile"), *arguments),
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=repository,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    return done.stdout + done.stderr


def profile(repository: Path, name: str) -> dict:
    file = repository / "profiles" / name / "profile.yaml"
    return yaml.safe_load(file.read_text())


def test_profiles_group_alike(repository):
    slurm, generic = (profile(repository, name) for name in PROFILES)
    for key in ("groups", "group-components", "set-resources"):
        assert slurm[key] == generic[key], key


def components(words: str) -> int:
    """Read how many parts of a group travel in one submission at most."""
    return int(words.rpartition("=")[2])


def test_the_papers_grid_is_under_a_thousand_submissions(repository, tmp_path):
    keys = {k: v for k, v in profile(repository, "slurm").items() if k not in LOCAL}
    (tmp_path / "profile.yaml").write_text(yaml.safe_dump(keys))
    # Seeds travel with their method and source: one is planned faster than three.
    output = snakemake(
        *(repository, tmp_path, "-n", "--workflow-profile", str(tmp_path)),
        *("--configfile", str(repository / "config" / "paper.yaml")),
        *("--config", "seeds=1"),
    )
    groups = re.findall(r"Group job (\S+)", output)
    alone = re.findall(r"^rule (\w+):", output, re.MULTILINE)
    sizes = [
        len(re.findall(r"^ +rule (\w+):", group, re.MULTILINE))
        for group in output.split("Group job ")[1:]
    ]
    assert len(groups) == len(set(groups))  # one submission for a method and source
    assert len(groups) + len(alone) < 1000
    assert sum(sizes) > 4000
    assert 3 * max(sizes) < min(map(components, keys["group-components"]))


SCORES = [
    f"results/scores/prostate/erm/RUNMC/seed{seed}/last/{target}.parquet"
    for seed in (1, 2)
    for target in ("BMC", "HK")
]


@pytest.fixture(scope="module")
def packed(repository: Path, tmp_path_factory) -> Path:
    """A folder with the packed data of two trainings and their configuration."""
    folder = tmp_path_factory.mktemp("packed") / "run"
    folder.mkdir()
    config = folder / "smoke.yaml"
    values = yaml.safe_load((repository / "tests" / "smoke.yaml").read_text())
    values |= {"benchmarks": ["prostate"], "methods": ["erm"], "seeds": 2}
    values["select"] = {"prostate": values["select"]["prostate"]}
    config.write_text(yaml.safe_dump(values, sort_keys=False))
    said = snakemake(
        *(repository, folder, "data", "--cores", "2", "--configfile", str(config)),
        *("--workflow-profile", str(repository / "profiles" / "default"), "--verbose"),
    )
    (folder / "said").write_text(said)
    return folder


@pytest.fixture
def folder(packed: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(packed, tmp_path / "run")


def test_waiting_jobs_are_looked_at_when_one_ends_and_not_all_the_time(packed):
    said = (packed / "said").read_text()
    jobs = len(re.findall(r"^(?:local)?rule \w+:", said, re.MULTILINE))
    assert jobs >= 10
    assert said.count("Ready jobs: ") <= jobs + 1


def test_a_submit_command_that_runs_jobs_here(repository, folder):
    log, submit = folder / "submitted", folder / "submit.sh"
    submit.write_text(SUBMIT.format(log=log))
    submit.chmod(0o755)
    asked = "{rule} threads={threads} gpu={resources.gpu} minutes={resources.runtime}"
    snakemake(
        *(repository, folder, *SCORES, "--configfile", str(folder / "smoke.yaml")),
        *("--workflow-profile", str(repository / "profiles" / "generic")),
        *("--cluster-generic-submit-cmd", f"{submit} {asked}", "--jobs", "2"),
        *("--seconds-between-status-checks", "1"),
    )
    assert all((folder / score).is_file() for score in SCORES)
    # The two trainings went one after another on one GPU, then all else together.
    training, evaluation = log.read_text().splitlines()
    assert "gpu=1 minutes=5760" in training
    assert "gpu=1" in evaluation
    shutil.rmtree(folder / ".snakemake", ignore_errors=True)


@pytest.mark.skipif(bool(why_not()) and not REQUIRED, reason=why_not())
def test_a_real_slurm_runs_the_groups(repository, folder):
    with slurm(folder / "slurm"):
        snakemake(
            *(repository, folder, *SCORES, "--configfile", str(folder / "smoke.yaml")),
            *("--workflow-profile", str(repository / "profiles" / "slurm")),
            *("--jobs", "2", "--slurm-status-command", "squeue"),
            *("--slurm-init-seconds-before-status-checks", "5"),
            *("--seconds-between-status-checks", "2"),
        )
        jobs = subprocess.run(
            ["scontrol", "--oneliner", "show", "job"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
    assert all((folder / score).is_file() for score in SCORES)
    assert len(jobs) == 2
    assert all("JobState=COMPLETED" in job and "gpu:1" in job for job in jobs)
    assert "TimeLimit=4-00:00:00" in jobs[0]  # two trainings, one after another
