"""Best, median and worst case of a method: image, label contour, prediction contour."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from sambench.data.packed import PackedSlices
from sambench.errors import InputError
from sambench.figures.style import (
    LABEL_COLOUR,
    PREDICTION_COLOUR,
    apply_style,
    save,
    titled,
)
from sambench.predict.store import load_predictions
from sambench.tables.cells import select_rows
from sambench.tables.context import Context

_MARGIN = 0.35
"""Rim around the structure in the close-up, as a share of its size."""


@dataclass(frozen=True)
class _Panel:
    """One slice: image (H, W) or (H, W, 3), masks (C, H, W), pixel height by width."""

    image: np.ndarray
    label: np.ndarray
    prediction: np.ndarray
    aspect: float
    title: str


def overlays(
    scores: pd.DataFrame,
    context: Context,
    method: str,
    packed_folder: Path | str,
    predictions: Mapping[tuple[str, str], Path | str],
    stem: Path | str,
) -> None:
    """Draw the best, median and worst case of one method by Dice under one protocol.

    Masks are shown on the grid of the network's images, whatever grid they are scored
    on. The Dice of a case with several structures is their mean. The slice with the
    largest label area is shown, or where nothing is labelled that with the largest
    prediction; below it a close-up of the structures.

    Parameters
    ----------
    scores : DataFrame
        Columns of `sambench.metrics.scores_file.SCHEMA`, of one benchmark and seed.
    context : Context
        Its protocol is one that the scores serve.
    method : str
        Method to show.
    packed_folder : Path or str
        Folder of the benchmark that holds a folder of packed slices per domain.
    predictions : mapping of (str, str) to Path or str
        Files of the method's predictions of that seed, by source and target.
    stem : Path or str
        Path of the SVG and PNG files without a suffix.

    Raises
    ------
    InputError
        The method has no case with a Dice.
    """
    apply_style()
    chosen = pick_cases(select_rows(scores, context.protocol, "dice"), method)
    panels = [
        _load(role, row, context, Path(packed_folder), predictions)
        for role, row in chosen.items()
    ]
    figure, grid = plt.subplots(
        2, len(panels), figsize=(3.0 * len(panels) + 0.2, 7.3), squeeze=False
    )
    for (whole, close), panel in zip(grid.T, panels, strict=True):
        window = _window(panel)
        _draw(whole, panel, linewidth=0.8)
        _draw(close, panel, linewidth=1.5)
        whole.set_title(panel.title)
        (top, bottom), (left, right) = window
        close.set(xlim=(left, right), ylim=(bottom, top))
        frame = Rectangle((left, top), right - left, bottom - top, fill=False)
        frame.set(edgecolor="white", linewidth=0.8)
        whole.add_patch(frame)
    handles = [
        Line2D([], [], color=LABEL_COLOUR, linewidth=2, label="label"),
        Line2D([], [], color=PREDICTION_COLOUR, linewidth=2, label="prediction"),
    ]
    # Hung on a panel, since a legend of the figure would cover the note below it.
    grid[1, len(panels) // 2].legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.01),
        ncols=2,
        frameon=False,
    )
    titled(figure, f"{context.label(method)}: cases by Dice", context.of(scores))
    save(figure, stem)


def pick_cases(rows: pd.DataFrame, method: str) -> dict[str, pd.Series]:
    """Choose the best, the median and the worst case of a method.

    Parameters
    ----------
    rows : DataFrame
        Result of `sambench.tables.cells.select_rows` for Dice.
    method : str
        Method to choose for.

    Returns
    -------
    dict of str to Series
        ``best``, ``median`` and ``worst``, each with `trained_on`, target, seed, case,
        `dice` (mean over structures, percent) and `parts` (Dice by structure). With two
        cases there is no median, with one only the best. Of equal cases the first by
        name.

    Raises
    ------
    InputError
        The method has no case with a Dice.
    """
    rows = rows[(rows["method"] == method)].dropna(subset="value")
    if rows.empty:
        raise InputError(
            where="scores",
            found=f"no case of method '{method}' with a Dice",
            expected="at least one",
            remedy="Name a method that was scored",
        )
    keys = ["trained_on", "target", "seed", "case"]
    parts = rows.set_index(keys).groupby(keys)[["structure", "value"]]
    parts = parts.apply(lambda part: dict(part.itertuples(index=False))).rename("parts")
    cases = rows.groupby(keys)["value"].mean().rename("dice").to_frame().join(parts)
    cases = cases.reset_index()
    cases["dice"] = cases["dice"].round(9)
    cases = cases.sort_values(["dice", *keys], ascending=[False] + [True] * len(keys))
    places = {"best": 0, "median": len(cases) // 2, "worst": len(cases) - 1}
    taken: dict[int, str] = {}
    for role in ("best", "worst", "median"):
        taken.setdefault(places[role], role)
    return {taken[place]: cases.iloc[place] for place in sorted(taken)}


def _load(
    role: str,
    row: pd.Series,
    context: Context,
    packed_folder: Path,
    files: Mapping[tuple[str, str], Path | str],
) -> _Panel:
    """Read the slice to show of one case."""
    packed = PackedSlices(packed_folder / row["target"])
    predictions = load_predictions(Path(files[row["trained_on"], row["target"]]))
    rows = packed.case_rows(row["case"])
    place = {int(packed_row): i for i, packed_row in enumerate(predictions.rows)}
    labels = packed.structure_masks(rows)
    channels = [list(predictions.structures).index(name) for name in packed.structures]
    predicted = predictions.masks[[place[int(r)] for r in rows]][:, channels]
    areas = (labels if labels.any() else predicted).any(axis=1).sum(axis=(1, 2))
    shown = int(areas.argmax())
    _, step_y, step_x = packed.case_spacing(row["case"])
    parts = row["parts"]
    dice = f"Dice {row['dice']:.1f} %"
    if len(parts) > 1:
        for name, value in parts.items():
            dice += f"\n{name.replace('_', ' ')} {value:.1f}"
    source, target = (
        context.column_label(row[key]) for key in ("trained_on", "target")
    )
    universal = row["trained_on"] == "all"
    direction = f"to {target}" if universal else f"{source} to {target}"
    return _Panel(
        image=np.asarray(packed.images[rows[shown]]),
        label=labels[shown],
        prediction=predicted[shown],
        aspect=step_y / step_x,
        title=f"{role.capitalize()}: {row['case']}\n{direction}\n{dice}",
    )


def _window(panel: _Panel) -> tuple[tuple[float, float], tuple[float, float]]:
    """Give rows and columns of a square close-up of all contours."""
    either = (panel.label | panel.prediction).any(axis=0)
    height, width = either.shape
    if not either.any():
        return (-0.5, height - 0.5), (-0.5, width - 0.5)
    spans = [np.flatnonzero(either.any(axis=axis))[[0, -1]] for axis in (1, 0)]
    scale = (panel.aspect, 1.0)  # a row is this many columns high
    extents = [(hi - lo + 1) * s for (lo, hi), s in zip(spans, scale, strict=True)]
    side = max(max(extents) * (1 + 2 * _MARGIN), 0.15 * width)
    window = []
    for (lo, hi), s, size in zip(spans, scale, (height, width), strict=True):
        length = min(side / s, size)
        start = np.clip((lo + hi) / 2 - length / 2, -0.5, size - 0.5 - length)
        window.append((float(start), float(start + length)))
    return window[0], window[1]


def _draw(axes: Axes, panel: _Panel, linewidth: float) -> None:
    """Draw an image with the outlines of its masks."""
    if panel.image.ndim == 2:
        low, high = np.percentile(panel.image, [0.5, 99.5])
        options = {"cmap": "gray", "vmin": low, "vmax": max(high, low + 1e-6)}
    else:
        options = {}
    image = panel.image
    if image.ndim == 3 and image.dtype != np.uint8:  # channels of a scan
        low, high = np.percentile(image, [0.5, 99.5], axis=(0, 1))
        image = np.clip((image - low) / np.maximum(high - low, 1e-6), 0, 1)
    axes.imshow(image, aspect=panel.aspect, interpolation="nearest", **options)
    # The label is the wider line, so that it shows beneath a prediction equal to it.
    for mask in panel.label:
        _outline(axes, mask, LABEL_COLOUR, 2 * linewidth)
    for mask in panel.prediction:
        _outline(axes, mask, PREDICTION_COLOUR, linewidth)
    axes.set_axis_off()


def _outline(axes: Axes, mask: np.ndarray, colour: str, linewidth: float) -> None:
    if not mask.any():
        return
    # A rim of background closes the outline of a mask that touches the image border.
    padded = np.pad(mask.astype(float), 1)
    rows, columns = (np.arange(-1, size + 1) for size in mask.shape)
    axes.contour(
        columns, rows, padded, levels=[0.5], colors=[colour], linewidths=linewidth
    )
