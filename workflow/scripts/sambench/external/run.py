"""Train another program and segment with it, by the commands of its recipe."""

import json
import logging
import os
import platform
import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sambench import __version__
from sambench.atomic import atomic_path
from sambench.errors import InputError
from sambench.external.commands import (
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
from sambench.external.work_folder import WorkFolder, key_of, write_files

logger = logging.getLogger(__name__)


class Run(NamedTuple):
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


def train(run_of: Run, record: Path) -> None:
    """Train a program, or go on with a training that was stopped.

    The `record`, `run.json`, holds recipe, versions, times, and what the recipe asks to
    keep.
    """
    external, device = run_of.recipe["external"], choose_device()
    source, work = _source(run_of), _work(run_of)
    values = _values(run_of, device)
    with work.opened() as held:
        found = splits(source["cases"], external["folds"], run_of.data)
        _prepare(run_of, values, found)
        environment = _environment(external, values, device)
        where = _where(run_of, "train")
        for command in commands_of(external["train"], values, where):
            if work.is_done(command.name):
                continue
            with work.timed(command.name):
                run(command, environment, work.output, external["progress"], held)
        document = {
            "sambench": __version__,
            "recipe": run_of.recipe,
            "seed": int(run_of.names["seed"]),
            "data": source["data"],
            "validation_cases": _held_out(source),
            "structures": list(source["structures"]),
            "folds": values["folds"],
            "program": _version(external, values, environment),
            "device": device.description,
            "threads": run_of.threads,
            "platform": platform.platform(),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": sum(work.seconds.values()),
            "seconds_of_commands": work.seconds,
            "starts": work.starts,
            "peak_memory_bytes": _peak_memory(),
            **_kept(external, values, _where(run_of, "record")),
        }
        with atomic_path(record) as temporary:
            text = json.dumps(document, indent=2) + "\n"
            temporary.write_text(text, encoding="utf-8")


def predict(run_of: Run, images: Path, predictions: Path) -> None:
    """Segment the images `<case>_0000.*` of a target as `<case>.*` of the same suffix.

    Raises
    ------
    InputError
        If the program leaves an image without a mask.
    """
    external, device = run_of.recipe["external"], choose_device()
    work = _work(run_of)
    if run_of.data is not None:
        work.require_finished()
    with work.used() as held, atomic_path(predictions) as temporary:
        temporary.mkdir()
        folders = paths(images=images, predictions=temporary)
        values = _values(run_of, device) | folders
        if run_of.data is None:
            _prepare(run_of, values, [])
        environment = _environment(external, values, device)
        where = _where(run_of, "predict")
        for command in commands_of(external["predict"], values, where):
            run(command, environment, work.output, external["progress"], held)
        _check_complete(images, temporary)


def _work(run_of: Run) -> WorkFolder:
    data = None if run_of.data is None else _source(run_of)
    parts = {"recipe": run_of.recipe, "data": data, "seed": run_of.names["seed"]}
    return WorkFolder(run_of.work, key_of(**parts))


def _source(run_of: Run) -> dict[str, Any]:
    return json.loads((run_of.data / "source.json").read_text(encoding="utf-8"))


def _held_out(source: dict[str, Any]) -> dict[str, list[str]]:
    names = [case["case"] for case in source["cases"] if case["held_out"]]
    return dict.fromkeys(source["data"], names)


def _values(run_of: Run, device: Device) -> dict[str, Any]:
    """Return what each placeholder stands for."""
    external, folders, held_out = run_of.recipe["external"], {}, False
    if run_of.data is not None:
        folders = {**paths(data=run_of.data.parent), "dataset": run_of.data.name}
        held_out = any(case["held_out"] for case in _source(run_of)["cases"])
    return {
        **values_for(external["values"], run_of.kind),
        **run_of.names,
        **paths(work=run_of.work),
        **folders,
        "kind": run_of.kind,
        "threads": run_of.threads,
        "device": device.kind,
        "folds": folds_of(external["folds"], held_out),
    }


def _prepare(run_of: Run, values: dict[str, Any], found: list) -> None:
    files = run_of.recipe["external"]["files"]
    filled = {name: fill_known(text, values) for name, text in files.items()}
    write_files(run_of.work, filled, found)


def _environment(
    external: dict[str, Any], values: dict[str, Any], device: Device
) -> dict[str, str]:
    where = f"recipe '{values['method']}', key 'external.variables'"
    variables = {
        name: fill(text, values, f"{where}.{name}")
        for name, text in external["variables"].items()
    }
    gpu = {} if device.gpu is None else {"CUDA_VISIBLE_DEVICES": device.gpu}
    # Output in blocks of some KiB would be no progress.
    fixed = {"PATH": search_path(external), "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **fixed, **gpu, **variables}


def _where(run_of: Run, key: str) -> str:
    return f"recipe '{run_of.recipe['id']}', key 'external.{key}'"


def _version(
    external: dict[str, Any], values: dict[str, Any], environment: dict[str, str]
) -> str | None:
    if external["version"] is None:
        return None
    where = f"recipe '{values['method']}', key 'external.version'"
    (command,) = commands_of([external["version"]], values, where)
    try:
        said = subprocess.run(
            command.arguments,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        logger.warning("the version of the program is not known: %s", error)
        return None
    return said.stdout.strip()


def _kept(
    external: dict[str, Any], values: dict[str, Any], where: str
) -> dict[str, Any]:
    """Read the JSON files that the record of a run is to hold."""
    kept = {}
    for name, text in external["record"].items():
        path = Path(fill(text, values, f"{where}.{name}"))
        try:
            kept[name] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(
                where=f"{where}.{name}",
                found=f"no JSON in {path} ({error})",
                expected="a file that the program wrote in training",
                remedy="Correct the path, or leave it out",
            ) from error
    return kept


def _peak_memory() -> int:
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


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
