"""Prompts are what their names say."""

import numpy as np
import pytest
import torch

from sambench.methods import PROMPTS
from sambench.methods.prompts import (
    box_prompt,
    click_prompt,
    grid_prompt,
    random_uniform,
    seeded_uniform,
    whole_prompt,
)
from sambench.predict.case_slices import CaseSlices
from sambench.predict.label_shape import (
    box_shape,
    ellipse_shape,
    empty_shape,
    label_shape,
)


@pytest.fixture
def masks() -> torch.Tensor:
    masks = torch.zeros(2, 2, 6, 8, dtype=torch.bool)
    masks[0, 0, 1, 2] = masks[0, 0, 4, 5] = True
    masks[1, 1] = True
    return masks


def test_a_box_spans_the_outer_edges_of_the_marked_pixels(masks):
    boxes = box_prompt(masks, None).boxes
    assert boxes[0, 0].tolist() == [2, 1, 6, 5]  # to the far edge of the last pixel
    assert boxes[1, 1].tolist() == [0, 0, 8, 6]


def test_an_absent_structure_has_no_prompt(masks):
    uniform = random_uniform(masks)
    for prompt in (box_prompt(masks, None), click_prompt(masks, uniform)):
        assert prompt.present(None).tolist() == [[True, False], [False, True]]


def test_shapes_of_labels_are_what_they_say(masks):
    labels = masks.numpy()
    box = box_shape(labels)
    assert box[0, 0].sum() == 4 * 4 and box[0, 0, 1:5, 2:6].all()
    assert not box[0, 1].any() and box[1, 1].all()
    assert not empty_shape(labels).any()
    copy = label_shape(labels)
    np.testing.assert_array_equal(copy, labels)
    copy[:] = False
    assert labels.any()


def drawn(*rows: str) -> np.ndarray:
    return np.array([[[[pixel == "#" for pixel in row] for row in rows]]])


def test_an_ellipse_is_inscribed_in_the_box_of_its_label():
    label = drawn("........", ".#......", "....#...", "........", ".....#..")
    expected = drawn("........", "..###...", ".#####..", ".#####..", "..###...")
    np.testing.assert_array_equal(ellipse_shape(label), expected)


def test_ellipses_of_thin_labels_are_the_labels():
    for label in (
        drawn("...", ".#.", "..."),
        drawn("....", "####"),
        drawn("#..", "#..", "#.."),
        drawn("##", "##"),
        drawn("...", "..."),
    ):
        np.testing.assert_array_equal(ellipse_shape(label), label)


def test_an_ellipse_of_a_disc_is_nearly_the_disc():
    y, x = np.mgrid[:60, :60] + 0.5
    disc = ((x - 30) ** 2 + (y - 30) ** 2 <= 25**2)[None, None]
    np.testing.assert_array_equal(ellipse_shape(disc), disc)
    assert ellipse_shape(disc).sum() < 0.8 * box_shape(disc).sum()


@pytest.mark.parametrize("name", list(PROMPTS))
def test_every_prompt_is_of_the_slices_it_was_made_for(name, masks):
    prompts = PROMPTS[name](masks, random_uniform(masks))
    for part in (prompts.boxes, prompts.clicks):
        assert part is None or part.shape[:2] == masks.shape[:2]
    assert prompts.present(masks.shape[:2]).shape == masks.shape[:2]
    assert prompts.rows(slice(1)).present((1, 2)).shape == (1, 2)


def test_fixed_jitter_moves_every_side_outwards_on_the_stated_grid(masks):
    prompts = box_prompt(masks, None, jitter=(1, 1), grid=8)  # a pixel wide, 0.75 high
    torch.testing.assert_close(prompts.boxes[0, 0], torch.tensor([1, 0.25, 7, 5.75]))


def test_jitter_stops_at_the_border_and_does_not_invent_a_box(masks):
    prompts = box_prompt(masks, None, jitter=(50, 50), grid=8)
    assert prompts.boxes[1, 1].tolist() == [0, 0, 8, 6]
    assert (prompts.boxes[0, 1] == -1).all()


def test_random_jitter_depends_on_the_seed_of_the_slice_alone(masks):
    def boxes(masks, seeds):
        return box_prompt(masks, seeded_uniform(seeds), jitter=(0, 19), grid=8).boxes

    both = boxes(masks, [(1, 2), (3, 4)])
    assert torch.equal(both[1:], boxes(masks[1:], [(3, 4)]))
    assert not torch.equal(both[:1], boxes(masks[:1], [(1, 3)]))


def test_random_jitter_takes_every_value_of_its_range_and_no_other():
    masks = torch.zeros(400, 1, 256, 256, dtype=torch.bool)
    masks[:, :, 100:150, 100:150] = True
    seeds = [(number,) for number in range(400)]
    for uniform in (seeded_uniform(seeds), random_uniform(masks)):
        boxes = box_prompt(masks, uniform, jitter=(0, 19)).boxes
        assert set((100 - boxes[..., :2]).ravel().tolist()) == set(range(20))
        assert set((boxes[..., 2:] - 150).ravel().tolist()) == set(range(20))


def test_the_whole_box_and_the_grid_do_not_look_at_the_label(masks):
    assert whole_prompt(masks, None).boxes[0].tolist() == [[0, 0, 8, 6]] * 2
    grid = grid_prompt(masks, None, points_per_side=2).grid
    assert grid.tolist() == [[2, 1.5], [6, 1.5], [2, 4.5], [6, 4.5]]


def test_clicks_lie_inside_their_structure_and_reach_all_of_it(masks):
    uniform = seeded_uniform([(0,), (1,)])
    clicks = click_prompt(masks, uniform, points=200).clicks
    assert (clicks[0, 1] == -1).all()
    assert {tuple(point) for point in clicks[0, 0].tolist()} == {(2.5, 1.5), (5.5, 4.5)}
    x, y = clicks[1, 1].long().T
    assert masks[1, 1, y, x].all()
    assert len(set(zip(x.tolist(), y.tolist(), strict=True))) > 40


def test_seeds_of_prompts_name_case_and_slice(pack_discs):
    packed = pack_discs()
    first, other = (CaseSlices(packed, case).seeds() for case in ("case0", "case1"))
    assert [number for _, number in first] == [0, 1, 2]
    assert first[0][0] == first[1][0] != other[0][0]
