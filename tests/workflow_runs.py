"""The Snakefile, run as a user would, in a folder of its own."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import yaml
from filelock import FileLock


class Workflow:
    """Runs the repository's Snakefile in a folder of its own."""

    def __init__(self, repository: Path, folder: Path, conda: Path):
        self.repository, self.folder = repository, folder
        self.conda = conda  # Snakemake's hash of an environment has its path
        self.results = folder / "results"
        self.config = folder / "smoke.yaml"
        if not self.config.exists():
            shutil.copy(repository / "tests" / "smoke.yaml", self.config)

    def copied(self, folder: Path) -> "Workflow":
        """Copy all but the locks of a run that goes on in it."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("locks"))
        return Workflow(self.repository, folder, self.conda)

    def fresh(self, folder: Path) -> "Workflow":
        """Return a run that has not begun, with the same environments."""
        return Workflow(self.repository, folder, self.conda)

    def command(self, *arguments: str) -> list[str]:
        return [
            *(sys.executable, "-m", "snakemake", "--cores", "2", "--use-conda"),
            *("--conda-prefix", str(self.conda)),
            # --configfile takes all words up to the next option.
            *("--configfile", str(self.config), "--directory", str(self.folder)),
            *("--snakefile", str(self.repository / "Snakefile")),
            *arguments,
        ]

    @property
    def environment(self) -> dict[str, str]:
        """The environment with a stand-in for conda on the path."""
        stub = self.repository / "tests" / "conda_stub" / "bin"
        path = f"{stub}{os.pathsep}{os.environ['PATH']}"
        return os.environ | {"PATH": path, "CONDA_STUB_PYTHON": sys.executable}

    def run(self, *arguments: str, ok: bool = True) -> str:
        done = subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environment,
            check=False,
        )
        output = done.stdout + done.stderr
        assert (done.returncode == 0) == ok, output[-5000:]
        return output

    def change(self, **keys: object) -> None:
        config = yaml.safe_load(self.config.read_text())
        # Snakemake takes another order of keys for another value.
        self.config.write_text(yaml.safe_dump(config | keys, sort_keys=False))

    def planned(self, *arguments: str) -> list[str]:
        """List the rules and wildcards that a dry run would run."""
        output = self.run("--dry-run", *arguments)
        blocks = re.split(r"\n(?=(?:local)?rule )", output)
        jobs = []
        for block in blocks:
            rule = re.match(r"(?:local)?rule (\w+):", block)
            if rule:
                words = re.search(r"wildcards: (.*)", block)
                jobs.append(f"{rule[1]} {words[1] if words else ''}".strip())
        return jobs


def once(folder: Path, fill: Callable[[], None]) -> None:
    """Fill a folder for the tests of all processes, by the one that asks first."""
    done = folder.with_suffix(".done")
    with FileLock(f"{folder}.lock"):
        if not done.exists():
            folder.mkdir(exist_ok=True)
            fill()
            done.touch()


def finished_run(repository: Path, shared: Path) -> Workflow:
    """Run the documented command once for all tests."""
    folder, conda = shared / "finished", shared / "conda"
    once(conda, lambda: None)
    once(folder, lambda: Workflow(repository, folder, conda).run())
    return Workflow(repository, folder, conda)
