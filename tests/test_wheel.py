"""The wheel alone: its commands in an environment of the core's packages only.

Packages are links to those of this environment: what `pip install` would choose is
tested by hand, as it takes a minute and the network.
"""

import io
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import nibabel
import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fault_server import serve
from sambench import __version__


def with_dependencies(lines: list[str]) -> set[str]:
    """Return the names of what requirements need, and what that needs."""
    found: dict[str, None] = {}
    waiting = [Requirement(line) for line in lines]
    while waiting:
        needed = waiting.pop()
        if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
            continue
        name = canonicalize_name(needed.name)
        if name not in found:
            found[name] = None
            waiting += map(Requirement, distribution(name).requires or [])
    return set(found)


def link_package(name: str, folder: Path) -> None:
    """Link everything that a distribution installed beside each other."""
    installed = distribution(name)
    tops = {file.parts[0] for file in installed.files if "/" in str(file)} | {
        str(file) for file in installed.files if "/" not in str(file)
    }
    for top in tops - {"..", "__pycache__"}:
        if not (folder / top).exists():
            (folder / top).symlink_to(installed.locate_file(top))


@pytest.fixture(scope="module")
def wheel(repository, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")

    def present() -> set[Path]:
        found = {*repository.iterdir(), *repository.glob("workflow/scripts/*")}
        return {path for path in found if path.name != "__pycache__"}

    before = present()
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=repository, check=True, capture_output=True)
    assert present() == before  # no build/, no egg-info
    return next(folder.glob("sambench-*.whl"))


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory) -> Path:
    """Return the `bin` of an environment with the wheel and the core's packages."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"))
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin/python"]
    install = [*pip, "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True)
    metadata = next(site.glob("sambench-*.dist-info")) / "METADATA"
    lines = metadata.read_text().split("\n\n")[0].splitlines()
    key = "Requires-Dist: "
    core = [line.removeprefix(key) for line in lines if line.startswith(key)]
    names = with_dependencies(core)
    assert not names & {"torch", "snakemake", "matplotlib", "monai"}
    for name in names:
        link_package(name, site)
    return folder / "bin"


@pytest.fixture
def run(environment, tmp_path, monkeypatch):
    """Run one command in an empty folder; return its status and what it prints."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    folder = tmp_path / "empty"
    folder.mkdir()

    def command(*arguments, program="sambench"):
        line = [environment / program, *map(str, arguments)]
        done = subprocess.run(line, cwd=folder, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    command.folder = folder
    return command


def test_the_wheel_holds_the_whole_project_and_no_compiled_file(wheel, repository):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("config", "envs", "profiles", "workflow"):
        listed = ["git", "ls-files", folder]
        tracked = subprocess.run(
            listed, cwd=repository, capture_output=True, text=True, check=True
        )
        inside = {f"sambench/project/{name}" for name in tracked.stdout.splitlines()}
        assert inside <= names
    assert "sambench/project/Snakefile" in names
    assert not [name for name in names if name.endswith(".pyc")]


def test_version_and_both_ways_to_start(run):
    assert run("--version") == (0, f"sambench {__version__}\n", "")
    module = run("-m", "sambench", "--version", program="python")
    assert module == (0, f"sambench {__version__}\n", "")


def test_the_snakefile_of_the_wheel_is_there(run, environment):
    _, printed, _ = run("--snakefile")
    assert Path(printed.strip()).is_file()
    assert Path(printed.strip()).is_relative_to(environment.parent)


@pytest.mark.workflow
def test_the_workflow_of_the_wheel_plans_with_its_own_library(run, repository):
    snakefile = run("--snakefile")[1].strip()
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "-n", "-q", "rules"]
    command += ["--snakefile", snakefile]
    command += ["--configfile", str(repository / "tests" / "smoke.yaml")]
    done = subprocess.run(command, cwd=run.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "train" in done.stdout


def test_masks_are_scored_and_the_scores_make_a_table(run):
    mask = np.zeros((12, 12, 4), np.uint8)
    mask[3:8, 3:8, 1:3] = 1
    for name in ("prediction", "label"):
        nibabel.save(
            nibabel.Nifti1Image(mask, np.eye(4)), run.folder / f"{name}.nii.gz"
        )
    files = ("prediction.nii.gz", "label.nii.gz")
    status, printed, log = run("score", *files, "--out", "mine.parquet")
    assert status == 0, log
    assert "100.00" in printed
    status, printed, log = run("table", "mine.parquet")
    assert status == 0, log
    assert "100.00" in printed


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["table", "scores/prostate.parquet"], "SAM (box)"),
        (["rank", "scores/prostate.parquet"], "Wilcoxon"),
        (["compare", "scores/prostate.parquet", "--protocol", "csdg"], "published"),
        (["verify", "."], " 0 wrong"),
    ],
)
def test_files_of_scores_need_no_checkout(run, repository, command, expected):
    name, file, *options = command
    status, printed, log = run(name, repository / "tests/bundle" / file, *options)
    assert status == 0, log
    assert expected in printed


def test_a_data_set_is_fetched_from_a_local_server(run):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("Processed_data_nii/RUNMC/Case00.nii.gz", b"not looked at")
    with serve() as server:
        server.put("/saml_prostate/Processed_data_nii.zip", made.getvalue())
        options = ("--mirror", server.url, "--dest", "there")
        status, _, log = run("fetch", "saml_prostate", *options)
    assert status == 0, log
    unpacked = run.folder / "there/data/saml_prostate"
    assert (unpacked / "Processed_data_nii/RUNMC/Case00.nii.gz").is_file()


def test_a_plan_lists_jobs_and_says_what_it_cannot_count(run, repository):
    file = repository / "tests/smoke.yaml"
    status, printed, log = run("plan", "--configfile", file)
    assert status == 0, log
    assert "prostate          erm" in printed
    assert "pip install 'sambench[run]'" in printed


def test_a_command_that_needs_an_extra_names_it_in_one_line(run, repository):
    file = repository / "tests/smoke.yaml"
    status, _, log = run("plan", "--measure", "--configfile", file)
    assert status == 1
    assert log == (
        "error: this command: found no package 'torch', expected the extra 'run' of "
        "sambench. Install it with: pip install 'sambench[run]'.\n"
    )
