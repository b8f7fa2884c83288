"""Pretrained weights of the SAM family: which there are, verified and read."""

import hashlib
import logging
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sambench.errors import InputError, unknown_name

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """Published weights.

    Attributes
    ----------
    backbone : str
        A name in `sambench.models.sam.build.SIZES`, or ``"tiny_vit"``.
    scaling : str
        How images are scaled for them, a name in `SCALINGS` of `scaling.py` here.
    image_size : int
        Side of the images that they were trained on, in pixels.
    sha256, md5 : str or None
        Of the file; None where no hash is published.
    """

    backbone: str
    scaling: str
    image_size: int = 1024
    sha256: str | None = None
    md5: str | None = None


# Hashes: each occurs in at least six unrelated repositories. Nobody states one for
# medsam_v0. The two MedSAM generations need different scalings: v0 kept SAM's mean and
# standard deviation, v1 and LiteMedSAM read each image scaled to 0..1.
CHECKPOINTS = {
    "sam_vit_b": Checkpoint(
        "vit_b",
        "mean_std",
        sha256="ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
    ),
    "sam_vit_l": Checkpoint(
        "vit_l",
        "mean_std",
        sha256="3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
    ),
    "sam_vit_h": Checkpoint(
        "vit_h",
        "mean_std",
        sha256="a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
    ),
    "medsam": Checkpoint("vit_b", "min_max", md5="3bb6db55bd0c9ca30b61248bca72f8d6"),
    "medsam_v0": Checkpoint("vit_b", "mean_std"),
    "lite_medsam": Checkpoint(
        "tiny_vit",
        "min_max",
        image_size=256,
        sha256="79d8c9dca6db4d69d3f905579e5250af05e859fff9c1f543e89a513c3028ce76",
    ),
}


def find_checkpoint(name: str) -> Checkpoint:
    """Look up published weights by name.

    Raises
    ------
    InputError
        If the name is not known.
    """
    if name not in CHECKPOINTS:
        raise unknown_name("the recipe's weights", "weights", name, CHECKPOINTS)
    return CHECKPOINTS[name]


def read_checkpoint(path: Path, checkpoint: Checkpoint | None = None) -> dict:
    """Read a state dict; nothing but tensors is unpickled.

    Parameters
    ----------
    path : Path
        A file of torch, or safetensors by its suffix.
    checkpoint : Checkpoint, optional
        What the file should be; its hash is verified first.

    Returns
    -------
    dict of str to Tensor
        On the CPU. Training checkpoints are unwrapped (``{"model": ...}``) and
        ``module.`` prefixes dropped.

    Raises
    ------
    InputError
        If the file is missing, has another hash or holds no state dict.
    """
    if not path.is_file():
        raise InputError(
            where=path,
            found="no file",
            expected="weights",
            remedy="Fetch them with python -m sambench fetch, or correct the path",
        )
    if checkpoint is not None:
        _verify(path, checkpoint)
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise _no_state(path, str(error).splitlines()[0]) from error
    return _unwrapped(path, state)


def _verify(path: Path, checkpoint: Checkpoint) -> None:
    for method in ("sha256", "md5"):
        expected = getattr(checkpoint, method)
        if expected is None:
            continue
        with path.open("rb") as file:
            found = hashlib.file_digest(file, method).hexdigest()
        if found != expected:
            raise InputError(
                where=path,
                found=f"{method} {found}",
                expected=f"{method} {expected}",
                remedy="Fetch the file again: it is damaged or another one",
            )
        return
    logger.warning(f"{path}: no hash is published for these weights, none was verified")


def _unwrapped(path: Path, state: Any) -> dict[str, Tensor]:
    for key in ("model", "state_dict"):
        if isinstance(state, Mapping) and isinstance(state.get(key), Mapping):
            state = state[key]
    tensors = isinstance(state, Mapping) and all(
        isinstance(value, Tensor) for value in state.values()
    )
    if not tensors or not state:
        raise _no_state(
            path, f"a {type(state).__name__} with other things than tensors"
        )
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}


def _no_state(path: Path, found: str) -> InputError:
    return InputError(
        where=path,
        found=found,
        expected="a state dict of tensors",
        remedy="Give the file of weights as its authors publish it",
    )
