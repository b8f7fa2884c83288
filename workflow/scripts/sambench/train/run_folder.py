"""The files of a finished run: weights, candidates, history, record."""

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import safe_open
from safetensors.torch import save

from sambench import __version__
from sambench.atomic import atomic_path
from sambench.checkout import describe_checkout
from sambench.compute.device import describe, peak_memory
from sambench.errors import InputError
from sambench.methods.method import Method, build_method
from sambench.train.trainer import Trained
from sambench.weights.content import SAFETENSORS, check_weights_file
from sambench.weights.fitting import refuse_infinite
from sambench.weights.reading import digest

TRAIN_AGAIN = "Delete the run folder: the next run trains it again"
PACKAGES = ("torch", "monai", "numpy", "safetensors")


class RunFiles(NamedTuple):
    """The files of a run folder.

    Attributes
    ----------
    weights, candidates : Path
        Trained tensors at the end, and at the end of each epoch that was kept.
    history : Path
        One row per epoch.
    record : Path
        Recipe, data, versions, device, times.
    """

    weights: Path
    candidates: Path
    history: Path
    record: Path

    @classmethod
    def of(cls, folder: Path) -> "RunFiles":
        """Return the files of a folder by their usual names."""
        names = ("weights.safetensors", "candidates.safetensors")
        return cls(*(folder / name for name in (*names, "history.csv", "run.json")))


def write_run(
    trained: Trained,
    files: RunFiles,
    *,
    recipe: dict[str, Any],
    data: dict[str, str],
    seed: int,
    threads: int,
    processes: int = 1,
    backbone: Path | None = None,
) -> None:
    """Write weights, candidates, history and record of a finished training.

    Parameters
    ----------
    trained : Trained
        What the training left.
    files : RunFiles
        Where to write.
    recipe : dict
        The training part of the recipe.
    data : dict
        Digest of the packed slices of each source domain.
    seed, threads, processes : int
        As trained with; threads are those of one process.
    backbone : Path, optional
        Pretrained weights of the backbone, of which the hash is kept.
    """
    method = trained.method
    kept = {
        f"{_prefix(epoch)}{name}": tensor
        for epoch, state in trained.candidates.items()
        for name, tensor in state.items()
    }
    metadata = {"structures": json.dumps(method.structures)}
    if backbone is not None:
        metadata["backbone_sha256"] = digest(backbone)
    for path, state in (
        (files.weights, method.trained_state()),
        (files.candidates, kept),
    ):
        tensors = {n: t.detach().cpu().contiguous() for n, t in state.items()}
        with atomic_path(path) as temporary:
            # Not save_file: it makes files unreadable for others, whatever the umask.
            temporary.write_bytes(save(tensors, metadata=metadata))
    with atomic_path(files.history) as temporary:
        trained.history.to_csv(temporary, index=False)
    parameters = list(method.parameters())
    document = {
        "sambench": __version__,
        **describe_checkout(),
        "recipe": recipe,
        "seed": seed,
        "backbone_sha256": metadata.get("backbone_sha256"),
        "data": data,
        "validation_cases": trained.validation_cases,
        "candidates": sorted(trained.candidates),
        "structures": method.structures,
        "parameters": sum(p.numel() for p in parameters),
        "trained_parameters": sum(p.numel() for p in parameters if p.requires_grad),
        "device": describe(trained.device),
        "precision": trained.precision,
        "threads": threads,
        "processes": processes,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": float(trained.history["seconds"].sum()),
        "resumed_epochs": trained.resumed_epochs,
        "peak_memory_bytes": peak_memory(trained.device),
    }
    with atomic_path(files.record) as temporary:
        temporary.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def read_record(path: Path) -> dict[str, Any]:
    """Read the record of a run, `run.json`.

    Raises
    ------
    InputError
        If there is no such file.
    """
    if not path.is_file():
        raise InputError(
            where=path,
            found="no file",
            expected="the record of a finished training",
            remedy="Give the folder of a run: results/runs/{benchmark}/{method}/...",
        )
    return json.loads(path.read_text(encoding="utf-8"))


def read_method(
    recipe: dict[str, Any],
    weights: Path,
    device: torch.device,
    backbone: Path | None = None,
    epoch: int | None = None,
) -> Method:
    """Rebuild a trained method.

    Parameters
    ----------
    recipe : dict
        With `network` as trained.
    weights : Path
        `weights.safetensors` of the run, or its `candidates.safetensors`.
    device : torch.device
        Where to put it.
    backbone : Path, optional
        Pretrained weights of the backbone that it was trained from.
    epoch : int, optional
        Which of the candidates to take.

    Raises
    ------
    InputError
        If the weights are not those of this recipe, or the backbone is another.
    """
    metadata = _read_metadata(weights)
    _check_backbone(metadata.get("backbone_sha256"), weights, backbone)
    method = build_method(recipe, json.loads(metadata["structures"]), backbone)
    load_weights(method, weights, epoch)
    return method.to(device).eval()


def load_weights(method: Method, weights: Path, epoch: int | None = None) -> None:
    """Load what was trained into a method.

    Parameters
    ----------
    method : Method
        Built from the recipe of the run.
    weights : Path
        `weights.safetensors` of the run, or its `candidates.safetensors`.
    epoch : int, optional
        Which of the candidates to take.

    Raises
    ------
    InputError
        If the weights are not those of this recipe, or are not finite.
    """
    prefix = "" if epoch is None else _prefix(epoch)
    with _opened(weights) as archive:
        names = [name for name in archive.keys() if name.startswith(prefix)]  # noqa: SIM118
        found = {n.removeprefix(prefix): archive.get_tensor(n) for n in names}
    remedy = f"Delete the run folder and train '{method.recipe['id']}' again"
    expected = method.trained_state()
    for name in sorted(found.keys() | expected.keys()):
        shapes = [
            list(state[name].shape) if name in state else None
            for state in (found, expected)
        ]
        if shapes[0] != shapes[1]:
            raise InputError(
                where=f"{weights}, tensor {name}",
                found=f"shape {shapes[0]}" if shapes[0] else "no such tensor",
                expected=f"shape {shapes[1]}" if shapes[1] else "no such tensor",
                remedy=remedy,
            )
    refuse_infinite(found, str(weights), remedy)
    method.load_state_dict(found, strict=False)


def _read_metadata(weights: Path) -> dict[str, str]:
    with _opened(weights) as archive:
        metadata = archive.metadata() or {}
    if "structures" not in metadata:
        raise InputError(
            where=weights,
            found="weights without the structures that they segment",
            expected="weights of a training of this pipeline",
            remedy=TRAIN_AGAIN,
        )
    return metadata


def _opened(weights: Path) -> safe_open:
    """Open the weights of a run; whatever else lies there is named."""
    kind = check_weights_file(weights, TRAIN_AGAIN)
    if kind != SAFETENSORS:
        raise InputError(
            where=weights,
            found=f"a file of {kind}",
            expected="weights of a training of this pipeline, in safetensors",
            remedy=TRAIN_AGAIN,
        )
    return safe_open(weights, framework="pt")


def _prefix(epoch: int) -> str:
    return f"epoch{epoch}/"


def _check_backbone(trained: str | None, weights: Path, backbone: Path | None) -> None:
    found = None if backbone is None else digest(backbone)
    if trained != found:
        raise InputError(
            where=backbone or weights,
            found=f"a backbone with sha256 {found}" if found else "no backbone",
            expected=f"that of the training, {trained}" if trained else "none",
            remedy="Train the run again, or give the backbone it was trained from",
        )
