"""A simulated user corrects answers: where the clicks go and what is asked again."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from predicted import predicted
from sambench.errors import InputError
from sambench.methods.batch import Prompts
from sambench.predict.correction import corrected
from sambench.settings.catalogue import Catalogue
from sambench.settings.recipe import prediction_part, recipe_for

SHAPE = (3, 2, 8, 8)


@pytest.fixture
def labels() -> np.ndarray:
    labels = np.zeros(SHAPE, bool)
    labels[1, 0, 1:6, 1:6] = True  # structure 0, on slice 1 alone
    labels[2, 1, 4:7, 4:7] = True  # structure 1, on slice 2 alone
    return labels


def run(labels, prompts, clicks=2, logits=None, ask=None, **options):
    asked = []

    def remember(number, prompt):
        asked.append((number, prompt))
        return ask(number, prompt) if ask else torch.full(labels.shape[-2:], -5.0)

    logits = torch.full(labels.shape, -5.0) if logits is None else logits
    steps = list(
        corrected(
            remember, prompts, logits, labels, clicks=clicks, threshold=0.5, **options
        )
    )
    return asked, steps


def boxes_of(labels) -> torch.Tensor:
    boxes = torch.full((*labels.shape[:2], 4), -1.0)
    boxes[1, 0] = torch.tensor([1.0, 1, 6, 6])
    boxes[2, 1] = torch.tensor([4.0, 4, 7, 7])
    return boxes


def test_each_structure_is_clicked_once_a_step_on_its_own_slice(labels):
    boxes = boxes_of(labels)
    asked, steps = run(labels, Prompts(boxes=boxes))
    assert [number for number, _ in asked] == [1, 2, 1, 2]
    assert len(steps) == 2
    first, _, again, _ = (prompt for _, prompt in asked)
    assert torch.equal(first.boxes, boxes[1:2, 0:1])
    column, row = (first.clicks[0, 0, 0] - 0.5).tolist()  # the centre of a pixel
    assert labels[1, 0, int(row), int(column)] and row % 1 == column % 1 == 0
    assert first.click_labels.tolist() == [[[1]]]
    assert first.answers.shape == (1, 1, 8, 8)
    assert again.clicks.shape == (1, 1, 2, 2)  # all clicks so far


def test_the_last_answer_may_be_kept_from_the_network(labels):
    asked, _ = run(labels, Prompts(boxes=boxes_of(labels)), give_back=False)
    assert all(prompt.answers is None for _, prompt in asked)


def test_a_click_on_what_is_too_much_says_that_it_is_outside(labels):
    logits = torch.full(SHAPE, -5.0)
    logits[torch.from_numpy(labels)] = 5.0
    logits[0, 0, 2:5, 2:5] = 5.0
    asked, _ = run(labels, Prompts(boxes=boxes_of(labels)), clicks=1, logits=logits)
    ((number, prompt),) = asked  # structure 1 is perfect and not clicked
    assert number == 0
    assert prompt.click_labels.tolist() == [[[0]]]
    assert prompt.boxes is None  # the structure has none on this slice


def test_answers_go_into_their_slice_and_others_stay(labels):
    def perfect(number, prompt):
        channel = 0 if number == 1 else 1
        return torch.where(torch.from_numpy(labels[number, channel]), 5.0, -5.0)

    _, steps = run(labels, Prompts(boxes=boxes_of(labels)), clicks=2, ask=perfect)
    for step in steps:
        np.testing.assert_array_equal(step.numpy() > 0, labels)
    assert (steps[0][0] == -5).all()


def test_first_clicks_stay_before_those_of_the_user(labels):
    clicks = torch.full((*SHAPE[:2], 1, 2), -1.0)
    clicks[1, 0, 0] = torch.tensor([2.5, 2.5])
    clicks[2, 1, 0] = torch.tensor([5.5, 5.5])
    asked, _ = run(labels, Prompts(clicks=clicks), clicks=1)
    prompt = asked[0][1]
    assert prompt.clicks.shape == (1, 1, 2, 2)
    assert prompt.clicks[0, 0, 0].tolist() == [2.5, 2.5]
    assert prompt.click_labels[0, 0].tolist() == [1, 1]


def test_a_photograph_is_clicked_in_its_plane():
    labels = np.zeros((1, 1, 9, 9), bool)
    labels[0, 0, 1:8, 1:8] = True
    boxes = torch.tensor([[[1.0, 1, 8, 8]]])
    asked, _ = run(labels, Prompts(boxes=boxes), clicks=1, flat=True)
    # In a volume of one slice every voxel of it would be as deep
    assert asked[0][1].clicks.tolist() == [[[[4.5, 4.5]]]]


def test_a_method_is_clicked_from_case_to_stored_answers(pack_discs, repository):
    catalogue = Catalogue([repository / "config"])
    change = {"network": {"backbone": "sam_nano"}}
    recipes = {
        name: prediction_part(
            recipe_for(catalogue.load("methods", name, "methods"), [], change)
        )
        for name in ("sam_box", "sam_interactive", "sam_grid")
    }
    backbone = repository / "config" / "backbones" / "sam_nano.safetensors"
    packed = pack_discs(cases=1, splits=("test",))
    once = predicted(recipes["sam_box"], packed, backbone=backbone)
    clicked = predicted(recipes["sam_interactive"], packed, backbone=backbone)
    assert not once.steps and len(clicked.steps) == 6
    np.testing.assert_array_equal(clicked.steps[0].masks, once.masks)
    np.testing.assert_array_equal(clicked.steps[-1].masks, clicked.masks)
    changed = [
        np.flatnonzero((a.masks != b.masks).any(axis=(1, 2, 3)))
        for a, b in pairwise(clicked.steps)
    ]
    assert any(len(slices) for slices in changed)
    assert all(len(slices) <= 1 for slices in changed)  # a click acts on its slice
    grid = recipes["sam_grid"]
    grid["inference"]["clicks"] = 5
    with pytest.raises(InputError, match="after the prompt 'grid'"):
        predicted(grid, packed, backbone=backbone)
