"""How far what was computed is from what a reference gave."""

import math
from typing import NamedTuple

from torch import Tensor

TOLERANCE = 1e-5  # of the largest expected value


class Comparison(NamedTuple):
    """How far one quantity is from the reference.

    Attributes
    ----------
    name : str
        The fixture's name of the output, feature or gradient.
    error : float
        Largest difference over the largest expected value; infinite if the
        quantity is missing or of another shape.
    tolerance : float
        Largest error that passes.
    """

    name: str
    error: float
    tolerance: float = TOLERANCE

    @property
    def equal(self) -> bool:
        """Whether the error is tolerated."""
        return self.error <= self.tolerance


def relative_error(
    found: Tensor | None, expected: Tensor, scale: float | None = None
) -> float:
    """Return the largest difference over the largest expected value.

    Parameters
    ----------
    found : Tensor, optional
        What was computed; axes of length 1 do not count.
    expected : Tensor
        What the reference gave.
    scale : float, optional
        What the difference is divided by, in place of the largest expected value.

    Returns
    -------
    float
        The difference itself if the scale is 0; infinite if nothing, another shape or
        something not finite was computed.
    """
    if found is None or without_ones(found) != without_ones(expected):
        return math.inf
    if not expected.numel():
        return 0.0
    expected = expected.double()
    found = found.detach().double().reshape(expected.shape)
    difference = float((found - expected).abs().max())
    if math.isnan(difference):
        return math.inf
    scale = float(expected.abs().max()) if scale is None else scale
    return difference / scale if difference and scale > 0 else difference


def choice_error(logits: Tensor, expected: Tensor) -> float:
    """Return by how much expected classes fall short of being the largest.

    Parameters
    ----------
    logits : Tensor, `(B, M, H, W)`
    expected : Tensor, `(B, H, W)`
        Classes; if two are equal up to rounding, either may be expected.
    """
    if logits.shape[:1] + logits.shape[2:] != expected.shape:
        return math.inf
    logits = logits.detach()
    chosen = logits.gather(1, expected[:, None].long())[:, 0]
    return float((logits.amax(1) - chosen).max() / logits.abs().max())


def mask_error(found: Tensor, expected: Tensor) -> float:
    """Return the share of pixels that differ; infinite for another shape."""
    if found.shape != expected.shape:
        return math.inf
    return float((found.bool() != expected.bool()).float().mean())


def without_ones(tensor: Tensor) -> list[int]:
    """Return the shape of a tensor without its axes of length 1."""
    return [length for length in tensor.shape if length != 1]
