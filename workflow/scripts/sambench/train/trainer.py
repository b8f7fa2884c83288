"""The training loop: it knows recipes and methods, but none of them by name."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch

from sambench.compute import distributed
from sambench.compute.device import prepare
from sambench.data.packed import PackedSlices
from sambench.errors import InputError
from sambench.methods.batch import map_tensors
from sambench.methods.method import Method, build_method
from sambench.progress import Progress
from sambench.train.epoch_order import EpochOrder
from sambench.train.optimisation import Optimisers, prepare_training
from sambench.train.randomness import make_repeatable, seed_generators
from sambench.train.reading import read_batches
from sambench.train.rehearsal import rehearse
from sambench.train.resident import ResidentSlices, fits
from sambench.train.resume import ResumeState
from sambench.train.slices import SourceSlices
from sambench.weights.fitting import refuse_infinite

logger = logging.getLogger(__name__)

DIVERGED = (
    "Lower the learning rate (`training.optimiser.lr` of the method, in `overrides`), "
    "add `clip_norm` to the optimiser, or look for extreme intensities in the inventory"
)


class Trained(NamedTuple):
    """What a training leaves.

    Attributes
    ----------
    method : Method
        With its trained weights, on the device.
    history : DataFrame
        One row per epoch: epoch, steps, learning_rate, loss and what else the method
        records, seconds.
    device : torch.device
        Where it ran.
    precision : str
        The number format it ran in.
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
    precision: str
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
    device: str | None = None,
) -> Trained:
    """Train a method on a source.

    Parameters
    ----------
    recipe : dict
        The training part of a recipe.
    domains : sequence of PackedSlices
        The domains of the source.
    seed : int
        Seed for weight initialisation, slice order and all that is drawn.
    threads : int
        CPU threads.
    resume : ResumeState
        Read at the start, replaced after each epoch. The caller deletes it when the
        outputs are written.
    name : str
        Name of the run, for messages.
    backbone : Path, optional
        Pretrained weights of the network's backbone.
    embeddings : sequence of ndarray, optional
        What the frozen part of the network computed for every slice of each domain.
    candidates : sequence of int
        Epochs, counted from 1, whose weights are kept.
    validation : float
        Share of the source's patients that is held out.
    device : str, optional
        A device that was reserved for this process.

    Raises
    ------
    InputError
        If the network returns no logits or depends on what is not stored, see
        `rehearse`; if a loss is not finite: the state of the last good epoch is kept.
    """
    training = recipe["training"]
    make_repeatable(seed)
    where = prepare(threads, device)
    slices = SourceSlices(domains, recipe, embeddings, validation)
    order = EpochOrder(len(slices), training, seed, slices.groups)
    method = build_method(recipe, slices.structures, backbone).to(where)
    method.learn_from([domain.structures for domain in domains])
    distributed.share_batch_norm(method)
    rebuilt = build_method(recipe, slices.structures, backbone).to(where)
    few = map_tensors(lambda t: t.to(where), slices.batch(range(min(2, len(slices)))))
    rehearse(method, rebuilt, few)
    del rebuilt
    optimise, precision = prepare_training(method, training, where, len(order))
    rows = _restore(resume, method, optimise)
    resumed = len(rows)
    if resumed:
        logger.info("%s: resumed after epoch %d", name, resumed)
    progress = Progress(f"{name}: epoch", training["epochs"], resumed)
    pool = ResidentSlices(slices, where) if fits(slices, where) else slices
    method.train()
    for epoch in range(resumed, training["epochs"]):
        begin = time.perf_counter()
        losses: list[dict[str, torch.Tensor]] = []
        batches = read_batches(pool, order.batches(epoch), where)
        for step, batch in enumerate(batches, start=epoch * len(order)):
            rates = optimise.set_rates(step)
            seed_generators(seed, step, distributed.rank())
            with precision.autocast():
                found = method.update(batch, optimise)
            losses.append({key: value.detach() for key, value in found.items()})
        means = _means(losses, name, epoch, rates)
        state = method.trained_state()
        refuse_infinite(state, f"the training {name}, epoch {epoch + 1}", DIVERGED)
        rows.append(
            {
                "epoch": epoch + 1,
                "steps": (epoch + 1) * len(order),
                "learning_rate": rates["main"],
                **means,
                "seconds": time.perf_counter() - begin,
            }
        )
        if distributed.rank() == 0:
            if epoch + 1 in candidates:
                resume.keep(epoch + 1, state)
            resume.save(method=state, optimisers=optimise.state_dict(), history=rows)
        words = f", loss {means['loss']:.4f}, learning rate {rates['main']:.2g}"
        progress.report(epoch + 1, words)
    return Trained(
        method.eval(),
        pd.DataFrame(rows),
        where,
        precision.name,
        resumed,
        resume.kept(candidates) if distributed.rank() == 0 else {},
        slices.validation_cases,
    )


def _means(
    losses: list[dict[str, torch.Tensor]],
    name: str,
    epoch: int,
    rates: dict[str, float],
) -> dict[str, float]:
    """Return the mean of each loss over the steps of an epoch; all must be finite."""
    by_name = {
        key: torch.stack([step[key].float() for step in losses]).cpu()
        for key in losses[0]
    }
    for key, values in by_name.items():
        wrong = (~values.isfinite()).nonzero().flatten().tolist()
        if wrong:
            raise InputError(
                where=f"the training {name}, epoch {epoch + 1}, step {wrong[0] + 1} of "
                f"{len(losses)}, learning rate {rates['main']:.3g}",
                found=f"a {key} of {values[wrong[0]].item()}",
                expected="a finite number",
                remedy=f"{DIVERGED}. The state after epoch {epoch} is kept",
            )
    return {key: float(values.mean()) for key, values in by_name.items()}


def _restore(
    resume: ResumeState, method: Method, optimise: Optimisers
) -> list[dict[str, Any]]:
    saved = resume.load()
    if saved is None:
        return []
    method.load_state_dict(saved["method"], strict=False)
    optimise.load_state_dict(saved["optimisers"])
    return saved["history"]
