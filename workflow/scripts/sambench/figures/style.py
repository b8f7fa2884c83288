"""One look for every figure, and files that are the same for the same data."""

import textwrap
from collections.abc import Iterable, Sequence
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from sambench.atomic import atomic_path
from sambench.methods.told import BOX, LABEL, NOTHING, POINTS
from sambench.tables.context import Context

LOOK = matplotlib.rc_params_from_file(
    Path(__file__).with_name("look.mplstyle"), use_default_template=False
)

INK = "#333333"
"""Names of methods: some of their colours are too pale to read."""

SYNTHETIC_NOTE = "Synthetic data: not comparable with published numbers"
SHORTENED_NOTE = "Shortened training: not the published methods"

EMPTY = "nothing to show"
"""Begins the description of a PNG that says why there is no figure."""

MOST_PANELS_A_ROW = 4

Colour = tuple[float, float, float]

MARKERS = "osD^vP*X<>"
"""One for each ten methods: colours are told apart up to ten."""

CONTROL_COLOURS = {
    LABEL: "#000000",
    BOX: "#5f5f5f",
    POINTS: "#7d7d7d",
    NOTHING: "#9a9a9a",
}
"""Controls are grey by what they are told, whatever else is configured."""
_CONTROL_MARKERS = "|x+1234"


class Style(NamedTuple):
    """How a method is drawn: the same in every figure of a configuration."""

    colour: Colour
    marker: str
    line: str

    @property
    def look(self) -> dict[str, object]:
        """Return what matplotlib is told of points and lines alike."""
        return {"color": self.colour, "marker": self.marker}


def panels(
    rows: int = 1, columns: int = 1, **options: Any
) -> tuple[Figure, np.ndarray]:
    """Make a figure and its axes, `(rows, columns)`, in the look of all figures.

    Options are others of `matplotlib.pyplot.subplots`.
    """
    plt.rcParams.update(LOOK)
    return plt.subplots(rows, columns, squeeze=False, **options)


def finish(figure: Figure, title: str, context: Context, stem: Path | str) -> None:
    """Write a title above a figure and what it is of below it, and save it.

    Panels that hold neither data nor a title are left out; synthetic data and shortened
    training are named.
    """
    for axes in figure.axes:
        if not (axes.has_data() or axes.get_title("left")):
            axes.set_axis_off()
    _write_around(figure, title, context)
    _save(figure, stem)


def method_styles(context: Context, methods: Iterable[str] = ()) -> dict[str, Style]:
    """Return how each method is drawn, also those of score files without a recipe.

    Competitors have ten colours that the colour-blind can tell apart, and another
    marker for each ten methods; controls are grey and dashed.
    """
    colours = LOOK["axes.prop_cycle"].by_key()["color"]
    every = list(dict.fromkeys([*context.methods, *methods]))
    controls = [m for m in every if context.is_control(m)]
    styles = {}
    for index, method in enumerate(m for m in every if m not in controls):
        marker = MARKERS[index // len(colours) % len(MARKERS)]
        styles[method] = Style(to_rgb(colours[index % len(colours)]), marker, "-")
    for told, colour in CONTROL_COLOURS.items():
        alike = sorted(m for m in controls if context.told(m) == told)
        for index, method in enumerate(alike):
            marker = _CONTROL_MARKERS[index % len(_CONTROL_MARKERS)]
            styles[method] = Style(to_rgb(colour), marker, "--")
    return styles


def _write_around(figure: Figure, title: str, context: Context) -> None:
    width = figure.get_figwidth()
    figure.suptitle(wrapped(title, width, 11), fontsize=11, fontweight="bold")
    protocol = context.protocol.get("id")
    about = f"{context.name}, protocol {protocol}" if protocol else context.name
    notes = [SYNTHETIC_NOTE] * context.synthetic + [SHORTENED_NOTE] * context.shortened
    lines = [wrapped(text, width, 8) for text in (about, *notes)]
    colour = "#8a4b00" if notes else "#555555"
    figure.supxlabel("\n".join(lines), fontsize=8, color=colour)


def wrapped(text: str, width: float, size: float) -> str:
    """Break a text into lines that fit a width in inches.

    The size of the font is in points; a letter is taken to be 0.55 of it wide.
    """
    return "\n".join(textwrap.wrap(text, max(int(width * 72 / (0.55 * size)), 10)))


def panel_grid(count: int) -> tuple[int, int]:
    """Return rows and columns of so many panels."""
    rows = ceil(count / MOST_PANELS_A_ROW)
    return rows, ceil(count / rows)


def span_of(values: ArrayLike, share: float, least: float) -> tuple[float, float]:
    """Return the range of values in percent, with a margin on both sides.

    The margin is a share of the range, or the least one; without a finite value the
    range is 0 to 100.
    """
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    if not values.size:
        return 0.0, 100.0
    low, high = values.min(), values.max()
    margin = max(share * (high - low), least)
    return float(low - margin), float(high + margin)


def competing(frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Return the rows of methods that are no controls, or all if there are none."""
    controls = frame["method"].map(context.is_control).astype(bool)
    return frame if controls.all() else frame[~controls]


def mean_with_interval(
    axes: Axes, where: float, row: Any, style: Style, along: str
) -> None:
    """Draw a mean and its 95 % interval along an axis, at a place of the other one.

    The row has `mean`, `mean_low` and `mean_high`; without an interval it is a point.
    """
    sides = row.mean - row.mean_low, row.mean_high - row.mean
    error = [[0.0 if pd.isna(side) else max(side, 0.0)] for side in sides]
    place = (row.mean, where) if along == "x" else (where, row.mean)
    look = {"fmt": style.marker, "capsize": 2.5, "color": style.colour}
    axes.errorbar(*place, **{f"{along}err": error}, **look)


def ink_on(colour: Sequence[float]) -> str:
    """Choose black or white, whichever reads better on `(red, green, blue)`."""
    light = np.dot(colour[:3], (0.299, 0.587, 0.114))
    return "black" if light > 0.55 else "white"


def write_beside(axes: Axes, text: str, height: float, shift: tuple, **font) -> None:
    """Write a text at the right of the axes, at a height of their data."""
    axes.annotate(
        text,
        (1, height),
        xycoords=("axes fraction", "data"),
        xytext=shift,
        textcoords="offset points",
        va="center",
        annotation_clip=False,
        **font,
    )


def _save(figure: Figure, stem: Path | str, *, description: str = "") -> None:
    """Save a figure as `stem`.svg and `stem`.png without dates, and close it."""
    stem = Path(stem)
    # The layout costs more than the drawing: work it out once for both files.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    png = {"Software": None} | ({"Description": description} if description else {})
    for suffix, metadata in ((".svg", {"Date": None}), (".png", png)):
        with atomic_path(stem.with_name(stem.name + suffix)) as temporary:
            figure.savefig(temporary, metadata=metadata)
    plt.close(figure)


def save_nothing(reason: str, stem: Path | str) -> None:
    """Save a figure that only says why there is none; the page leaves it out."""
    figure, ((axes,),) = panels(figsize=(6, 1.2))
    axes.text(0.5, 0.5, wrapped(f"No figure: {reason}.", 6, 10), ha="center")
    axes.set_axis_off()
    _save(figure, stem, description=f"{EMPTY}: {reason}")
