"""When there are enough cases to say how sure a number is."""

import pandas as pd

FEWEST_CASES = 5
"""Below as many cases there is no interval, no share of draws and no test."""


def why_no_interval(rows: pd.DataFrame) -> str:
    """Return why the cases of `select_rows` cannot be resampled; "" if they can."""
    sizes = rows.groupby("target")["case"].nunique()
    total = int(sizes.sum())
    if total < FEWEST_CASES:
        found = "1 case" if total == 1 else f"{total} cases"
        return f"{found}, and an interval needs at least {FEWEST_CASES}"
    if len(sizes) and sizes.max() == 1:
        return "every target has one case, so that nothing is known of how cases vary"
    return ""
