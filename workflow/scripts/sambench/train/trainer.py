"""The training loop: it knows recipes and methods, but none of them by name."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch

from sambench.data.packed import PackedSlices
from sambench.methods.method import Method
from sambench.train.device import make_repeatable, precision, prepare
from sambench.train.optimisation import learning_rate, make_optimiser
from sambench.train.resume import ResumeState
from sambench.train.slices import SourceSlices, make_loader

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_MESSAGES = 5.0


class Trained(NamedTuple):
    """What a training leaves.

    Attributes
    ----------
    method : Method
        With its trained weights, on the device.
    history : DataFrame
        A row per epoch: epoch, steps, learning_rate, loss, seconds.
    device : torch.device
        Where it ran.
    resumed_epochs : int
        Epochs that an earlier, interrupted process had done.
    candidates : dict of int to dict of str to Tensor
        Trained tensors at the end of each epoch that was to be kept.
    validation_cases : dict of str to list of str
        By domain, the cases that were held out.
    """

    method: Method
    history: pd.DataFrame
    device: torch.device
    resumed_epochs: int
    candidates: dict[int, dict[str, torch.Tensor]]
    validation_cases: dict[str, list[str]]


def train(
    recipe: dict[str, Any],
    domains: Sequence[PackedSlices],
    *,
    seed: int,
    threads: int,
    resume: ResumeState,
    name: str = "",
    backbone: Path | None = None,
    embeddings: Sequence[np.ndarray] | None = None,
    candidates: Sequence[int] = (),
    validation: float = 0,
) -> Trained:
    """Train a method on a source.

    Parameters
    ----------
    recipe : dict
        The training part of a recipe.
    domains : sequence of PackedSlices
        The domains of the source.
    seed : int
        Of weights, order and augmentation.
    threads : int
        CPU threads.
    resume : ResumeState
        Read at the start, replaced after each epoch. The caller deletes it when the
        outputs are written.
    name : str
        Of the run, for messages.
    backbone : Path, optional
        Pretrained weights of the network's backbone.
    embeddings : sequence of ndarray, optional
        Of every slice of each domain by what is frozen of the network, `(N, ...)`.
    candidates : sequence of int
        Epochs, counted from 1, whose weights are kept.
    validation : float
        Share of the source's patients that is held out.
    """
    training = recipe["training"]
    make_repeatable(seed)
    device = prepare(threads)
    slices = SourceSlices(domains, recipe, seed, embeddings, validation)
    loader = make_loader(slices, training, threads, pin=device.type == "cuda")
    method = Method(recipe, slices.structures, backbone).to(device)
    optimiser = make_optimiser(method.parameters(), training["optimiser"])
    schedule = training["schedule"]
    horizon = (schedule["horizon_epochs"] or training["epochs"]) * len(loader)

    rows = _restore(resume, method, optimiser)
    resumed = len(rows)
    if resumed:
        logger.info("%s: resumed after epoch %d", name, resumed)
    reporter = _Progress(name, training["epochs"])
    method.train()
    for epoch in range(resumed, training["epochs"]):
        begin = time.perf_counter()
        loader.sampler.epoch = epoch
        losses = []
        for number, batch in enumerate(loader):
            rate = learning_rate(
                epoch * len(loader) + number,
                training["optimiser"]["lr"],
                horizon,
                schedule,
                len(loader),
            )
            losses.append(_step(method, optimiser, batch.to(device), rate, device))
        loss = float(torch.stack(losses).mean())
        rows.append(
            {
                "epoch": epoch + 1,
                "steps": (epoch + 1) * len(loader),
                "learning_rate": rate,
                "loss": loss,
                "seconds": time.perf_counter() - begin,
            }
        )
        if epoch + 1 in candidates:
            resume.keep(epoch + 1, method.trained_state())
        _save(resume, method, optimiser, rows)
        reporter.report(epoch + 1, loss, rate)
    return Trained(
        method.eval(),
        pd.DataFrame(rows),
        device,
        resumed,
        resume.kept(candidates),
        slices.validation_cases,
    )


def _step(method, optimiser, batch, rate, device) -> torch.Tensor:
    for group in optimiser.param_groups:
        group["lr"] = rate
    with precision(device):
        loss = method.training_step(batch)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    return loss.detach()


def _restore(resume: ResumeState, method: Method, optimiser) -> list[dict[str, Any]]:
    saved = resume.load()
    if saved is None:
        return []
    method.load_state_dict(saved["method"], strict=False)
    optimiser.load_state_dict(saved["optimiser"])
    torch.set_rng_state(saved["random"])
    return saved["history"]


def _save(resume: ResumeState, method: Method, optimiser, rows: list) -> None:
    resume.save(
        method=method.trained_state(),
        optimiser=optimiser.state_dict(),
        random=torch.get_rng_state(),
        history=rows,
    )


class _Progress:
    """Messages at most every few seconds, and at the last epoch."""

    def __init__(self, name: str, epochs: int):
        self._name, self._epochs = name, epochs
        self._begin = self._last = time.perf_counter()
        self._done = 0

    def report(self, epoch: int, loss: float, rate: float) -> None:
        now = time.perf_counter()
        self._done += 1
        if now - self._last < SECONDS_BETWEEN_MESSAGES and epoch < self._epochs:
            return
        self._last = now
        left = (now - self._begin) / self._done * (self._epochs - epoch)
        logger.info(
            "%s: epoch %d/%d, loss %.4f, learning rate %.2g, %.0f s left",
            self._name,
            epoch,
            self._epochs,
            loss,
            rate,
            left,
        )
