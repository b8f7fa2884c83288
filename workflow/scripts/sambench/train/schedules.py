"""Learning rates by step: each function returns the rate of a step, counted from 0.

All take `base`, the recipe's rate, `horizon`, the step at which the rate would reach
zero, and `epoch_steps`, the steps of an epoch.
"""

import math
from collections.abc import Callable
from typing import Annotated

Rate = Callable[[int], float]


def constant(*, base: float, horizon: int, epoch_steps: int) -> Rate:
    """Keep the rate."""
    return lambda step: base


def poly(
    *,
    base: float,
    horizon: int,
    epoch_steps: int,
    power: Annotated[float, {"exclusiveMinimum": 0}] = 0.9,
    warmup_steps: Annotated[int, {"minimum": 0}] = 0,
) -> Rate:
    """Warm up linearly, then let the rate fall to zero as a power of what is left.

    As in SAMed and DAPSAM (code at c7fd62e), whose loop sets the rate after a step for
    the next one: steps 0 and 1 therefore share the first rate.

    Parameters
    ----------
    base, horizon, epoch_steps
        See the module.
    power : float
        Exponent.
    warmup_steps : int
        Steps until the full rate.
    """

    def rate(step: int) -> float:
        set_after = max(step - 1, 0)
        if set_after < warmup_steps:
            return base * (set_after + 1) / warmup_steps
        return base * (1 - (set_after - warmup_steps) / horizon) ** power

    return rate


def poly_after_epoch(
    *,
    base: float,
    horizon: int,
    epoch_steps: int,
    power: Annotated[float, {"exclusiveMinimum": 0}] = 0.9,
) -> Rate:
    """Take half the rate for an epoch, then `poly` over the steps left, as DB-SAM does.

    Parameters
    ----------
    base, horizon, epoch_steps
        See the module.
    power : float
        Exponent.
    """

    def rate(step: int) -> float:
        if step < epoch_steps:
            return base / 2
        done = (step - epoch_steps) / max(1, horizon - epoch_steps)
        return base * (1 - done) ** power

    return rate


def poly_by_epoch(
    *, base: float, horizon: int, epoch_steps: int, power: float = 0.9
) -> Rate:
    """Let the rate fall to zero as a power of the epochs left, as DeSAM does.

    Parameters
    ----------
    base, horizon, epoch_steps
        See the module.
    power : float
        Exponent.
    """
    epochs = max(1, horizon // epoch_steps)
    return lambda step: base * (1 - (step // epoch_steps) / epochs) ** power


def cosine_by_epoch(
    *, base: float, horizon: int, epoch_steps: int, least: float = 0.0
) -> Rate:
    """Let the rate fall along half a cosine, set once an epoch, as SAM-Adapter does.

    Parameters
    ----------
    base, horizon, epoch_steps
        See the module.
    least : float
        The rate at the horizon.
    """
    epochs = max(1, horizon // epoch_steps)

    def rate(step: int) -> float:
        share = min(1.0, (step // epoch_steps) / epochs)
        return least + (base - least) * (1 + math.cos(math.pi * share)) / 2

    return rate


def poly_by_step(
    *,
    base: float,
    horizon: int,
    epoch_steps: int,
    power: Annotated[float, {"exclusiveMinimum": 0}] = 0.9,
) -> Rate:
    """Let the rate fall to zero as a power of what is left, set before every step."""
    return lambda step: base * max(1 - step / horizon, 0) ** power


def linear_after_epoch(
    *,
    base: float,
    horizon: int,
    epoch_steps: int,
    keep: Annotated[int, {"minimum": 0}],
    length: Annotated[int, {"minimum": 1}],
) -> Rate:
    """Keep the rate, then let it fall linearly, once an epoch, as CSDG does.

    Parameters
    ----------
    base, horizon, epoch_steps
        See the module.
    keep : int
        Last epoch of the full rate, counted from 0.
    length : int
        Epochs from there to zero.
    """

    def rate(step: int) -> float:
        done = max(0, step // epoch_steps - keep)
        return base * max(1 - done / length, 0)

    return rate


def root_by_epoch(*, base: float, horizon: int, epoch_steps: int) -> Rate:
    """Take 1 less the root of the share of epochs that is done, as ADS does."""
    epochs = max(horizon // epoch_steps, 1)
    return lambda step: base * (1 - min(step // epoch_steps / epochs, 1) ** 0.5)


def exponential_by_epoch(
    *,
    base: float,
    horizon: int,
    epoch_steps: int,
    gamma: Annotated[float, {"exclusiveMinimum": 0}] = 0.99,
) -> Rate:
    """Multiply the rate by a factor after every epoch, as Dual-Norm does."""
    return lambda step: base * gamma ** (step // epoch_steps)
