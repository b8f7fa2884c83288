"""Which of a training's candidate weights is best: mean Dice, choice, its file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sambench.atomic import write_text
from sambench.data.packed import PackedSlices
from sambench.data.predictions import Predictions
from sambench.errors import InputError
from sambench.metrics.measures import dice


def case_dices(packed: PackedSlices, predictions: Predictions) -> list[float]:
    """Return the Dice of cases by structure, over all slices, on the original grid.

    In percent; NaN if both masks are empty. Structures of the predictions, of whole
    cases, are those of `packed` in their order.
    """
    rows = pd.Series(packed.slices["case"].to_numpy()[predictions.rows])
    found = []
    for case, places in rows.groupby(rows, sort=False).indices.items():
        label = packed.native_structure_masks(case)
        one_grid = packed.on_native_grid(case)
        predicted = predictions.masks[places] if one_grid else predictions.native[case]
        found += [
            dice(predicted[:, channel], label[:, channel])
            for channel in range(label.shape[1])
        ]
    return found


def candidate_dices(
    epochs: Iterable[int],
    parts: Sequence[tuple[PackedSlices, list[str], Any]],
    predict: Callable[..., Predictions],
    take_epoch: Callable[[int], None],
) -> dict[int, float]:
    """Return by epoch the mean Dice over all cases and structures, in percent.

    Parameters
    ----------
    epochs : iterable of int
        Epochs of the candidates.
    parts : sequence of tuple
        Slices of a domain, cases, and what the frozen part of the network computed for
        every slice, `(N, ...)`, or None. Domains without cases are passed over.
    predict : callable
        From slices, cached values and cases to predictions.
    take_epoch : callable
        Lets `predict` use the weights of an epoch.
    """
    dices = {}
    for epoch in epochs:
        take_epoch(epoch)
        found = []
        for packed, cases, cached in parts:
            if cases:
                found += case_dices(packed, predict(packed, cached, cases))
        dices[epoch] = float(np.nanmean(found))
    return dices


def best_epoch(dices: Mapping[int, float]) -> int:
    """Return the epoch with the highest mean Dice, the earliest of equal ones.

    NaN means that nothing could be measured; an `InputError` if that is so at any
    epoch.
    """
    measured = {epoch: value for epoch, value in dices.items() if not isnan(value)}
    if not measured:
        raise InputError(
            where="the cases to choose weights by",
            found="no structure, labelled or predicted",
            expected="at least one labelled structure",
            remedy="Look at slices.parquet of the domain",
        )
    return min(measured, key=lambda epoch: (-measured[epoch], epoch))


def write_choice(path: Path | str, dices: Mapping[int, float]) -> None:
    """Write the mean Dice of every candidate epoch and which is chosen, as CSV."""
    chosen = best_epoch(dices)
    rows = [(epoch, dices[epoch], epoch == chosen) for epoch in sorted(dices)]
    frame = pd.DataFrame(rows, columns=["epoch", "dice", "chosen"])
    write_text(path, frame.to_csv(index=False))


def read_choice(path: Path | str) -> int:
    """Read the chosen epoch off what `write_choice` wrote."""
    choice = pd.read_csv(path)
    return int(choice.loc[choice["chosen"], "epoch"].item())
