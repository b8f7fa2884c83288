"""Prompts tell what they say they tell."""

import numpy as np
import pytest

from sambench.methods import PROMPTS
from sambench.methods.prompts import (
    box_prompt,
    click_prompt,
    grid_prompt,
    label_prompt,
    no_prompt,
    whole_prompt,
)
from sambench.predict.target import prompt_seeds


@pytest.fixture
def masks() -> np.ndarray:
    masks = np.zeros((2, 2, 6, 8), bool)
    masks[0, 0, 1, 2] = masks[0, 0, 4, 5] = True
    masks[1, 1, :, :] = True
    return masks


def test_a_box_spans_the_first_to_the_last_marked_pixel(masks):
    prompts = box_prompt(masks)
    assert prompts.boxes[0, 0].tolist() == [2, 1, 5, 4]
    assert prompts.boxes[1, 1].tolist() == [0, 0, 7, 5]
    assert prompts.region[0, 0].sum() == 4 * 4
    assert prompts.region[0, 0, 1:5, 2:6].all()


def test_an_absent_structure_has_no_box(masks):
    prompts = box_prompt(masks)
    assert prompts.boxes[0, 1].tolist() == [-1, -1, -1, -1]
    assert not prompts.region[0, 1].any()


def test_the_label_prompt_is_a_copy_of_the_label(masks):
    prompts = label_prompt(masks)
    np.testing.assert_array_equal(prompts.region, masks)
    prompts.region[:] = False
    assert masks.any()


def test_no_prompt_marks_nothing(masks):
    assert not no_prompt(masks).region.any()


@pytest.mark.parametrize("name", list(PROMPTS))
def test_every_prompt_keeps_the_shape_of_the_masks(name, masks):
    assert PROMPTS[name](masks).region.shape == masks.shape


def test_fixed_jitter_moves_every_side_outwards_on_the_stated_grid(masks):
    prompts = box_prompt(masks, jitter=(1, 1), grid=8)  # a pixel wide, 0.75 high
    np.testing.assert_allclose(prompts.boxes[0, 0], [1, 0.25, 6, 4.75])
    assert prompts.region[0, 0].sum() == 6 * 4  # columns 1 to 6, rows 1 to 4


def test_jitter_stops_at_the_border_and_does_not_invent_a_box(masks):
    prompts = box_prompt(masks, jitter=(50, 50), grid=8)
    assert prompts.boxes[1, 1].tolist() == [0, 0, 8, 6]
    assert (prompts.boxes[0, 1] == -1).all()
    assert not prompts.region[0, 1].any()


def test_random_jitter_depends_on_the_seed_of_the_slice_alone(masks):
    options = {"jitter": (0, 19), "grid": 256}
    both = box_prompt(masks, seeds=[(1, 2), (3, 4)], **options).boxes
    alone = box_prompt(masks[1:], seeds=[(3, 4)], **options).boxes
    np.testing.assert_array_equal(both[1:], alone)
    other = box_prompt(masks[:1], seeds=[(1, 3)], **options).boxes
    assert not np.array_equal(both[:1], other)
    with pytest.raises(ValueError, match="seed"):
        box_prompt(masks, **options)


def test_random_jitter_takes_every_value_of_its_range_and_no_other():
    masks = np.zeros((400, 1, 256, 256), bool)
    masks[:, :, 100:150, 100:150] = True
    seeds = [(number,) for number in range(400)]
    boxes = box_prompt(masks, seeds=seeds, jitter=(0, 19)).boxes
    assert set((100 - boxes[..., :2]).ravel()) == set(range(20))
    assert set((boxes[..., 2:] - 149).ravel()) == set(range(20))


def test_the_whole_box_and_the_grid_do_not_look_at_the_label(masks):
    assert whole_prompt(masks).boxes[0].tolist() == [[0, 0, 8, 6]] * 2
    grid = grid_prompt(masks, points_per_side=2).grid
    assert grid.tolist() == [[2, 1.5], [6, 1.5], [2, 4.5], [6, 4.5]]
    for prompt in (whole_prompt, grid_prompt):
        a, b = prompt(masks), prompt(~masks)
        np.testing.assert_array_equal(a.region, b.region)


def test_clicks_lie_inside_their_structure(masks):
    clicks = click_prompt(masks, seeds=[(0,), (1,)], points=5).clicks
    assert (clicks[0, 1] == -1).all()
    x, y = clicks[0, 0].astype(int).T
    assert masks[0, 0, y, x].all()


def test_seeds_of_prompts_name_case_and_slice(pack_discs):
    packed = pack_discs()
    seeds = prompt_seeds(packed, np.array([0, 1, 3]))
    assert [number for _, number in seeds] == [0, 1, 0]
    assert seeds[0][0] == seeds[1][0] != seeds[2][0]
