"""The state of an unfinished training, kept until the run is done.

Snakemake deletes the outputs and the log of a job that fails, so the state lies at
its own path. It carries a key: another recipe, other data or another seed start
afresh.
"""

import hashlib
import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from sambench.atomic import atomic_path
from sambench.errors import InputError
from sambench.weights.fitting import refuse_infinite
from sambench.weights.reading import read_safely

logger = logging.getLogger(__name__)
_AGAIN = "Delete the files resume*.pt beside it: the run is then trained again"


def key_of(**parts: Any) -> str:
    """Hash whatever the state depends on (JSON values) into one key."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class ResumeState:
    """One file that is replaced after every epoch, and one for each candidate epoch.

    Parameters
    ----------
    path : Path
        Where the state lies.
    key : str
        What it must have been made for, of `key_of`.
    """

    def __init__(self, path: Path, key: str):
        self.path = Path(path)
        self.key = key

    def load(self) -> dict[str, Any] | None:
        """Return the saved state, or None if there is none that fits."""
        if not self.path.is_file():
            return None
        try:
            saved = read_safely(self.path)
        except (InputError, OSError) as error:
            found = getattr(error, "found", error)
            logger.warning("%s is %s: starting afresh", self.path, found)
            return None
        if not isinstance(saved, dict) or saved.get("key") != self.key:
            logger.info(
                "%s is of another recipe, data or seed: starting afresh", self.path
            )
            return None
        try:
            refuse_infinite(saved.get("method", {}), self.path)
        except InputError as error:
            logger.warning("%s: starting afresh", error)
            return None
        return saved

    def save(self, **state: Any) -> None:
        """Replace the state: tensors, numbers, text, lists and dicts."""
        with atomic_path(self.path) as temporary:
            torch.save({"key": self.key, **state}, temporary)

    def keep(self, epoch: int, weights: dict[str, torch.Tensor]) -> None:
        """Keep the weights of one epoch, once: before the state that says it is done.

        Whoever resumes after an epoch thus finds the weights of all candidates before.
        """
        with atomic_path(self._kept(epoch)) as temporary:
            torch.save(weights, temporary)

    def kept(self, epochs: Iterable[int]) -> dict[int, dict[str, torch.Tensor]]:
        """Return what this training kept, by epoch."""
        return {epoch: read_safely(self._kept(epoch), _AGAIN) for epoch in epochs}

    def delete(self) -> None:
        """Remove the state and what was kept: the run is done."""
        for path in [self.path, *self.path.parent.glob(self._kept("*").name)]:
            path.unlink(missing_ok=True)

    def _kept(self, epoch: int | str) -> Path:
        return self.path.with_name(f"{self.path.stem}.epoch{epoch}.pt")
