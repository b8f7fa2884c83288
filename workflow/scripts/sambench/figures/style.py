"""One look for every figure, and files that are the same for the same data."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from sambench.atomic import atomic_path

LABEL_COLOUR = "#0072B2"
PREDICTION_COLOUR = "#E69F00"
"""Contours: blue and orange of Okabe and Ito, apart for every colour vision."""

INK = "#333333"
"""Names of methods: some of their colours are too pale to read."""

SYNTHETIC_NOTE = "Synthetic data: not comparable with published numbers"

RESOLUTION = 150
"""Dots per inch of PNG files."""


def apply_style() -> None:
    """Set the theme of seaborn and what makes saved files reproducible."""
    sns.set_theme(context="paper", style="whitegrid", palette="colorblind")
    plt.rcParams.update(
        {
            "figure.constrained_layout.use": True,
            "figure.dpi": RESOLUTION,
            "savefig.dpi": RESOLUTION,
            "font.size": 9,
            "axes.titlesize": 9,
            "axes.labelsize": 9,
            "xtick.labelsize": 8,
            "ytick.labelsize": 8,
            "legend.fontsize": 8,
            "svg.hashsalt": "sambench",  # else ids in the SVG are random
        }
    )


def method_colours(methods: Sequence[str]) -> dict[str, tuple[float, float, float]]:
    """Give each method its colour, the same in every figure of a configuration.

    Parameters
    ----------
    methods : sequence of str
        All method ids of the configuration, in its order.

    Returns
    -------
    dict of str to tuple of float
        Red, green and blue in 0 to 1. The ten colours of seaborn's colour-blind palette
        come first, then darker and lighter shades of them.
    """
    base = sns.color_palette("colorblind", 10)
    shades = [
        base,
        [sns.dark_palette(colour, n_colors=10)[5] for colour in base],
        [sns.light_palette(colour, n_colors=10)[5] for colour in base],
    ]
    colours = [to_rgb(colour) for shade in shades for colour in shade]
    return {m: colours[i % len(colours)] for i, m in enumerate(methods)}


def titled(figure: Figure, title: str, data_source: str) -> None:
    """Put the title above a figure, and below it what its data are if not original."""
    text = wrapped(title, figure.get_figwidth(), 12)
    figure.suptitle(text, fontsize=11, fontweight="bold")
    if "synthetic" in data_source.split("+"):
        figure.supxlabel(SYNTHETIC_NOTE, fontsize=8, color="#8a4b00", style="italic")


def wrapped(text: str, width: float, size: float) -> str:
    """Break a text into lines that fit a width.

    Parameters
    ----------
    text : str
        Text to break at spaces.
    width : float
        Width in inches.
    size : float
        Size of the font in points; a letter is taken to be 0.55 of it wide.
    """
    return "\n".join(textwrap.wrap(text, max(int(width * 72 / (0.55 * size)), 10)))


def save(figure: Figure, stem: Path | str) -> None:
    """Save a figure as `stem`.svg and `stem`.png without dates, and close it."""
    stem = Path(stem)
    # The layout costs more than the drawing: work it out once for both files.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for suffix, metadata in ((".svg", {"Date": None}), (".png", {"Software": None})):
        with atomic_path(stem.with_name(stem.name + suffix)) as temporary:
            figure.savefig(temporary, metadata=metadata)
    plt.close(figure)


def method_label(methods: dict[str, dict], method: str) -> str:
    """Give the display label of a method, marked if it is a control."""
    recipe = methods.get(method, {})
    label = str(recipe.get("label", method))
    return f"{label} (control)" if recipe.get("control") else label


def domain_label(benchmark: dict, domain: str) -> str:
    """Give the display label of a domain."""
    return str(benchmark.get("domains", {}).get(domain, {}).get("label", domain))


def in_listed_order(names: Sequence[str], listed: Sequence[str]) -> list[str]:
    """Sort names as a configuration lists them; others follow in their own order."""
    found = list(dict.fromkeys(names))
    return [n for n in listed if n in found] + [n for n in found if n not in listed]
