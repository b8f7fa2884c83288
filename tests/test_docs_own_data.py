"""docs/your_own_data.md is followed to the letter: commands run, YAML is valid."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sambench.__main__ import main
from sambench.settings.schema import validate
from test_own_data import photographs

REPOSITORY = Path(__file__).resolve().parents[1]
TEXT = (REPOSITORY / "docs/your_own_data.md").read_text(encoding="utf-8")
EXAMPLES = ("fundus_sites", "prostate_sites", "my_acdc")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)


def run(command: str, folder: Path) -> str:
    words = command.split()
    if words[0] == "python":
        words[0] = sys.executable
    else:
        words = [sys.executable, "-m", *words, "-n", "-q", "all"]
        words += ["-s", str(REPOSITORY / "Snakefile")]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_tutorial(tmp_path):
    photographs(tmp_path / "fundus")
    commands = [line for block in blocks("bash") for line in block.splitlines()]
    assert len(commands) == 3
    run(commands[0], tmp_path)
    written = yaml.safe_load((tmp_path / "fundus.yaml").read_text())
    shown = yaml.safe_load(blocks("yaml")[0])
    # The edit of step 2: words of the guess replaced by names.
    for site, entry in shown["data"]["fundus"]["cases"].items():
        guessed = written["data"]["fundus"]["cases"][site]
        assert guessed["images"] == entry["images"]
        assert guessed["masks"] == entry["masks"]
        assert list(guessed["values"].values()) == list(entry["values"].values())
    shown["data"]["fundus"]["folder"] = "fundus"
    (tmp_path / "fundus.yaml").write_text(yaml.safe_dump(shown, sort_keys=False))
    assert "no fault found" in run(commands[1], tmp_path)
    run(commands[2], tmp_path)


@pytest.mark.parametrize("text", blocks("yaml"))
def test_every_data_set_and_benchmark_in_it_is_valid(text):
    document = yaml.safe_load(text)
    assert document.keys() & {"data", "benchmarks"}
    for name, entry in document.get("data", {}).items():
        validate(entry, "own_data", name)
    for entry in document.get("benchmarks", []):
        validate(entry, "inline_benchmark", entry["id"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_in_the_readme_and_valid(name):
    file = REPOSITORY / f"config/examples/{name}.yaml"
    assert f"config/examples/{name}.yaml" in (REPOSITORY / "README.md").read_text()
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert document["show_images"] is False
    for key, entry in document["data"].items():
        validate(entry, "own_data", key)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_pass_their_check(name, tmp_path, capsys):
    """On the real images, where they are at hand."""
    file = REPOSITORY / f"config/examples/{name}.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    (entry,) = document["data"].values()
    if not (file.parent / entry["folder"]).is_dir():
        pytest.skip("the images are not at hand")
    page = str(tmp_path / "page.html")
    assert main(["check", str(file), "--limit", "3", "--page", page]) == 0
    assert "no fault found" in capsys.readouterr().out
