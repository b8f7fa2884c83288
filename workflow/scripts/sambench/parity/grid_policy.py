"""Hold our filter of grids of points against two automatic mask generators."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from sambench.models.sam.grid import GridFilter
from sambench.parity.errors import mask_error, relative_error
from sambench.parity.fixture import Fixture

NOTHING = -30.0


def sam_errors(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> dict[str, float]:
    """Compare a fixture of segment-anything's generator; see `Fixture`."""
    fixture = Fixture(tensors, metadata)
    return _errors(fixture, fixture.header["stability_score_thresh"])


def desam_errors(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> dict[str, float]:
    """Compare a fixture of DeSAM's generator, which skips the stability filter."""
    return _errors(Fixture(tensors, metadata), None)


def _errors(fixture: Fixture, stability: float | None) -> dict[str, float]:
    chosen = grid_filter(fixture, stability)
    errors: dict[str, float] = {}
    cases = sorted({n.split("/")[0] for n in fixture.tensors if n.endswith("/logits")})
    for case in cases:
        masks = fixture[f"{case}/logits"].flatten(0, 1)
        quality = fixture[f"{case}/iou"].flatten()
        errors |= choice_errors(fixture, f"{case}/", chosen, masks, quality)
    return errors


def grid_filter(fixture: Fixture, stability: float | None) -> GridFilter:
    """Build the filter of a fixture's header."""
    header = fixture.header
    return GridFilter(
        quality=header["pred_iou_thresh"],
        stability=stability,
        min_share=header["min_mask_region_area"] / header["label_size"] ** 2,
        duplicate=header.get("box_nms_thresh", 0.7),
        offset=header.get("stability_offset", 1.0),
    )


def choice_errors(
    fixture: Fixture, prefix: str, chosen: GridFilter, masks: Tensor, quality: Tensor
) -> dict[str, float]:
    """Compare the mask that is chosen, with and without a border, and all qualities.

    Parameters
    ----------
    fixture : Fixture
        With `mask`, `mask_without_border` and `kept_iou` below the prefix.
    prefix : str
        Prefix of these names.
    chosen : GridFilter
        The filter.
    masks, quality : Tensor, `(K, L, L)` and `(K,)`
        What the generator was given.
    """
    mask = chosen(masks, quality, NOTHING) > 0
    errors = {}
    if f"{prefix}mask" in fixture:
        errors[f"{prefix}mask"] = mask_error(mask, fixture[f"{prefix}mask"])
    if f"{prefix}mask_without_border" in fixture:
        inner = trimmed(mask, fixture.header["edge_set_zero"])
        expected = fixture[f"{prefix}mask_without_border"]
        errors[f"{prefix}mask_without_border"] = mask_error(inner, expected)
    if f"{prefix}kept_iou" in fixture:
        kept = [quality[each.index] for each in chosen.listed(masks, quality)]
        expected = fixture[f"{prefix}kept_iou"]
        errors[f"{prefix}kept_iou"] = (
            relative_error(torch.stack(kept), expected)
            if len(kept) == len(expected) > 0
            else (0.0 if len(kept) == len(expected) else math.inf)
        )
    return errors


def trimmed(mask: Tensor, border: int) -> Tensor:
    """Set a border of a mask `(L, L)` to 0."""
    inner = torch.zeros_like(mask)
    within = slice(border, -border or None)
    inner[within, within] = mask[within, within]
    return inner
