"""Predict the cases of a target, one after the other."""

from collections import defaultdict
from dataclasses import replace
from operator import attrgetter
from typing import Any, Protocol

import numpy as np

from sambench.data.case_masks import CaseMasks
from sambench.data.packed import PackedSlices
from sambench.data.predictions import Predictions
from sambench.data.prefetch import in_order
from sambench.errors import InputError
from sambench.predict import PREDICTORS
from sambench.predict.case_slices import CaseSlices


class Predictor(Protocol):
    """Segments the slices of one case; what it needs is read once, when it is built."""

    def __call__(self, case: CaseSlices) -> tuple[np.ndarray, np.ndarray | None]:
        """Return masks `(Z, C, H, W)`, and `(Z, C, rows, columns)` on the native grid.

        The latter is None if the slices are packed on the native grid. A predictor with
        `clicks` has `answers(case)`, too: such a pair after 0, 1, 2 ... of them.
        """


def build_predictor(recipe: dict[str, Any], **options: Any) -> Predictor:
    """Build the predictor of a recipe.

    Options are `structures` of the target in the order of the masks asked for,
    `threads`, and for networks those of `sambench.predict.network.NetworkPredictor`.
    """
    return PREDICTORS[recipe["predictor"]](recipe, **options)


def predict_target(
    predictor: Predictor,
    packed: PackedSlices,
    cached: np.ndarray | None = None,
    cases: list[str] | None = None,
) -> Predictions:
    """Segment cases of a target, by default all test cases, on both grids.

    `cached` `(N, ...)` is what the frozen part of the network computed for every slice
    of the target.

    Raises
    ------
    InputError
        If the target has no test case.
    """
    cases = packed.cases("test") if cases is None else cases
    if not cases:
        raise InputError(
            where=packed.folder,
            found="no slice to test on",
            expected="slices of cases that test",
            remedy="Look at slices.parquet and at the benchmark's `split` rule",
        )
    clicked = bool(getattr(predictor, "clicks", 0))
    rows, masks, native = [], defaultdict(list), defaultdict(CaseMasks)
    slices = (CaseSlices(packed, name, cached) for name in cases)
    # while one case is segmented the next ones are read
    for case, _ in in_order(attrgetter("images"), slices):
        rows.append(case.rows)
        answers = predictor.answers(case) if clicked else [predictor(case)]
        for step, (found, on_native_grid) in enumerate(answers):
            masks[step].append(np.packbits(found, axis=-1))
            if on_native_grid is not None:
                native[step][case.case] = on_native_grid
    rows = np.concatenate(rows)
    order = np.argsort(rows, kind="stable")
    steps = []
    for step, parts in masks.items():
        bits = np.concatenate(parts)[order]
        whole = np.unpackbits(bits, axis=-1, count=packed.images.shape[2]).view(bool)
        structures = list(packed.structures)
        steps.append(Predictions(rows[order], whole, structures, native[step]))
    return replace(steps[-1], steps=steps) if clicked else steps[-1]
