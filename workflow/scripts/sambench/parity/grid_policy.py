"""Our filter of grids of points against two automatic mask generators."""

import math

import torch
from torch import Tensor

from sambench.models.sam.grid import GridFilter
from sambench.models.sam.network import NOTHING
from sambench.parity.errors import mask_error, relative_error
from sambench.parity.fixture import Fixture


def sam(fixture: Fixture) -> None:
    """Compare segment-anything's generator."""
    _compare(fixture, grid_filter(fixture, fixture.header("stability_score_thresh")))


def desam(fixture: Fixture) -> None:
    """Compare DeSAM's generator, which skips the stability filter."""
    _compare(fixture, grid_filter(fixture, None))


def _compare(fixture: Fixture, chosen: GridFilter) -> None:
    for case in sorted({n.split("/")[0] for n in fixture if n.endswith("/logits")}):
        masks = fixture[f"{case}/logits"].flatten(0, 1)
        check_choice(fixture, f"{case}/", chosen, masks, fixture[f"{case}/iou"])


def grid_filter(fixture: Fixture, stability: float | None) -> GridFilter:
    """Build the filter of a fixture's header."""
    least = fixture.header("min_mask_region_area")
    return GridFilter(
        quality=fixture.header("pred_iou_thresh"),
        stability=stability,
        min_share=least / fixture.header("label_size") ** 2,
        duplicate=fixture.header("box_nms_thresh", 0.7),
        offset=fixture.header("stability_offset", 1.0),
    )


def check_choice(
    fixture: Fixture, prefix: str, chosen: GridFilter, masks: Tensor, quality: Tensor
) -> None:
    """Compare the mask that is chosen, with and without a border, and all qualities.

    The generator was given masks `(K, L, L)` and their qualities; what it chose is
    below the prefix.
    """
    quality = quality.flatten()
    mask = chosen(masks, quality, NOTHING) > 0
    border = fixture.header("edge_set_zero")
    inner = slice(border, -border or None)
    trimmed = torch.zeros_like(mask)
    trimmed[inner, inner] = mask[inner, inner]
    for name, found in (("mask", mask), ("mask_without_border", trimmed)):
        if prefix + name in fixture:
            error = mask_error(found, fixture[prefix + name])
            fixture.record(prefix + name, error)
    if f"{prefix}kept_iou" in fixture:
        kept = [quality[each.index] for each in chosen.listed(masks, quality)]
        expected = fixture[f"{prefix}kept_iou"]
        error = 0.0 if len(kept) == len(expected) else math.inf
        if kept and not error:
            error = relative_error(torch.stack(kept), expected)
        fixture.record(f"{prefix}kept_iou", error)
