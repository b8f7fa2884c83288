"""The predictor of controls: the prompt is the answer. Needs no torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sambench.methods import PROMPTS
from sambench.methods.prompts import Prompts
from sambench.predict.original import Original


class PromptRegionPredictor:
    """Answer with the region that the prompt marks.

    Parameters
    ----------
    recipe : dict
        Of which the prompt is used.
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
        self._prompt = recipe["prompt"]

    def __call__(
        self,
        slices: np.ndarray,
        prompts: Prompts,
        originals: Sequence[Original] = (),
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Give the marked regions of a batch of slices.

        Parameters
        ----------
        slices : ndarray
            Not used.
        prompts : Prompts
            Of the packed slices.
        originals : sequence of Original
            Of the slices that are wanted on another grid too.

        Returns
        -------
        ndarray of bool, `(B, C, H, W)`
            The regions on the packed slices.
        list of ndarray of bool, `(C, rows, columns)`
            The regions of the same prompt on the originals, exactly.
        """
        native = [
            PROMPTS.build(
                self._prompt, masks=original.label()[None], seeds=[original.seed]
            ).region[0]
            for original in originals
        ]
        return prompts.region, native
