"""Files of pretrained weights: verified and read."""

import hashlib
import logging
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import torch
from torch import Tensor

from sambench.errors import InputError
from sambench.models.sam.backbones import Checkpoint

logger = logging.getLogger(__name__)


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
        # Mapped, so that only what is used of a large file is ever in memory
        state = torch.load(
            path, map_location="cpu", weights_only=True, mmap=is_zipfile(path)
        )
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
