"""`make` says what there is, and notices a Python or a .venv that will not do."""

import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

OLD = """#!/bin/sh
exec {python} -c "import sys; sys.version_info = (3, 9, 18); exec(sys.argv[1])" "$2"
"""


def make(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        ["make", *arguments], cwd=folder, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def project(repository, tmp_path) -> Path:
    """Return a folder with a .venv that is up to date, and nothing in it."""
    folder = tmp_path / "project"
    for name in ("Makefile", "pyproject.toml", "envs/requirements.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(repository / name, folder / name)
    venv.create(folder / ".venv", symlinks=True)
    (folder / ".venv/bin/pip").write_text(f"#!{folder}/.venv/bin/python\n")
    (folder / ".venv/.installed").touch()
    return folder


def test_help_names_every_target(repository):
    phony = re.search(
        r"^\.PHONY: ([a-z ]+)", (repository / "Makefile").read_text(), re.M
    )
    _, text = make(repository, "help")
    named = re.findall(r"^make ([a-z]+) +\S", text, re.M)
    assert sorted(named) == sorted(phony[1].split())


def test_a_venv_that_fits_is_left_alone(project):
    assert "Nothing to be done" in make(project, "-n", "setup")[1]


def test_a_venv_of_a_moved_folder_is_made_anew(project):
    moved = project.rename(project.with_name("moved"))
    assert "-m venv --clear .venv" in make(moved, "-n", "setup")[1]


def test_a_venv_of_another_python_than_is_named_is_made_anew(project):
    other = project / "python"
    other.write_text("#!/bin/sh\necho Python 3.99.0\n")
    other.chmod(0o755)
    assert (
        f"{other} -m venv --clear" in make(project, "-n", "setup", f"PYTHON={other}")[1]
    )
    same = f"PYTHON={sys.executable}"
    assert "Nothing to be done" in make(project, "-n", "setup", same)[1]


def test_a_python_that_is_too_old_is_told_before_pip_starts(project):
    old = project / "python3.9"
    old.write_text(OLD.format(python=sys.executable))
    old.chmod(0o755)
    shutil.rmtree(project / ".venv")
    status, text = make(project, "setup", f"PYTHON={old}")
    assert status != 0
    assert f"needs Python 3.11 or newer, and {old} is 3.9" in text
    assert "Setting up" not in text
    assert not (project / ".venv").exists()
