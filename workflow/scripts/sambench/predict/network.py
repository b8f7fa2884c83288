"""The predictor of networks: logits, sigmoid, threshold."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sambench.methods import INPUTS
from sambench.methods.inputs import channels_first
from sambench.methods.method import Method, channels_of
from sambench.methods.prompts import Prompts
from sambench.train.device import precision, prepare
from sambench.train.run_folder import read_method


class NetworkPredictor:
    """Run a network over packed slices.

    Parameters
    ----------
    recipe : dict
        The training and prediction parts of a recipe.
    weights : Path or None
        `weights.safetensors` of the run; None for a network that is used as it is.
    structures : sequence of str
        Structures of the target, in the order of the masks asked for.
    threads : int
        CPU threads.
    backbone : Path, optional
        Pretrained weights of the network's backbone.

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
    ):
        self._device = prepare(threads, seed=0)
        if weights is None:
            method = Method(recipe, structures, backbone).to(self._device).eval()
        else:
            method = read_method(recipe, weights, self._device, backbone)
        self._method = method
        self._normalise = INPUTS[recipe["input"]["normalisation"]]
        threshold = recipe["inference"]["threshold"]
        self._logit = float(np.log(threshold / (1 - threshold)))
        self._channels = channels_of(method, structures)

    def __call__(
        self,
        slices: np.ndarray,
        prompts: Prompts,
        embeddings: np.ndarray | None = None,
    ) -> np.ndarray:
        """Give masks `(B, C, H, W)` of bool for packed slices and their prompts.

        `embeddings` `(B, ...)` are those of the slices, where what is frozen of the
        network was computed before.
        """
        images = np.stack(
            [self._normalise(image, slices.dtype) for image in channels_first(slices)]
        )
        tensor = torch.from_numpy(images).to(self._device)
        encoded = None
        if embeddings is not None:
            encoded = torch.from_numpy(np.array(embeddings)).to(self._device)
        with torch.inference_mode(), precision(self._device):
            logits = self._method.predict(tensor, prompts, encoded)
        masks = (logits.float() >= self._logit).cpu().numpy()[:, self._channels]
        shape = (len(slices), prompts.region.shape[1], *masks.shape[2:])
        return np.broadcast_to(masks, shape)
