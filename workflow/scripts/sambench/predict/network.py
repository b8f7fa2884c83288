"""The predictor of networks: logits, sigmoid, threshold, on both grids."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from sambench.compute.device import prepare
from sambench.compute.precision import choose_precision
from sambench.data.channels import channels_first
from sambench.errors import InputError
from sambench.methods import PROMPTS
from sambench.methods.batch import Prompts, map_tensors
from sambench.methods.method import build_method
from sambench.methods.prompts import seeded_uniform
from sambench.methods.told import check_clicks
from sambench.predict import POLICIES
from sambench.predict.case_slices import CaseSlices
from sambench.predict.correction import corrected
from sambench.train.run_folder import load_weights, read_method

logger = logging.getLogger(__name__)

Answer = tuple[np.ndarray, np.ndarray | None]
"""Masks on the packed grid, and on the native one if that is another."""


class NetworkPredictor:
    """Run a network over the slices of cases.

    Parameters
    ----------
    recipe : dict
        The prediction part of a recipe.
    structures : sequence of str
        Structures of the target, in the order of the masks asked for.
    threads : int
        CPU threads.
    weights : Path, optional
        Weights of the run, the last or the candidates; None for a network that is not
        trained here.
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
        structures: Sequence[str],
        threads: int,
        weights: Path | None = None,
        backbone: Path | None = None,
        epoch: int | None = None,
    ):
        self._device = prepare(threads)
        self._weights = weights
        if weights is None:
            method = build_method(recipe, structures, backbone).to(self._device).eval()
        else:
            method = read_method(recipe, weights, self._device, backbone, epoch)
        self._method = method
        self.ask_for(structures)
        self._prompt = recipe["prompt"]
        inference = recipe["inference"]
        self._precision = choose_precision(
            self._device, inference.get("precision", "auto"), "inference.precision"
        )
        logger.info(f"computes in {self._precision.name} on {self._device}")
        self._threshold = inference["threshold"]
        self.clicks = inference.get("clicks", 0)
        self._give_back = inference.get("give_back", True)
        check_clicks(recipe, f"recipe '{recipe['id']}'")
        self._policy = POLICIES.build(
            inference.get("policy") or {"name": "by_batch"},
            batch_size=inference["batch_size"],
        )

    def ask_for(self, structures: Sequence[str]) -> None:
        """Choose the structures whose masks are wanted, in order."""
        self._method.ask_for(structures)
        self._count = len(structures)

    def take_epoch(self, epoch: int) -> None:
        """Go on with the weights of another candidate epoch."""
        load_weights(self._method, self._weights, epoch)

    def __call__(self, case: CaseSlices) -> Answer:
        """Segment the slices of one case, after all clicks if there are any.

        Returns
        -------
        ndarray of bool, `(Z, C, H, W)`
            Masks on the packed grid.
        ndarray of bool, `(Z, C, rows, columns)`, or None
            Masks on the native grid, if that is another one.
        """
        return self.answers(case)[-1]

    def answers(self, case: CaseSlices) -> list[Answer]:
        """Segment the slices of one case after 0, 1, 2 ... clicks, see `__call__`."""
        with torch.inference_mode(), self._precision.autocast():
            return [self._masks(logits, case) for logits in self._logits(case)]

    def _logits(self, case: CaseSlices) -> Iterator[Tensor]:
        images = torch.from_numpy(channels_first(case.images)).to(self._device)
        cached = None
        if case.cached is not None:
            cached = torch.from_numpy(np.array(case.cached[case.rows]))
            cached = cached.to(self._device)
        prompts = self._prompts_of(case)

        def ask(rows: slice, prompts: Prompts | None) -> Tensor:
            some = None if cached is None else cached[rows]
            return self._policy(self._method, images[rows], prompts, some).float()

        first = ask(slice(None), prompts)
        yield first
        if self.clicks:
            yield from corrected(
                lambda z, asked: ask(slice(z, z + 1), asked)[0, 0],
                prompts,
                first,
                case.labels(),
                clicks=self.clicks,
                threshold=self._threshold,
                flat=case.packed.kind == "photo",
                give_back=self._give_back,
            )

    def _masks(self, logits: Tensor, case: CaseSlices) -> Answer:
        if logits.isnan().any():
            raise InputError(
                where=f"{case.packed.folder}, case {case.case}",
                found="logits that are not numbers (NaN)",
                expected="numbers: such pixels would count as background",
                remedy="Look for divisions and logarithms of 0 in the network, and at "
                "the case in the inventory",
            )
        probabilities = logits.sigmoid()
        masks = self._for_all(probabilities >= self._threshold)
        if case.native_size is None:
            return masks, None
        native = [self._to_native(each, case) for each in probabilities]
        return masks, self._for_all(torch.stack(native))

    def _prompts_of(self, case: CaseSlices) -> Prompts | None:
        if not self._method.prompted:
            return None
        prompts = PROMPTS.build(
            self._prompt,
            masks=torch.from_numpy(case.labels()),
            uniform=seeded_uniform(case.seeds()),
        )
        return map_tensors(lambda tensor: tensor.to(self._device), prompts)

    def _to_native(self, probabilities: Tensor, case: CaseSlices) -> Tensor:
        """Interpolate one slice linearly, as nnU-Net does, crop it, and threshold."""
        rows, columns = case.native_size
        whole = interpolate(
            probabilities[None], case.padded_size, mode="bilinear", align_corners=False
        )
        return whole[0, :, :rows, :columns] >= self._threshold

    def _for_all(self, masks: Tensor) -> np.ndarray:
        """Return masks `(Z, C, h, w)`; if C is 1, one channel serves all structures."""
        found = masks.cpu().numpy()
        return np.broadcast_to(found, (len(found), self._count, *found.shape[2:]))
