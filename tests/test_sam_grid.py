"""One mask out of those of a grid of points, by the rules of SAM's generator."""

import torch

from sambench.models.sam.grid import GridFilter

NOTHING = -30.0


def test_the_grid_keeps_the_best_mask_that_passes_and_nothing_else():
    masks = torch.full((3, 10, 10), -5.0)
    masks[0, :5] = 5.0  # stable, quality 0.6
    masks[1, :9] = 0.5  # unstable: its logits lie between -1 and 1
    masks[2, :2] = 5.0  # stable, quality 0.8
    quality = torch.tensor([0.6, 0.9, 0.8])
    keep = GridFilter(min_share=0)(masks, quality, NOTHING)
    assert torch.equal(keep, masks[2])
    # DeSAM's code skips the filter by stability
    unfiltered = GridFilter(min_share=0, stability=None)(masks, quality, NOTHING)
    assert torch.equal(unfiltered, masks[1])
    assert (GridFilter(quality=0.95)(masks, quality, NOTHING) == NOTHING).all()


def test_the_grid_prefers_masks_without_small_islands_and_holes():
    masks = torch.full((3, 12, 12), -5.0)
    masks[0, :6] = 5.0
    masks[0, 2, 2] = -5.0  # a hole
    masks[0, 11, 11] = 5.0  # an island, which also makes its box the whole slice
    masks[1, 8:, :9] = 5.0  # as it should be
    quality = torch.tensor([0.9, 0.6, 0.1])
    keep = GridFilter(min_share=4 / 144)
    assert torch.equal(keep(masks, quality, NOTHING), masks[1])
    # a hole and an island of the least area are not small
    exact = GridFilter(min_share=1 / 144)(masks, quality, NOTHING)
    assert torch.equal(exact, masks[0])
    # the same box as the better mask: a duplicate, so the better one is tidied
    masks[1] = 5.0
    tidied = keep(masks, quality, NOTHING) > 0
    assert tidied[:6].all()
    assert not tidied[6:].any()


def test_a_mask_whose_largest_island_is_small_counts_as_changed_though_it_stays():
    masks = torch.full((2, 12, 12), -5.0)
    masks[0, 0, :3] = 5.0  # three pixels, fewer than four
    masks[1, 6:] = 5.0
    quality = torch.tensor([0.9, 0.6])
    keep = GridFilter(min_share=4 / 144)
    assert torch.equal(keep(masks, quality, NOTHING), masks[1])
    assert torch.equal(keep(masks[:1], quality[:1], NOTHING), masks[0])


def test_an_empty_mask_counts_as_unchanged_and_can_win():
    masks = torch.full((2, 12, 12), -5.0)
    masks[1, 6:] = 5.0
    quality = torch.tensor([0.9, 0.6])
    found = GridFilter(min_share=4 / 144, stability=None)(masks, quality, NOTHING)
    assert torch.equal(found, masks[0])
