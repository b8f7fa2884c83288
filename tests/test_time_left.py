"""The time left of a run: estimated from its log, and shown in a terminal alone."""

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from logging import makeLogRecord
from pathlib import Path

import pytest

from sambench.jobs.time_left import Pace

RULES = {"pack": 4, "train": 10}


def pace(*finished: tuple[str, float], running: tuple[str, float] | None = None):
    """Return the pace of a run of `RULES` that began at second 0, with jobs by rule."""
    found = Pace()
    found.see(makeLogRecord({"event": "run_info", "stats": RULES | {"total": 14}}))
    found.began = 0.0
    for rule, seconds in finished:
        found.done[rule] += 1
        found.seconds[rule] += seconds
    if running:
        found.running[1] = running
    return found


def test_nothing_is_estimated_before_a_job_is_done():
    assert pace(running=("pack", 0)).in_words(60) == "0/14 jobs"


def test_rules_without_a_job_that_is_done_make_it_a_lower_bound():
    """Two of four jobs of 60 s each, one after the other: two are left."""
    half = pace(("pack", 60), ("pack", 60))
    assert half.in_words(120) == "2/14 jobs, at least 2 min left"


def test_each_rule_counts_with_its_own_time_and_jobs_go_on_as_parallel():
    """Work of 40 + 600 s in 320 s is two at a time; 9 x 600 s are left, so 45 min."""
    run = pace(*[("pack", 10)] * 4, ("train", 600))
    assert run.in_words(320) == "5/14 jobs, about 45 min left"


def test_a_job_that_runs_is_partly_done():
    """One at a time; of 9 x 600 s a running job has done 300: 85 min are left."""
    run = pace(*[("pack", 0)] * 4, ("train", 600), running=("train", 600))
    assert run.in_words(900) == "5/14 jobs, about 85 min left"
    assert run.in_words(600) == "5/14 jobs, about 90 min left"
    long = pace(*[("pack", 0)] * 4, ("train", 6000))
    assert long.in_words(6000) == "5/14 jobs, about 15.0 h left"


def test_no_time_is_left_when_all_is_done():
    run = pace(*[("pack", 10)] * 4, *[("train", 600)] * 10)
    assert run.in_words(6040) == "14/14 jobs"


def test_the_log_says_what_ran_and_a_failed_job_is_forgotten():
    found = Pace()
    for record in (
        {"event": "run_info", "stats": {"pack": 2, "total": 2}},
        {"event": "job_info", "jobid": 7, "rule_name": "pack"},
        {"event": "job_info", "jobid": 8, "rule_name": "pack"},
        {"event": "job_finished", "job_id": 7},
        {"event": "job_error", "jobid": 8},
        {"msg": "of no job"},
    ):
        assert found.see(makeLogRecord(record))
    assert (found.jobs, found.done) == ({"pack": 2}, {"pack": 1})
    assert not found.running


def in_terminal(command: list[str], folder: Path) -> str:
    """Return what a command shows in a terminal of 110 columns."""
    here, there = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"COLUMNS": "110", "TERM": "xterm"},
        stdin=there,
        stdout=there,
        stderr=there,
    )
    os.close(there)
    shown = b""
    with os.fdopen(here, "rb", buffering=0) as screen, suppress(OSError):  # at its end
        while part := screen.read(65536):
            shown += part
    assert process.wait() == 0, shown.decode()[-3000:]
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())


@pytest.mark.workflow
def test_a_terminal_shows_jobs_and_time_and_a_file_gets_none_of_it(
    repository, tmp_path
):
    split = "results/splits/prostate/saml_prostate.csv"
    command = [
        *(sys.executable, "-m", "snakemake", "--cores", "1"),
        *("--snakefile", str(repository / "Snakefile")),
        *("--configfile", str(repository / "tests" / "smoke.yaml")),
    ]
    shown = in_terminal([*command, "--", split], tmp_path)
    assert re.search(r"Total Progress .* 0/3 jobs ", shown)
    assert re.search(r"Total Progress .* 2/3 jobs, at least \d+ min left ", shown)
    assert re.search(r"Total Progress .* 3/3 jobs ", shown)
    assert re.search(r"unpack .* 1/1 ", shown)

    again = [*command, "--force", "--", split]
    done = subprocess.run(again, cwd=tmp_path, capture_output=True, text=True)
    assert "Finished jobid" in done.stderr
    assert not re.search(r"/1 jobs|min left|Total Progress", done.stdout + done.stderr)
