"""Train another program and segment with it, by the commands of its recipe."""

import json
import logging
import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sambench import __version__
from sambench.atomic import atomic_path, write_text
from sambench.errors import InputError
from sambench.external.commands import (
    Command,
    commands_of,
    fill,
    fill_known,
    folds_of,
    paths,
    values_for,
)
from sambench.external.device import Device, choose_device
from sambench.external.process import run
from sambench.external.program import search_path
from sambench.external.splits import splits
from sambench.external.work_folder import WorkFolder, key_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """What is trained, on what, where.

    Attributes
    ----------
    recipe : dict
        `id`, `version`, `external` of the recipe.
    names : dict of str to str
        `benchmark`, `method`, `source` and `seed`, for placeholders.
    work : Path
        Where the program keeps its files.
    data : Path or None
        The folder of the source's data set, of `dataset.write_training_data`; None
        for a program that is not trained.
    kind : str
        `volume` or `photo`.
    threads : int
        CPU threads.
    """

    recipe: dict[str, Any]
    names: dict[str, str]
    work: Path
    data: Path | None
    kind: str
    threads: int

    @cached_property
    def source(self) -> dict[str, Any] | None:
        """What `source.json` says of the data set."""
        if self.data is None:
            return None
        return json.loads((self.data / "source.json").read_text(encoding="utf-8"))

    @property
    def held_out(self) -> list[str]:
        """Names of the cases that validate."""
        cases = self.source["cases"] if self.source else []
        return [case["case"] for case in cases if case["held_out"]]

    def folder(self) -> WorkFolder:
        """Return the folder of this recipe, data and seed."""
        seed = self.names["seed"]
        key = key_of(recipe=self.recipe, data=self.source, seed=seed)
        return WorkFolder(self.work, key)

    def where(self, key: str) -> str:
        """Return the place of a key of the recipe, for messages."""
        return f"recipe '{self.recipe['id']}', key 'external.{key}'"

    def values(self, device: Device) -> dict[str, Any]:
        """Return what each placeholder stands for."""
        external, folders = self.recipe["external"], {}
        if self.data is not None:
            folders = {**paths(data=self.data.parent), "dataset": self.data.name}
        return {
            **values_for(external["values"], self.kind),
            **self.names,
            **paths(work=self.work),
            **folders,
            "kind": self.kind,
            "threads": self.threads,
            "device": device.kind,
            "folds": folds_of(external["folds"], bool(self.held_out)),
        }

    def environment(self, values: dict[str, Any], device: Device) -> dict[str, str]:
        """Return the environment variables of its commands."""
        external = self.recipe["external"]
        variables = {
            name: fill(text, values, self.where(f"variables.{name}"))
            for name, text in external["variables"].items()
        }
        gpu = {} if device.gpu is None else {"CUDA_VISIBLE_DEVICES": device.gpu}
        # Output in blocks of some KiB would be no progress.
        fixed = {"PATH": search_path(external), "PYTHONUNBUFFERED": "1"}
        return {**os.environ, **fixed, **gpu, **variables}

    def commands(self, key: str, values: dict[str, Any]) -> list[Command]:
        """Return the commands of a key of the recipe, filled in."""
        texts = self.recipe["external"][key]
        return commands_of(texts, values, self.where(key))

    def write_files(self, values: dict[str, Any], found: list) -> None:
        """Write the files that the recipe asks for, and the folds of the source."""
        files = self.recipe["external"]["files"]
        filled = {name: fill_known(text, values) for name, text in files.items()}
        filled["splits_final.json"] = json.dumps(found, indent=2) + "\n"
        for name, content in filled.items():
            write_text(self.work / name, content)


def train(run_of: Run, record: Path) -> None:
    """Train a program, or go on with a training that was stopped.

    The `record`, `run.json`, holds recipe, versions, times, and what the recipe asks to
    keep.
    """
    external, device = run_of.recipe["external"], choose_device()
    source, work, values = run_of.source, run_of.folder(), run_of.values(device)
    with work.opened() as held:
        found = splits(source["cases"], external["folds"], run_of.data)
        run_of.write_files(values, found)
        environment, progress = run_of.environment(values, device), external["progress"]
        for command in run_of.commands("train", values):
            if work.is_done(command.name):
                continue
            with work.timed(command.name):
                peak = run(command, environment, work.output, progress, held)
                work.note_peak(peak)
        document = {
            "sambench": __version__,
            "recipe": run_of.recipe,
            "seed": int(run_of.names["seed"]),
            "data": source["data"],
            "validation_cases": dict.fromkeys(source["data"], run_of.held_out),
            "structures": list(source["structures"]),
            "folds": values["folds"],
            "program": _version(run_of, values, environment),
            "device": device.description,
            "threads": run_of.threads,
            "platform": platform.platform(),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            **work.record(),
            **_kept(run_of, values),
        }
        write_text(record, json.dumps(document, indent=2) + "\n")


def predict(run_of: Run, images: Path, predictions: Path) -> None:
    """Segment the images `<case>_0000.*` of a target as `<case>.*` of the same suffix.

    Raises
    ------
    InputError
        If the program leaves an image without a mask.
    """
    external, device = run_of.recipe["external"], choose_device()
    work = run_of.folder()
    if run_of.data is not None:
        work.require_finished()
    with work.used() as held, atomic_path(predictions) as temporary:
        temporary.mkdir()
        folders = paths(images=images, predictions=temporary)
        values = run_of.values(device) | folders
        if run_of.data is None:
            run_of.write_files(values, [])
        environment = run_of.environment(values, device)
        for command in run_of.commands("predict", values):
            run(command, environment, work.output, external["progress"], held)
        _check_complete(images, temporary)


def _version(
    run_of: Run, values: dict[str, Any], environment: dict[str, str]
) -> str | None:
    text = run_of.recipe["external"]["version"]
    if text is None:
        return None
    (command,) = commands_of([text], values, run_of.where("version"))
    said = {"capture_output": True, "text": True, "check": True}
    try:
        done = subprocess.run(command.arguments, env=environment, **said)
    except (OSError, subprocess.CalledProcessError) as error:
        logger.warning("the version of the program is not known: %s", error)
        return None
    return done.stdout.strip()


def _kept(run_of: Run, values: dict[str, Any]) -> dict[str, Any]:
    """Read the JSON files that the record of a run is to hold."""
    kept = {}
    for name, text in run_of.recipe["external"]["record"].items():
        where = run_of.where(f"record.{name}")
        path = Path(fill(text, values, where))
        try:
            kept[name] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(
                where=where,
                found=f"no JSON in {path} ({error})",
                expected="a file that the program wrote in training",
                remedy="Correct the path, or leave it out",
            ) from error
    return kept


def _check_complete(images: Path, predictions: Path) -> None:
    names = sorted(path.name for path in images.glob("*_0000.*"))
    expected = [name.replace("_0000.", ".") for name in names]
    missing = [name for name in expected if not (predictions / name).is_file()]
    if missing:
        raise InputError(
            where=f"the masks of {images}",
            found=f"none for {len(missing)} of {len(expected)} images, such as "
            f"{missing[0]}",
            expected="a mask for each, named as the image without _0000",
            remedy="Look at the commands in `external.predict` of the recipe",
        )
