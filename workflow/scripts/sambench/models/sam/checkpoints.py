"""Files of pretrained weights: verified and read."""

import hashlib
import logging
from pathlib import Path

from sambench.errors import InputError
from sambench.models.sam.backbones import Checkpoint
from sambench.weights.content import check_weights_file
from sambench.weights.reading import read_state_dict

logger = logging.getLogger(__name__)


def read_checkpoint(path: Path, checkpoint: Checkpoint | None = None) -> dict:
    """Read a state dict, see `read_state_dict`; a published hash is verified first.

    Raises
    ------
    InputError
        If the file is missing, is something else, has another hash, or holds no state
        dict or weights that are not finite.
    """
    check_weights_file(path)
    if checkpoint is not None:
        _verify(path, checkpoint)
    return read_state_dict(path)


def digest(path: Path, method: str = "sha256") -> str:
    """Return the hash of a file, by which weights of a backbone are known."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, method).hexdigest()


def _verify(path: Path, checkpoint: Checkpoint) -> None:
    for method in ("sha256", "md5"):
        expected = getattr(checkpoint, method)
        if expected is None:
            continue
        found = digest(path, method)
        if found != expected:
            raise InputError(
                where=path,
                found=f"{method} {found}",
                expected=f"{method} {expected}",
                remedy="Fetch the file again: it is damaged or another one",
            )
        return
    logger.warning(f"{path}: no hash is published for these weights, none was verified")
