"""Figures with their captions, as parts of a page."""

import base64
from pathlib import Path

_SCREEN = 100
"""Pixels of the page for an inch of a figure."""

RESOLUTION = 150
"""Of the PNG files, as `sambench.figures.style` writes them; not imported from there,
since the page needs no matplotlib."""

_EMPTY = b"Description\0nothing to show"
"""In the head of the PNG of a figure that only says why there is none."""

_CAPTIONS = {
    "protocols": (
        "How much the ranking depends on the protocol",
        "Dice and rank of the same runs under each protocol. Only the choice of "
        "checkpoint and the scoring differ: where lines cross, the order of two "
        "methods depends on them. Controls are dashed and may lie outside the axis.",
    ),
    "heatmap": (
        "Every source and target",
        "Mean Dice in percent. Rows: trained on; columns: tested on. If one model is "
        "trained on all domains, rows are methods.",
    ),
    "distributions": (
        "Every case",
        "Each point is the Dice of one case from one source; boxes span the quartiles, "
        "the diamond is the mean. Failures count as 0.",
    ),
    "stability": (
        "How stable the ranking is",
        "Share of 1000 bootstrap draws over cases in which a method takes a rank, and "
        "95 % intervals of the means; controls may lie outside of the axis.",
    ),
    "critical_difference": (
        "Which methods are not significantly different",
        "Mean rank over cases. Methods whose dots are on the same bar are not "
        "significantly different (Wilcoxon's signed-rank test, Holm, 5 %). "
        "Controls have no bars.",
    ),
    "clicks": (
        "What each click adds",
        "Dice and NSD by the number of clicks: a simulated user clicks each structure "
        "in the centre of its largest error. Thin lines are methods "
        "without clicks; controls may lie outside the axis.",
    ),
    "cost": (
        "What accuracy costs",
        "Dice against trained parameters and training time on the hardware of this "
        "run. If a method trains one model per task, they count together. Methods "
        "without training are dashed lines; controls may lie outside the axis.",
    ),
    "learning": (
        "Learning curves",
        "Training loss over epochs. Losses of methods with different loss functions "
        "cannot be compared.",
    ),
}


def picture(path: Path | str) -> dict | None:
    """Describe one figure for the page; None if there was nothing to draw.

    Parameters
    ----------
    path : Path or str
        `figures/<benchmark>/<figure>.svg` or `.../<protocol>/<figure>.svg`; the PNG
        beside it is embedded.

    Returns
    -------
    dict
        benchmark, protocol ("" for any), `figure`, `title`, `caption`, `uri`, and
        its `width` and `height` in pixels of the page.
    """
    path = Path(path)
    parts = path.parts[path.parts.index("figures") + 1 :]
    benchmark, protocol = parts[0], parts[1] if len(parts) == 3 else ""
    name = path.name.removesuffix(".svg")
    title, caption = _CAPTIONS[name]
    image = path.with_name(f"{path.name.removesuffix('.svg')}.png").read_bytes()
    if _EMPTY in image[:1024]:
        return None
    # Bytes 16 to 24 of a PNG are its columns and rows.
    width, height = (int.from_bytes(image[i : i + 4], "big") for i in (16, 20))
    return {
        "benchmark": benchmark,
        "protocol": protocol,
        "figure": name,
        "title": title,
        "caption": caption,
        "width": round(width * _SCREEN / RESOLUTION),
        "height": round(height * _SCREEN / RESOLUTION),
        "uri": f"data:image/png;base64,{base64.b64encode(image).decode('ascii')}",
    }
