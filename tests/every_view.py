"""Scores of every predicted case, on both grids and with both sets of slices."""

from itertools import product

from sambench.metrics.score import score_target as score

EVERY_VIEW = [
    (grid, slices, "none", ())
    for grid, slices in product(("native", "packed"), ("all", "foreground"))
]


def score_target(
    packed, predictions, identity, tolerance, cases=None, views=EVERY_VIEW
):
    """Score the predicted cases under every view, unless others are named."""
    if cases is None:
        known = predictions.rows < len(packed)
        cases = packed.cases_of(predictions.rows[known])
    return score(packed, predictions, identity, tolerance, cases, views)
