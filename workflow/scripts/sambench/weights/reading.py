"""Read files of weights without running code from them."""

import hashlib
import logging
import pickletools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sambench.errors import InputError, first_few
from sambench.weights.content import SAFETENSORS, TORCH, check_weights_file
from sambench.weights.fitting import refuse_infinite

#: Under which name trainings keep the network's weights beside other things.
_WRAPPERS = ("model", "state_dict")
_SHOWN = 6
_EXPECTED = "a state dict: tensors by name"
_AGAIN = "Fetch or copy the file again"
_PUBLISHED = "Give the file of weights as its authors publish it"

_OF_TENSORS = re.compile(r"(torch\.(_utils\.)?\w+|collections\.OrderedDict)$")

logger = logging.getLogger(__name__)


def read_state_dict(path: Path, published: str | None = None) -> dict[str, Tensor]:
    """Read the weights of a network from a file of torch or safetensors.

    They are on the CPU. Training checkpoints are unwrapped (``{"model": ...}``) and
    ``module.`` prefixes dropped.

    Parameters
    ----------
    path : Path
        The file.
    published : str, optional
        Hash that the file must have, ``"sha256:..."`` or ``"md5:..."``. If it is empty,
        as none is published, that is warned of.

    Raises
    ------
    InputError
        If the file is missing, is something else, which is named, has another hash, or
        holds weights that are not finite.
    """
    path = Path(path)
    if published is not None:
        check_weights_file(path)
        _verify(path, published)
    state = _unwrapped(path, read_safely(path))
    refuse_infinite(state, path)
    return state


def digest(path: Path, method: str = "sha256") -> str:
    """Return the hash of a file, by which weights of a backbone are known."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, method).hexdigest()


def _verify(path: Path, published: str) -> None:
    if not published:
        logger.warning(f"{path}: no hash is published for these weights to verify")
        return
    method, expected = published.split(":")
    found = digest(path, method)
    if found != expected:
        raise InputError(
            where=path,
            found=f"{method} {found}",
            expected=f"{method} {expected}",
            remedy="Fetch the file again: it is damaged or another one",
        )


def read_safely(path: Path, remedy: str | None = None) -> Any:
    """Read tensors, and numbers, text, lists and dicts with them; nothing else.

    Raises
    ------
    InputError
        If the file is no file of weights, is damaged, or holds objects of Python,
        which could run code when they are read.
    """
    path = Path(path)
    kind = check_weights_file(path, remedy)
    if kind == SAFETENSORS:
        return _read_safetensors(path, remedy)
    try:
        return _read_torch(path, kind)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # damaged pickles raise whatever they lead to
        # What torch says is not passed on: it advises to load the file unsafely.
        raise _unsafe(path, _objects(path, str(error), kind), remedy) from None


def _read_torch(path: Path, kind: str) -> Any:
    if kind == TORCH and path.suffix != ".safetensors":
        # Mapped, so that only what is used of a large file is ever in memory
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    with path.open("rb") as file:  # by its content: torch looks at the suffix, too
        return torch.load(file, map_location="cpu", weights_only=True)


def _refused(path: Path, found: str, remedy: str) -> InputError:
    return InputError(where=path, found=found, expected=_EXPECTED, remedy=remedy)


def _unsafe(path: Path, objects: list[str], remedy: str | None) -> InputError:
    """Describe a file that holds objects of Python, or is damaged if it holds none."""
    if not objects:
        return _refused(path, "a damaged file of torch", remedy or _AGAIN)
    shown = first_few(objects, _SHOWN)
    helps = (
        "If you made or trust the file, save the weights alone: "
        'torch.save(checkpoint["model"], file), or of model.state_dict()'
    )
    found = f"objects of Python ({shown}): reading them can run code"
    return _refused(path, found, remedy or helps)


def _read_safetensors(path: Path, remedy: str | None) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        found = f"a damaged safetensors file ({error})"
        raise _refused(path, found, remedy or _AGAIN) from error


def _objects(path: Path, message: str, kind: str) -> list[str]:
    """List the classes and functions of Python that a file asks for; none is called."""
    names = re.findall(r"GLOBAL ([\w.]+)", message)
    try:
        if kind == TORCH:
            names += torch.serialization.get_unsafe_globals_in_checkpoint(path)
        else:
            names += [name for name in _pickled(path) if not _OF_TENSORS.match(name)]
    except Exception:  # damaged: what the message says is all there is
        logger.debug("%s: its objects are not known", path, exc_info=True)
    return list(dict.fromkeys(names))


def _pickled(path: Path) -> Iterator[str]:
    """List what pickles name; torch before 1.6 wrote several, then the tensors."""
    texts: list[str] = []
    with path.open("rb") as file:
        while True:
            try:
                for code, argument, _ in pickletools.genops(file):
                    if code.name == "GLOBAL":
                        yield argument.replace(" ", ".")
                    elif code.name == "STACK_GLOBAL":
                        yield ".".join(texts[-2:])
                    elif isinstance(argument, str):
                        texts.append(argument)
            except Exception:  # the end, or bytes that are no pickle
                return


def _unwrapped(path: Path, state: Any) -> dict[str, Tensor]:
    for key in _WRAPPERS:
        if isinstance(state, Mapping) and isinstance(state.get(key), Mapping):
            state = state[key]
    if not isinstance(state, Mapping):
        raise _refused(path, f"a {type(state).__name__}", _PUBLISHED)
    if not state:
        raise _refused(path, "an empty dict", _PUBLISHED)
    if not _are_tensors(state):
        keys = first_few([str(key) for key in state], _SHOWN)
        inner = next((key for key in state if _are_tensors(state[key])), None)
        save = f'Save the weights alone: torch.save(torch.load(file)["{inner}"], new)'
        remedy = _PUBLISHED if inner is None else save
        raise _refused(path, f"a dict of {keys}", remedy)
    return {str(name).removeprefix("module."): tensor for name, tensor in state.items()}


def _are_tensors(state: Any) -> bool:
    """Return whether this is a dict of tensors, and not an empty one."""
    tensors = isinstance(state, Mapping) and state
    return bool(tensors) and all(isinstance(v, Tensor) for v in state.values())
