"""The predictor of networks: logits, sigmoid, threshold, on both grids."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sambench.methods import INPUTS
from sambench.methods.inputs import channels_first
from sambench.methods.method import Method, channels_of
from sambench.methods.prompts import Prompts
from sambench.predict.native_grid import to_native
from sambench.predict.original import Original
from sambench.train.device import precision, prepare
from sambench.train.run_folder import read_method


class NetworkPredictor:
    """Run a network over packed slices.

    Parameters
    ----------
    recipe : dict
        The training and prediction parts of a recipe.
    weights : Path or None
        Of the run, the last or the candidates; None for a network used as it is.
    structures : sequence of str
        Structures of the target, in the order of the masks asked for.
    threads : int
        CPU threads.
    backbone : Path, optional
        Pretrained weights of the network's backbone.
    epoch : int, optional
        Which of the candidates in `weights` to take.

    Raises
    ------
    InputError
        If the run was not trained on a structure of the target.
    """

    def __init__(
        self,
        recipe: dict[str, Any],
        weights: Path | None,
        structures: Sequence[str],
        threads: int,
        backbone: Path | None = None,
        epoch: int | None = None,
    ):
        self._device = prepare(threads)
        if weights is None:
            method = Method(recipe, structures, backbone).to(self._device).eval()
        else:
            method = read_method(recipe, weights, self._device, backbone, epoch)
        self._method = method
        self._normalise = INPUTS[recipe["input"]["normalisation"]]
        self._threshold = recipe["inference"]["threshold"]
        self._logit = float(np.log(self._threshold / (1 - self._threshold)))
        self._channels = channels_of(method, structures)

    def __call__(
        self,
        slices: np.ndarray,
        prompts: Prompts,
        embeddings: np.ndarray | None = None,
        originals: Sequence[Original] = (),
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Segment a batch of slices.

        Parameters
        ----------
        slices : ndarray, `(B, H, W)` or `(B, H, W, 3)`
            As packed.
        prompts : Prompts
            Of the slices.
        embeddings : ndarray, `(B, ...)`, optional
            Of the slices, where what is frozen of the network was computed before.
        originals : sequence of Original
            Of the slices that are wanted on another grid too.

        Returns
        -------
        ndarray of bool, `(B, C, H, W)`
            Masks of the slices.
        list of ndarray of bool, `(C, rows, columns)`
            Masks of the originals.
        """
        images = np.stack(
            [self._normalise(image, slices.dtype) for image in channels_first(slices)]
        )
        tensor = torch.from_numpy(images).to(self._device)
        encoded = None
        if embeddings is not None:
            encoded = torch.from_numpy(np.array(embeddings)).to(self._device)
        count = prompts.region.shape[1]
        with torch.inference_mode():
            with precision(self._device):
                logits = self._method.predict(tensor, prompts, encoded)
            logits = logits.float()[:, self._channels]
            masks = _for_all(logits >= self._logit, count)
            native = [
                _for_all(
                    to_native(logits[original.place].sigmoid(), original)
                    >= self._threshold,
                    count,
                )
                for original in originals
            ]
        return masks, native


def _for_all(masks: torch.Tensor, count: int) -> np.ndarray:
    """Give masks `(..., C, h, w)`; where C is 1, one channel serves all structures."""
    found = masks.cpu().numpy()
    return np.broadcast_to(found, (*found.shape[:-3], count, *found.shape[-2:]))
