"""Code of the user's own: found in jobs, and known by its source."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sambench.checkout import describe_checkout
from sambench.errors import InputError
from sambench.plugins import make_importable, source_digest


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """A package without `__init__.py` that uses a module beside it."""
    files = {
        "mine/net.py": "from .blocks import Block\nimport torch\n",
        "mine/blocks.py": "from shapes import side\nclass Block: ...\n",
        "mine/other.py": "x = 1\n",
        "shapes.py": "side = 3\n",
        "notes.py": "import nothing\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("mine/net.py", True),
        ("mine/blocks.py", True),
        ("shapes.py", True),
        ("mine/other.py", False),
        ("notes.py", False),
    ],
)
def test_the_digest_is_of_what_a_part_imports_of_the_users_own(package, file, counts):
    before = source_digest("mine.net:build")
    assert before != source_digest("mine.other:x")
    with (package / file).open("a") as stream:
        stream.write("# changed\n")
    assert (source_digest("mine.net:build") != before) == counts


def test_jobs_import_the_checkout_and_the_plugins_even_without_pythonpath(
    tmp_path, repository, monkeypatch
):
    (tmp_path / "other" / "sambench").mkdir(parents=True)
    (tmp_path / "other" / "sambench" / "__init__.py").write_text("raise SystemExit(3)")
    (tmp_path / "plugin").mkdir()
    (tmp_path / "plugin" / "my_part.py").write_text("x = 1\n")
    (tmp_path / "plugin" / "json.py").write_text("raise SystemExit(4)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "other"))
    monkeypatch.setenv("SAMBENCH_PLUGINS", "")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "other"), *sys.path])
    library = repository / "workflow" / "scripts"
    make_importable(library, [tmp_path / "plugin"])
    assert sys.path[0] == str(library) and sys.path[-1] == str(tmp_path / "plugin")
    program = "import sambench, my_part, json; print(sambench.__file__)"
    for environment in (os.environ, {**os.environ, "PYTHONPATH": str(library)}):
        said = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert said.stdout.strip() == str(library / "sambench" / "__init__.py")


@pytest.mark.parametrize("plugins", [["nowhere"], [""], [3]])
def test_a_plugin_folder_that_is_none_is_refused(plugins, repository, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(
        InputError, match=r"key 'plugins': found .*, which is no folder"
    ):
        make_importable(repository / "workflow" / "scripts", plugins)


def test_the_checkout_names_its_commit_and_whether_it_was_changed(tmp_path):
    def git(*arguments: str) -> str:
        names = ["-c", "user.name=a", "-c", "user.email=a@b"]
        command = ["git", "-C", str(tmp_path), *names, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert describe_checkout(tmp_path) == {"commit": None, "dirty": None}
    git("init", "-q")
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("commit", "-qm", "first")
    describe_checkout.cache_clear()
    commit = git("rev-parse", "HEAD")
    assert describe_checkout(tmp_path) == {"commit": commit, "dirty": False}
    (tmp_path / "file").write_text("2")
    describe_checkout.cache_clear()
    assert describe_checkout(tmp_path) == {"commit": commit, "dirty": True}
