"""One case with its label and the predictions of every run, slice by slice."""

from collections.abc import Mapping

import numpy as np

from sambench.data.packed import PackedSlices
from sambench.data.predictions import Predictions
from sambench.gallery.images import View, runs_of, window_of

LABEL = "label"


def case_document(
    packed: PackedSlices,
    case: str,
    predictions: Mapping[str, Predictions],
    *,
    native: bool,
    turned: bool,
) -> dict:
    """Arrange one case for the page.

    Parameters
    ----------
    packed : PackedSlices
        Slices and labels of the target.
    predictions : mapping of str to Predictions
        By run, such as ``"erm/RUNMC"``.
    native : bool
        Whether masks are shown on the grid of the file, as the protocol scores them;
        otherwise on the grid of the network's images.
    turned : bool
        Whether rows and columns are turned, see `View`.

    Returns
    -------
    dict
        target, case, `structures`, `shape` (rows, columns), `aspect` (height of a pixel
        by its width), `turned`, `shown` (index of the slice with the largest label),
        `images` (a data address per slice) and `masks`: by run and ``"label"``, per
        slice and structure the runs of `sambench.gallery.images.runs_of`.
    """
    rows = packed.case_rows(case)
    on_file = native and not packed.on_native_grid(case)
    if on_file:
        labels = packed.native_structure_masks(case)
        _, step_y, step_x = packed.native_spacing(case)
    else:
        labels = packed.structure_masks(rows)
        _, step_y, step_x = packed.case_spacing(case)
    view = View.of(labels.shape[-2:], turned=turned)
    images = packed.images[rows]
    window = window_of(images)
    masks = {LABEL: labels}
    for run, found in predictions.items():
        predicted = _of_case(found, case, rows, on_file=on_file)
        channels = [list(found.structures).index(name) for name in packed.structures]
        masks[run] = predicted[:, channels]
    areas = labels.any(axis=1).sum(axis=(1, 2))
    return {
        "target": packed.domain,
        "case": case,
        "structures": list(packed.structures),
        "shape": list(view.shape),
        "aspect": round(step_y / step_x, 4),
        "turned": turned,
        "shown": int(areas.argmax()),
        "images": [view.picture(image, window) for image in images],
        "masks": {
            run: [[runs_of(channel) for channel in view.mask(slice_)] for slice_ in of]
            for run, of in masks.items()
        },
    }


def _of_case(
    predictions: Predictions, case: str, rows: np.ndarray, *, on_file: bool
) -> np.ndarray:
    """Return the masks `(Z, C, H, W)` of a case on the grid that is shown."""
    if on_file:
        return predictions.native[case]
    index = {int(row): i for i, row in enumerate(predictions.rows)}
    return predictions.masks[[index[int(row)] for row in rows]]
