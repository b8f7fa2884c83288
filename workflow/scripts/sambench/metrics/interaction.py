"""Scores of an interaction: after the box, after each click, and over all clicks.

As the 2025 challenge of interactive 3D biomedical segmentation scores (its public
evaluation script, commit 748e862).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import isnan, nan

import numpy as np

from sambench.metrics.case import named_nsd, scored_slices
from sambench.metrics.measures import dice
from sambench.metrics.names import parse_interaction
from sambench.metrics.postprocess import post_process

Masks = list[tuple[np.ndarray, np.ndarray]]
"""Prediction and label of each structure of a case, (Z, Y, X) or (Y, X)."""

CLICKS = 5
LEAST_DICE = 20.0  # percent: a case of a mean Dice up to this has an NSD of 0


def area_under_clicks(values: Sequence[float]) -> float:
    """Integrate percent after 0, 1, 2 ... clicks by the trapezoid rule.

    The first value, before any click, does not count: five clicks, each 100 percent,
    have an area of 4. NaN if a value is.
    """
    shares = np.asarray(values[1:], float) / 100
    return float(np.trapezoid(shares)) if len(shares) > 1 else nan


def trusted_nsd(nsd: Sequence[float], dice: Sequence[float]) -> list[float]:
    """Set the NSD of a case's structures to 0 if its mean Dice is too small.

    Both are in percent, of the structures that the case has. What is NaN stays so.
    """
    if not len(dice) or np.mean(dice) > LEAST_DICE:
        return list(nsd)
    return [value if isnan(value) else 0.0 for value in nsd]


def score_interaction(
    steps: Sequence[Masks],
    structures: Sequence[str],
    foreground: np.ndarray,
    spacing: Sequence[float],
    about: tuple[str, str],
    wanted: Mapping[tuple[str, str], Sequence[str]],
) -> list[tuple]:
    """Score an interaction about one case under every slice policy and post-processing.

    A method that takes no clicks, or no more, keeps its answer.

    Parameters
    ----------
    steps, structures, spacing
        As for `interaction_values`; one step if the method takes no clicks.
    foreground : ndarray of bool, (Z,), or (1,) for a photograph
        Slices on which any structure of the case is labelled.
    about : (str, str)
        Case and grid.
    wanted : mapping
        By slice policy and post-processing: metrics, of which some may be of clicks.

    Returns
    -------
    list of tuple
        As `score_masks` returns them.
    """
    case, grid = about
    records = []
    for (policy, treatment), metrics in wanted.items():
        if not any(parse_interaction(name) for name in metrics):
            continue
        scored = [_scored(masks, policy, treatment, foreground) for masks in steps]
        values = interaction_values(scored, structures, spacing, metrics)
        records += [
            (case, structure, grid, policy, treatment, metric, value, "scored")
            for structure, found in values.items()
            for metric, value in found.items()
        ]
    return records


def _scored(masks: Masks, policy: str, treatment: str, foreground: np.ndarray) -> Masks:
    """Return the slices that are scored of post-processed predictions and labels."""
    kept = partial(scored_slices, policy=policy, foreground=foreground)
    return [(kept(post_process(mask, treatment)), kept(label)) for mask, label in masks]


def interaction_values(
    steps: Sequence[Masks],
    structures: Sequence[str],
    spacing: Sequence[float],
    metrics: Iterable[str],
) -> dict[str, dict[str, float]]:
    """Score the answers of an interaction about one case.

    Parameters
    ----------
    steps : sequence of list of pairs of ndarray of bool
        By number of clicks: prediction and label of each structure; one step if the
        method takes no clicks.
    structures : sequence of str
        In the order of the pairs.
    spacing : sequence of float
        Along each axis, in mm (1 for pixels).
    metrics : iterable of str
        Which are wanted; those that are not of clicks are passed over.

    Returns
    -------
    dict of str to dict of str to float
        By structure, by metric: what is wanted, and of each measure in it the values
        after 0, 1, 2 ... clicks. Structures that the label does not have are left out.
    """
    there = [n for n, (_, label) in enumerate(steps[0]) if label.any()]
    parsed = {name: parse_interaction(name) for name in metrics}
    wanted = {name: found for name, found in parsed.items() if found}
    measures = {measure for measure, _ in wanted.values()}
    values: dict[str, dict[str, float]] = {structures[n]: {} for n in there}
    if not there or not measures:
        return values
    dices = _curves(steps, there, dice)
    curves = {"dice": dices}
    for name in measures - {"dice"}:
        found = _curves(steps, there, partial(named_nsd, spacing=spacing, name=name))
        curves[name] = np.stack(
            [trusted_nsd(f, d) for f, d in zip(found.T, dices.T, strict=True)], axis=1
        )
    for row, number in enumerate(there):
        own = values[structures[number]]
        for name in sorted(measures):
            for clicks, value in enumerate(curves[name][row]):
                own[f"{name}_after_{clicks}"] = float(value)
        for metric, (name, part) in wanted.items():
            curve = curves[name][row]
            if part == "auc":
                own[metric] = area_under_clicks(curve)
            elif part == "final":
                own[metric] = float(curve[-1])
    return values


def _curves(
    steps: Sequence[Masks],
    there: Sequence[int],
    measure: Callable[[np.ndarray, np.ndarray], float],
) -> np.ndarray:
    """Measure structures after each number of clicks, `(structures, 1 + CLICKS)`."""
    found = [[measure(*masks[number]) for masks in steps] for number in there]
    kept = [curve + [curve[-1]] * (1 + CLICKS - len(curve)) for curve in found]
    return np.array(kept)
