"""Score rows of the predictions on one target: per case, structure, grid and policy."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from sambench.data.packed import PackedSlices
from sambench.data.predictions import Predictions
from sambench.errors import InputError
from sambench.metrics.case import score_masks
from sambench.metrics.grids import View, answer_on, label_on, views_by_grid
from sambench.metrics.interaction import score_interaction
from sambench.metrics.names import ANY, FAMILIES, metric_id, metric_unit
from sambench.metrics.scores_file import SCHEMA


def score_target(
    packed: PackedSlices,
    predictions: Predictions,
    identity: dict,
    tolerance: float,
    cases: Iterable[str],
    views: Sequence[View],
) -> pd.DataFrame:
    """Score one run on one target, in 3D per volume or in 2D per photograph.

    All views come from the same prediction. Slice policy `all` scores every slice of
    the case, `foreground` the stack of those on which any structure of the domain is
    labelled: a case without such a slice has nothing to score. On grid `native` masks
    are compared as they are in the files, on `packed` as the network sees them; a case
    for which these are one grid is measured once and its rows say ``any``.

    Parameters
    ----------
    packed : PackedSlices
        Slices and labels of the target.
    predictions : Predictions
        `rows` (n,) of the packed slices, `masks` (n, C, H, W) bool, `structures` (C,),
        and if the grids differ `native`, by case; `steps` of an interaction.
    identity : dict
        benchmark, method, source, target and seed of the run; `selection` of its
        weights if a training chose them.
    tolerance : float
        NSD tolerance in the unit of the target (mm, or pixels for photographs).
    cases : iterable of str
        Cases that are scored.
    views : sequence of View
        What protocols ask for: grid, slices, post-processing (a name in
        `sambench.metrics.postprocess.POST_PROCESSING`), and further NSDs such as
        ``"nsd_1vx"``: at another tolerance or, in voxels, without the spacing.

    Returns
    -------
    DataFrame
        Columns of `sambench.metrics.scores_file.SCHEMA`, a row per case, structure,
        view and metric. Failures have the diagonal of the whole image on that grid as
        their distance under both slice policies.

    Raises
    ------
    InputError
        Predictions of other structures, of a shape that does not fit, twice of the same
        slice, not of every slice of a case, or not on a grid that is asked for.
    """
    where = "predictions " + "/".join(str(identity[key]) for key in _IDENTITY)
    channels = _channels(where, packed, predictions)
    place = _places(where, packed, predictions)
    photo, records = packed.kind == "photo", []
    for case in cases:
        places = place[packed.case_rows(case)]
        absent = int((places < 0).sum())
        if absent:
            raise InputError(
                where=where,
                found=f"{absent} of {places.size} slices of case '{case}' not "
                "predicted",
                expected="a prediction for every slice of a case",
                remedy="Delete the file of predictions and predict again",
            )
        if photo:
            _check_single(case, places)
        wanted = views_by_grid(views, one_grid=packed.on_native_grid(case))
        for grid, on_grid in wanted.items():
            label, spacing = label_on(grid, packed, case)
            labels = _by_structure(label, photo)
            answers = []
            for answer in predictions.steps or [predictions]:
                masks = answer_on(grid, where, answer, case, places, label.shape)
                found = _by_structure(masks[:, channels], photo)
                answers.append(list(zip(found, labels, strict=True)))
            how = label.any(axis=(1, 2, 3)), spacing[1:] if photo else spacing
            for structure, pair in zip(packed.structures, answers[-1], strict=True):
                about = (case, structure, grid)
                records += score_masks(*pair, *how, tolerance, about, on_grid)
            names = list(packed.structures)
            records += score_interaction(answers, names, *how, (case, grid), on_grid)
    return frame_of(
        records, identity, tolerance, unit=packed.unit, data_source=packed.data_source
    )


_IDENTITY = ("benchmark", "method", "source", "target", "seed")


def _channels(where: str, packed: PackedSlices, predictions: Predictions) -> list[int]:
    """Return the channel of the predictions for each structure of the target."""
    names = [str(name) for name in predictions.structures]
    if sorted(names) != sorted(packed.structures):
        raise InputError(
            where=where,
            found=f"structures {', '.join(names)}",
            expected=", ".join(packed.structures),
            remedy="Predict again with the structures of the target",
        )
    return [names.index(structure) for structure in packed.structures]


def _places(where: str, packed: PackedSlices, predictions: Predictions) -> np.ndarray:
    """Return for each packed slice its place among the predictions, or -1."""
    rows, masks = np.asarray(predictions.rows), predictions.masks
    fitting = masks.ndim == 4 and len(masks) == len(rows)
    if not fitting or masks.shape[1] != len(predictions.structures):
        raise InputError(
            where=where,
            found=f"{len(rows)} rows and masks of shape {masks.shape}",
            expected="masks (n, C, H, W), one row each and one channel per structure",
            remedy="Delete the file of predictions and predict again",
        )
    inside = (rows >= 0) & (rows < len(packed.slices))
    if not inside.all() or len(np.unique(rows)) != len(rows):
        raise InputError(
            where=where,
            found="a slice predicted twice" if inside.all() else "rows out of range",
            expected=f"distinct rows of the {len(packed.slices)} slices of the target",
            remedy="Delete the file of predictions and predict again",
        )
    place = np.full(len(packed.slices), -1)
    place[rows] = np.arange(len(rows))
    return place


def _by_structure(masks: np.ndarray, photo: bool) -> np.ndarray:
    """Return masks (n, C, H, W) as (C, n, H, W), of a photograph as (C, H, W)."""
    return masks[0] if photo else masks.swapaxes(0, 1)


def _check_single(case: str, places: np.ndarray) -> None:
    if len(places) != 1:
        raise InputError(
            where=f"slices.parquet, case '{case}'",
            found=f"{len(places)} slices in a photograph",
            expected="one",
            remedy="Pack the domain again",
        )


def frame_of(
    records: list[tuple],
    identity: dict,
    tolerance: float,
    *,
    unit: str,
    data_source: str,
) -> pd.DataFrame:
    """Make score rows of the records of `score_masks`.

    Parameters
    ----------
    records : list of tuple
        Rows of any number of cases and structures.
    identity : dict
        benchmark, method, source, target and seed of the run.
    tolerance : float
        NSD tolerance in `unit`.
    unit : str
        Unit of distances: ``"mm"`` or ``"px"``.
    data_source : str
        ``"original"`` or ``"synthetic"``.

    Returns
    -------
    DataFrame
        Columns of `sambench.metrics.scores_file.SCHEMA`.
    """
    columns = ["case", "structure", "grid", "slices", "post_processing"]
    columns += ["metric", "value", "outcome"]
    scores = pd.DataFrame.from_records(records, columns=columns)
    ids = {family: metric_id(family, tolerance, unit) for family in FAMILIES}
    scores["metric"] = scores["metric"].replace(ids)
    units = {metric: metric_unit(metric, unit) for metric in scores["metric"].unique()}
    scores["unit"] = scores["metric"].map(units)
    for key in _IDENTITY:
        scores[key] = int(identity[key]) if key == "seed" else str(identity[key])
    scores["selection"] = identity.get("selection", ANY)
    scores["data_source"] = data_source
    return scores[SCHEMA.names]
