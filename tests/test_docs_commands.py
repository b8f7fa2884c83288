"""Every command block of the documentation runs as it is printed.

Workflows are planned (`-n`); `make` prints what it would do; the commands of `sambench`
run on small files. A block that cannot run here has a comment in the line above it,
`<!-- not run: why -->`, and is listed below.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sambench.__main__ import main
from sambench.bundle.write import write_bundle
from test_commands import write_volume
from test_own_data import photographs

pytestmark = pytest.mark.workflow
REPOSITORY = Path(__file__).resolve().parents[1]

#: Every block that is marked as not run, by page.
NOT_RUN = {
    "README.md": ["`make demo` runs the same three commands"],
    "docs/external_programs.md": ["installs nnU-Net and trains it"],
    "docs/get_the_data.md": ["needs the network"],
    "docs/modules.md": [*["the package is on no registry yet"] * 2, "needs an address"],
    "docs/outputs.md": ["needs finished results"],
    "docs/parity.md": ["needs a fixture"],
    "docs/prompts.md": ["needs the network and a token"],
    "docs/quick_start.md": ["`make demo` runs the same three commands"],
    "docs/real_shift.md": ["needs images that are not part of this project"] * 2,
    "docs/reproduce_a_table.md": ["needs the prostate data set and days of GPU time"],
    "docs/slurm.md": ["needs the package registry and a cluster"] * 2,
}

#: These have tests of their own, which follow the whole tutorial.
TUTORIALS = {"docs/add_a_method.md", "docs/your_own_data.md"}

#: In place of what readers have and a test has not, and of what takes long to plan.
STAND_INS = {
    "config/paper.yaml": "smoke.yaml",
    "/data/fundus": "fundus",
    "/data/ACDC": "data",
    "/data/acdc": "data",
    "/data/Processed_data_nii.zip": "data",
}

BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<why>[^\n]*?) -->\n)?^```bash[^\n]*\n(?P<text>.*?)^```",
    re.MULTILINE | re.DOTALL,
)


def pages() -> dict[str, str]:
    """Read every page that may have commands."""
    names = ["README.md", "CONTRIBUTING.md", "config/README.md"]
    names += sorted(f"docs/{path.name}" for path in (REPOSITORY / "docs").glob("*.md"))
    return {name: (REPOSITORY / name).read_text(encoding="utf-8") for name in names}


def commands(text: str) -> list[str]:
    """List the commands of a page that are run, without comments."""
    blocks = [match["text"] for match in BLOCK.finditer(text) if match["why"] is None]
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in (re.sub(r"\s+#.*", "", line) for line in lines) if line]


RUN = {
    name: found
    for name, text in pages().items()
    if name not in TUTORIALS and (found := commands(text))
}


def test_blocks_that_are_not_run_are_listed():
    found = {
        name: [match["why"] for match in BLOCK.finditer(text) if match["why"]]
        for name, text in pages().items()
    }
    assert {name: why for name, why in found.items() if why} == NOT_RUN


@pytest.fixture(scope="module")
def folder(tmp_path_factory, untrained) -> Path:
    """A folder with what the commands of all pages name."""
    folder = tmp_path_factory.mktemp("docs")
    for name in ("config", "profiles"):
        (folder / name).symlink_to(REPOSITORY / name)
    (folder / "data").mkdir()
    shutil.copy(REPOSITORY / "tests" / "smoke.yaml", folder)
    photographs(folder / "fundus")
    shutil.copytree(untrained, folder / "results")
    write_bundle(folder / "results", folder / "lab_b")
    mask = np.zeros((2, 12, 12))
    mask[:, 4:8, 4:8] = 1
    write_volume(folder / "predictions" / "a.nii.gz", mask)
    write_volume(folder / "labels" / "a.nii.gz", mask)
    titled = r"```yaml title=\"(\w+\.yaml)\"\n(.*?)```"
    for name, text in re.findall(titled, pages()["docs/reproduce_a_table.md"], re.S):
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("page", RUN)
def test_the_commands_of_a_page(page, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    for command in RUN[page]:
        for name, other in STAND_INS.items():
            command = command.replace(name, other)
        program, *rest = shlex.split(command)
        if program == "make":
            assert run(("make", *rest, "--dry-run"), REPOSITORY)
        elif program == "snakemake":
            more = ("-n", "-q", "all", "-s", str(REPOSITORY / "Snakefile"))
            run((sys.executable, "-m", "snakemake", *rest, *more), folder)
        else:
            assert (program, *rest[:2]) == ("python", "-m", "sambench"), command
            status = ours(tuple(rest[2:]))
            assert status == 0, command + "\n" + capsys.readouterr().err


ours = cache(main)  # pages share commands


@cache
def run(words: tuple[str, ...], folder: Path) -> str:
    """Run a command in a folder, and return what it prints."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    conda = REPOSITORY / "tests" / "conda_stub" / "bin"
    environment["PATH"] = f"{conda}:{environment['PATH']}"
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout
