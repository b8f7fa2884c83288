"""Figures with their captions, as parts of a page."""

import base64
from pathlib import Path

_SCREEN = 100
"""Pixels of the page for an inch of a figure."""

RESOLUTION = 150
"""Of the PNG files, as `sambench/figures/look.mplstyle` sets it."""

_CAPTIONS = Path(__file__).parent / "assets"
"""A file for each figure, which Snakemake's own report shows too."""

_EMPTY = b"Description\0nothing to show"
"""In the head of the PNG of a figure that only says why there is none."""

_TITLES = {
    "protocols": "How much the ranking depends on the protocol",
    "heatmap": "Every source and target",
    "distributions": "Every case",
    "stability": "How stable the ranking is",
    "critical_difference": "Which methods are not significantly different",
    "clicks": "What each click adds",
    "cost": "What accuracy costs",
    "learning": "Learning curves",
}


def picture(
    path: Path | str, benchmark: str, protocol: str, figure: str
) -> dict | None:
    """Describe one figure for the page; None if there was nothing to draw.

    Returns
    -------
    dict
        benchmark, protocol ("" for any), `figure`, `title`, `caption`, `uri` of the PNG
        beside the SVG, and its `width` and `height` in pixels of the page.
    """
    image = Path(path).with_suffix(".png").read_bytes()
    if _EMPTY in image[:1024]:
        return None
    # Bytes 16 to 24 of a PNG are its columns and rows.
    width, height = (int.from_bytes(image[i : i + 4], "big") for i in (16, 20))
    caption = (_CAPTIONS / f"{figure}.rst").read_text(encoding="utf-8")
    return {
        "benchmark": benchmark,
        "protocol": protocol,
        "figure": figure,
        "title": _TITLES[figure],
        "caption": " ".join(caption.split()),
        "width": round(width * _SCREEN / RESOLUTION),
        "height": round(height * _SCREEN / RESOLUTION),
        "uri": f"data:image/png;base64,{base64.b64encode(image).decode('ascii')}",
    }
