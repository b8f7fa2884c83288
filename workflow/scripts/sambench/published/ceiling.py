"""How far human raters agree: the ceiling of what a score can mean."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from sambench.settings.grid import targets_of
from sambench.tables.aggregate import build_table
from sambench.tables.cells import select_rows, single_case_targets
from sambench.tables.context import Context
from sambench.tables.matrix import build_matrix, lay_out_matrix
from sambench.tables.means import lay_out
from sambench.tables.printed_table import MISSING, PrintedTable
from sambench.tables.render import write_table

LABEL = "Human raters, mean over pairs"
BLOCK = "ceiling"


def ceiling_by_structure(
    agreement: Sequence[Mapping], context: Context
) -> dict[str, float]:
    """Average the agreement of raters over the targets of a benchmark, by structure."""
    structures = {row["structure"] for row in agreement}
    means = {
        structure: _mean(agreement, list(context.benchmark["targets"]), [structure])
        for structure in sorted(structures)
    }
    return {name: value for name, value in means.items() if value is not None}


def with_ceiling(
    printed: PrintedTable, agreement: Sequence[Mapping], context: Context
) -> PrintedTable:
    """Add the agreement of raters as the last row of a table.

    Columns of the table say what they are about, the benchmark which targets a source
    has. Without agreement (`sambench.published.selection.rater_agreement`) it stays as
    it is.
    """
    if not agreement:
        return printed
    structures = sorted({row["structure"] for row in agreement})
    cells = []
    for index, about in enumerate(printed.columns):
        if index in printed.details:
            cells.append(MISSING)
            continue
        chosen = [about["structure"]] if "structure" in about else structures
        if "target" in about:
            targets = [about["target"]]
        elif "source" in about:
            targets = targets_of(context.benchmark, about["source"])
        else:
            targets = list(context.benchmark["targets"])
        value = _mean(agreement, targets, chosen)
        cells.append(MISSING if value is None else f"{value:.2f}")
    return replace(
        printed,
        caption=f"{printed.caption} {LABEL}: published Dice between the raters of "
        "these images, averaged over the targets of a column; a method trained on "
        "one rater can agree with that one by more.",
        methods=[*printed.methods, LABEL],
        cells=[*printed.cells, cells],
        marks=[*printed.marks, ["grey"] * len(cells)],
        blocks=[*printed.blocks, BLOCK],
        groups=[*printed.groups, LABEL] if printed.groups else [],
        rows=[*printed.rows, {}],
    )


def _mean(
    agreement: Sequence[Mapping], targets: Sequence[str], structures: Sequence[str]
) -> float | None:
    """Average over targets and structures; None unless every pair is published."""
    values = {(row["target"], row["structure"]): row["value"] for row in agreement}
    wanted = [(target, name) for target in targets for name in structures]
    if not wanted or not all(pair in values for pair in wanted):
        return None
    return sum(values[pair] for pair in wanted) / len(wanted)


def write_tables(
    scores: pd.DataFrame,
    context: Context,
    metric: str,
    agreement: Sequence[Mapping],
    stem: Path,
) -> None:
    """Write the table of one metric in every format, and its matrix in a folder."""
    single = single_case_targets(select_rows(scores, context.protocol, metric))
    table = build_table(scores, context, metric)
    matrix = build_matrix(scores, context, metric)
    for tidy, printed, path in (
        (table, lay_out(table, context, single), stem),
        (matrix, lay_out_matrix(matrix, context), stem.parent / "matrix" / stem.name),
    ):
        write_table(tidy, with_ceiling(printed, agreement, context), path)
