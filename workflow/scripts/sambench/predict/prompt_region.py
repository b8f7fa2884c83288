"""The predictor of controls: the prompt is the answer. Needs no torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sambench.methods.prompts import Prompts


class PromptRegionPredictor:
    """Answer with the region that the prompt marks.

    Parameters
    ----------
    recipe : dict
        Not used: all is in the prompt.
    weights : Path or None
        None: there is nothing to train.
    structures : sequence of str
        Of the target.
    threads : int
        Not used.
    """

    def __init__(
        self,
        recipe: dict[str, Any],
        weights: Path | None,
        structures: Sequence[str],
        threads: int,
    ):
        self.structures = list(structures)

    def __call__(self, slices: np.ndarray, prompts: Prompts) -> np.ndarray:
        """Give masks `(B, C, H, W)` of bool for packed slices and their prompts."""
        return prompts.region
