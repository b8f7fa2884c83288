"""The files of a finished run: weights, candidates, history, record."""

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save

from sambench import __version__
from sambench.atomic import atomic_path, write_text
from sambench.checkout import describe_checkout
from sambench.compute.device import describe, peak_memory
from sambench.errors import InputError
from sambench.methods.method import Method, build_method
from sambench.train.trainer import Trained
from sambench.weights.content import SAFETENSORS, check_weights_file
from sambench.weights.fitting import refuse_infinite, refuse_misfit
from sambench.weights.reading import digest

TRAIN_AGAIN = "Delete the run folder: the next run trains it again"
PACKAGES = ("torch", "monai", "numpy", "safetensors")


def write_run(
    trained: Trained,
    folder: Path,
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
    folder : Path
        Where to write `weights.safetensors` (trained tensors at the end),
        `candidates.safetensors` (at the end of each epoch that was kept), `history.csv`
        (one row per epoch) and `run.json` (recipe, data, versions, device, times).
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
    for name, state in (
        ("weights", method.trained_state()),
        ("candidates", kept),
    ):
        tensors = {n: t.detach().cpu().contiguous() for n, t in state.items()}
        with atomic_path(folder / f"{name}.safetensors") as temporary:
            # Not save_file: it makes files unreadable for others, whatever the umask.
            temporary.write_bytes(save(tensors, metadata=metadata))
    write_text(folder / "history.csv", trained.history.to_csv(index=False))
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
    write_text(folder / "run.json", json.dumps(document, indent=2) + "\n")


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
    network = f"the training of '{method.recipe['id']}'"
    refuse_misfit(found, method.trained_state(), weights, network, remedy)
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
