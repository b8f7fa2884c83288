"""Separate broken runs from bad methods: a spot check of every training."""

import pandas as pd

from sambench.methods.told import NOTHING
from sambench.tables.cells import BROKEN, select_rows
from sambench.tables.context import Context

COLUMNS = ["method", "source", "seed", "mean", "reason"]


def suspect_runs(scores: pd.DataFrame, context: Context) -> pd.DataFrame:
    """List the runs, controls apart, whose mean Dice says that something broke.

    A run is suspect if its mean over targets, structures and cases is not a number, is
    below 10, or is below that of a control that predicts without looking (`empty`),
    which scores if labels are empty. Without rows of Dice nothing is suspect.
    """
    if not (scores["metric"] == "dice").any():
        return pd.DataFrame(columns=COLUMNS)
    rows = select_rows(scores, context.protocol, "dice")
    run = ["method", "trained_on", "seed"]
    cells = rows.groupby([*run, "target", "structure"], sort=True)["value"].mean()
    means = cells.groupby(run).mean()
    controls = [m for m in context.methods if context.is_control(m)]
    blind = [m for m in controls if context.told(m) == NOTHING]
    of_method = means.index.get_level_values("method")
    floors = means[of_method.isin(blind)]
    floor = floors.max() if len(floors) else 0.0
    found = means[~of_method.isin(controls)].reset_index(name="mean")
    found["reason"] = ""
    below = f"mean Dice below that of predicting nothing ({floor:.2f})"
    for wrong, reason in (
        (found["mean"] < floor, below),
        (found["mean"] < BROKEN, f"mean Dice below {BROKEN:g}"),
        (found["mean"].isna(), "no case has a Dice"),
    ):
        found.loc[wrong, "reason"] = reason
    found = found[found["reason"] != ""].rename(columns={"trained_on": "source"})
    return found.reset_index(drop=True)


def suspect_methods(scores: pd.DataFrame, context: Context) -> list[str]:
    """List the methods with a suspect run."""
    return sorted(set(suspect_runs(scores, context)["method"]))
