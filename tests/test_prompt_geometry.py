"""Prompts mean the same place on every grid, down to structures of one pixel."""

import pytest
import torch

from sambench.errors import InputError
from sambench.methods.batch import Prompts
from sambench.methods.prompts import (
    box_prompt,
    click_prompt,
    seeded_uniform,
    whole_prompt,
)
from sambench.models.sam.box_region import BoxRegionPromptEncoder
from sambench.models.sam.build import build_sam
from sambench.models.sam.builders import build_promptable
from sambench.models.sam.coordinates import first_and_last_pixel, pixel_of_point

pytestmark = pytest.mark.usefixtures("one_thread")

THIN = {  # rows and columns of 64 x 64
    "one pixel": (30, 31, 30, 31),
    "two by two": (30, 32, 30, 32),
    "a column": (26, 38, 30, 31),
    "a row": (30, 31, 26, 38),
    "the first corner": (0, 4, 0, 4),
    "the last corner": (60, 64, 60, 64),
    "one pixel in the last corner": (63, 64, 63, 64),
    "a block": (26, 38, 26, 38),
}


def drawn(name: str, side: int = 64) -> torch.Tensor:
    top, bottom, left, right = THIN[name]
    mask = torch.zeros(1, 1, side, side, dtype=torch.bool)
    mask[0, 0, top:bottom, left:right] = True
    return mask


@pytest.mark.parametrize("scale", [1, 2, 3, 16])
@pytest.mark.parametrize("name", THIN)
def test_a_box_covers_its_structure_on_every_grid(name, scale):
    mask = drawn(name)
    large = mask.repeat_interleave(scale, -1).repeat_interleave(scale, -2)
    rows, columns = (large[0, 0].any(axis).nonzero().flatten() for axis in (1, 0))
    expected = [int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])]
    boxes = box_prompt(mask, None).boxes
    assert first_and_last_pixel(boxes, scale)[0, 0].tolist() == expected


def test_a_click_stays_in_the_middle_of_its_pixel():
    mask = drawn("one pixel")
    clicks = click_prompt(mask, seeded_uniform([(0,)])).clicks
    assert clicks.tolist() == [[[[30.5, 30.5]]]]
    # Three pixels for one: 90, 91, 92
    assert pixel_of_point(clicks, 3).flatten().tolist() == [91, 91]
    assert pixel_of_point(clicks, 1).flatten().tolist() == [30, 30]


def test_other_scales_along_the_axes():
    scale = torch.tensor([2.0, 4.0])
    box = torch.tensor([[1.0, 1.0, 3.0, 3.0]])
    assert first_and_last_pixel(box, scale).tolist() == [[2, 4, 5, 11]]
    assert pixel_of_point(torch.tensor([1.5, 1.5]), scale).tolist() == [2.5, 5.5]


def test_indices_are_multiplied_as_the_references_do():
    mask = torch.zeros(1, 1, 256, 256, dtype=torch.bool)
    mask[0, 0, 10:21, 30:256] = True
    options = {"coordinates": "indices"}
    box = box_prompt(mask, None, **options).boxes
    assert first_and_last_pixel(box, 4).flatten().tolist() == [120, 40, 1020, 80]
    # MedSAM v0 and DB-SAM: min(W, x_max + 9), on a grid of 256
    box = box_prompt(mask, None, jitter=(9, 9), **options).boxes
    assert first_and_last_pixel(box, 4).flatten().tolist() == [84, 4, 1024, 116]
    # DeSAM: [0, 0, 1024, 1024]
    box = whole_prompt(mask, None, **options).boxes
    assert first_and_last_pixel(box, 4).flatten().tolist() == [0, 0, 1024, 1024]
    clicks = click_prompt(mask, seeded_uniform([(0,)]), **options).clicks
    assert (pixel_of_point(clicks, 4) % 4 == 0).all()
    with pytest.raises(InputError, match="exact"):
        box_prompt(mask, None, coordinates="index")


def test_an_absent_structure_has_no_box_under_either():
    nothing = torch.zeros(1, 2, 8, 8, dtype=torch.bool)
    for coordinates in ("exact", "indices"):
        boxes = box_prompt(nothing, None, coordinates=coordinates).boxes
        assert (boxes == -1).all()


def test_the_region_of_a_box_reaches_to_the_edge_of_its_last_pixel():
    encoder = build_sam("nano", 64).prompt_encoder
    seen = {}
    encoder.mask_downscaling.register_forward_pre_hook(
        lambda module, inputs: seen.update(masks=inputs[0])
    )
    encoder.__class__ = BoxRegionPromptEncoder
    box = box_prompt(drawn("one pixel"), None).boxes[0]
    encoder(None, first_and_last_pixel(box, 1.0), None)
    # Pixel 30 of 64 is a quarter of cell 7 of 16 along each axis
    share = (seen["masks"] / 4 + 1) / 2
    assert share.sum() == share[0, 0, 7, 7] == 1 / 16


# A box that ended one pixel of 64 short gave 0 for lines and 90 for the block.
@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("two by two", 90),
        ("a column", 50),
        ("a row", 60),
        ("the first corner", 80),
        ("the last corner", 80),
        ("a block", 93),
    ],
)
def test_the_small_sam_finds_thin_structures(repository, name, least):
    network = build_promptable(
        backbone="sam_nano",
        weights=repository / "config" / "backbones" / "sam_nano.safetensors",
    ).eval()
    mask = drawn(name)
    noise = torch.randn(64, 64, generator=torch.Generator().manual_seed(0))
    image = (60 + 8 * noise + 120 * mask[0, 0]).clamp(0, 255).expand(1, 3, -1, -1)
    with torch.inference_mode():
        logits = network(image, Prompts(boxes=box_prompt(mask, None).boxes))
    found = logits > 0
    dice = 200 * (found & mask).sum() / (found.sum() + mask.sum())
    assert dice > least
