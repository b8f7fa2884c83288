"""Scores of an interaction: after the box, after each click, and over all clicks.

As the 2025 challenge of interactive 3D biomedical segmentation scores (its public
evaluation script, commit 748e862).
"""

from collections.abc import Sequence
from math import nan

import numpy as np

LEAST_DICE = 20.0  # percent: a case of a mean Dice up to this has an NSD of 0


def area_under_clicks(values: Sequence[float]) -> float:
    """Integrate scores over clicks by the trapezoid rule.

    The first value, before any click, does not count: five clicks, each 100 percent,
    have an area of 4.

    Parameters
    ----------
    values : sequence of float
        Percent after 0, 1, 2 ... clicks.

    Returns
    -------
    float
        0 to the number of clicks less one; NaN if a value is.
    """
    shares = np.asarray(values[1:], float) / 100
    return float(np.trapezoid(shares)) if len(shares) > 1 else nan


def trusted_nsd(nsd: Sequence[float], dice: Sequence[float]) -> list[float]:
    """Set the NSD of a case's structures to 0 if its mean Dice is too small.

    Parameters
    ----------
    nsd, dice : sequence of float
        Percent, of the structures that the case has.
    """
    if not len(dice) or np.mean(dice) > LEAST_DICE:
        return list(nsd)
    return [0.0] * len(nsd)
