"""The workflow as a module of another one: from git, with a prefix, elsewhere."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.workflow

WITH_CONFIG = """
configfile: "mine.yaml"

module sambench:
    snakefile: {source}
    config: config
    prefix: "bench"

use rule * from sambench as sb_*
"""
WITHOUT_CONFIG = """
module sambench:
    snakefile: {source}

use rule * from sambench
"""
MINE = """
title: Mine
data_source: synthetic
preset: small
phantoms: {seed: 7, cases: 2, size: 64}
benchmarks: [prostate]
methods: [sam_box, oracle]
select:
  prostate: {sources: [RUNMC], targets: [BMC]}
"""


@pytest.fixture(scope="module")
def hosted(repository: Path, tmp_path_factory) -> Path:
    """Return a git repository `lab/sambench` with the files as they are here."""
    folder = tmp_path_factory.mktemp("hosted") / "lab" / "sambench"

    def git(where: Path, *arguments: str) -> str:
        who = ("-c", "user.name=me", "-c", "user.email=me@localhost")
        command = ["git", "-C", str(where), *who, *arguments]
        return subprocess.run(
            command, check=True, capture_output=True, text=True
        ).stdout

    listed = git(repository, "ls-files", "--cached", "--others", "--exclude-standard")
    for name in listed.splitlines():
        if (repository / name).is_file() and not name.startswith(("tests", "docs")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(repository / name, folder / name)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "all")
    git(folder, "tag", "v1")
    return folder


@pytest.fixture
def run(hosted: Path, tmp_path: Path):
    """Run a Snakefile in an empty folder; github.com is the folder on disk."""

    def run(text: str, *arguments: str, ok: bool = True) -> str:
        (tmp_path / "Snakefile").write_text(text)
        command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments]
        instead = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.file://{hosted.parents[1]}/.insteadOf",
            "GIT_CONFIG_VALUE_0": "https://github.com/",
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
        }
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=os.environ | instead,
            capture_output=True,
            text=True,
        )
        output = done.stdout + done.stderr
        assert (done.returncode == 0) == ok, output[-3000:]
        return output

    return run


@pytest.fixture
def plan(run):
    """Plan a Snakefile in an empty folder, and run nothing."""
    return lambda text, *more, **ok: run(text, "--dry-run", *more, **ok)


def test_a_tag_of_a_repository_on_disk_is_imported_with_a_prefix(
    plan, hosted, tmp_path, repository
):
    """Only results get the prefix: the user's own weights stay where they are."""
    (tmp_path / "mine.yaml").write_text(MINE)
    own = tmp_path / "config" / "backbones"
    own.mkdir(parents=True)
    shutil.copy(repository / "config/backbones/sam_nano.safetensors", own)
    source = f'gitfile("{hosted}", path="workflow/Snakefile", tag="v1")'
    output = plan(WITH_CONFIG.format(source=source))
    assert re.search(r"^sb_all +1$", output, re.M)
    assert "output: bench/results/report.html" in output
    assert "config/backbones/sam_nano.safetensors" in output
    assert "bench/config" not in output
    assert not (tmp_path / "results").exists()
    checkout = tmp_path / ".snakemake/sambench/v1"
    assert (checkout / ".git").exists()
    assert (checkout / "workflow/scripts/sambench/__init__.py").is_file()


def test_a_branch_on_github_is_imported_without_a_configuration(plan):
    source = 'github("lab/sambench", path="workflow/Snakefile", branch="main")'
    output = plan(WITHOUT_CONFIG.format(source=source), "-q", "rules")
    total = re.search(r"^total +(\d+)$", output, re.M)
    assert int(total[1]) > 250  # the demo
    assert re.search(r"^all +1$", output, re.M)


def test_a_module_that_is_given_no_configuration_is_told(plan, hosted, tmp_path):
    (tmp_path / "mine.yaml").write_text(MINE)
    source = f'"{hosted}/workflow/Snakefile"'
    text = 'configfile: "mine.yaml"\n' + WITHOUT_CONFIG.format(source=source)
    assert "'config: config' hands yours on): found no key" in plan(text, ok=False)


def test_the_file_that_reads_folders_from_git_is_named(plan, hosted):
    source = f'gitfile("{hosted}", path="Snakefile", tag="v1")'
    output = plan(WITHOUT_CONFIG.format(source=source), ok=False)
    assert "name path='workflow/Snakefile'" in output


def test_a_snakefile_of_five_lines_makes_a_table_of_what_git_holds(
    run, hosted, tmp_path
):
    (tmp_path / "mine.yaml").write_text(MINE)
    text = f"""configfile: "mine.yaml"
module sambench:
    snakefile: gitfile("{hosted}", path="workflow/Snakefile", tag="v1")
    config: config
use rule * from sambench
"""
    table = "results/tables/prostate/strict/dice.csv"
    run(text, table, "--config", "methods=[oracle]")
    found = pd.read_csv(tmp_path / table)
    assert set(found["method"]) == {"oracle"}
    assert (found["value"] == 100).all()
