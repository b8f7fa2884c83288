"""Optimisers and learning-rate schedules."""

from collections.abc import Iterable
from typing import Any

from torch.nn import Parameter
from torch.optim import SGD, AdamW, Optimizer


def make_optimiser(
    parameters: Iterable[Parameter], options: dict[str, Any]
) -> Optimizer:
    """Build the optimiser of a recipe over every trainable parameter.

    Parameters
    ----------
    parameters : iterable of Parameter
        Frozen ones are left out.
    options : dict
        `training.optimiser` of a recipe.
    """
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    if options["name"] == "adamw":
        return AdamW(
            trained,
            lr=options["lr"],
            betas=tuple(options["betas"]),
            weight_decay=options["weight_decay"],
        )
    return SGD(
        trained,
        lr=options["lr"],
        momentum=options["momentum"],
        nesterov=options["nesterov"],
        weight_decay=options["weight_decay"],
    )


def learning_rate(
    step: int,
    base: float,
    horizon: int,
    options: dict[str, Any],
    epoch_steps: int = 0,
) -> float:
    """Give the learning rate of one step.

    The poly schedule is that of SAMed and DAPSAM (code at c7fd62e), whose loop sets the
    rate after a step for the next one: steps 0 and 1 therefore share the first rate.

    Parameters
    ----------
    step : int
        From 0.
    base : float
        The recipe's rate.
    horizon : int
        Step at which the poly schedule reaches zero.
    options : dict
        `training.schedule` of a recipe.
    epoch_steps : int
        Steps of an epoch, for `poly_after_epoch`.
    """
    if options["name"] == "constant":
        return base
    if options["name"] == "poly_after_epoch":
        # DB-SAM: half the rate for an epoch, then poly over the steps that are left
        if step < epoch_steps:
            return base / 2
        done = (step - epoch_steps) / max(1, horizon - epoch_steps)
        return base * (1 - done) ** options["power"]
    warmup = options["warmup_steps"]
    set_after = max(step - 1, 0)
    if set_after < warmup:
        return base * (set_after + 1) / warmup
    return base * (1 - (set_after - warmup) / horizon) ** options["power"]
