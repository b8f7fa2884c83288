"""How slices are resized: each way against the library that the code uses."""

import numpy as np
import pytest
import torch
from PIL import Image

from sambench.models.sam.frame import Frame
from sambench.models.sam.resizing import area, nearest, pillow


@pytest.mark.parametrize("shape", [(32, 32), (29, 70), (90, 64), (20, 24)])
def test_pillow_is_pil_to_the_grey_level(shape):
    image = np.random.default_rng(0).integers(0, 256, (40, 50), np.uint8)
    # Columns first, which Pillow did until it chose the cheaper order
    theirs = Image.fromarray(image)
    for step in ((40, shape[1]), shape):
        theirs = theirs.resize(step[::-1], Image.Resampling.BILINEAR)
    ours = pillow(torch.from_numpy(image).float()[None, None], shape)[0, 0]
    assert np.abs(ours.numpy() - np.asarray(theirs)).max() <= 1  # of equal distance
    assert (ours.numpy() == np.asarray(theirs)).mean() > 0.95


def test_areas_are_averaged_with_the_shares_of_pixels_that_they_cut():
    image = torch.tensor([[0.0, 3.0, 6.0]])[None, None].expand(1, 1, 3, 3)
    # two results of one and a half pixels: (0 + 3 / 2) / 1.5 and (3 / 2 + 6) / 1.5
    found = area(image, (3, 2))
    torch.testing.assert_close(found[0, 0, 0], torch.tensor([1.0, 5.0]))
    half = area(torch.arange(16.0).view(1, 1, 4, 4), (2, 2))
    torch.testing.assert_close(half[0, 0], torch.tensor([[2.5, 4.5], [10.5, 12.5]]))


def test_nearest_takes_pixels_as_opencv_does():
    image = torch.arange(6.0).view(1, 1, 1, 6)
    assert nearest(image, (1, 4)).flatten().tolist() == [0, 1, 3, 4]


def test_sams_own_way_of_enlarging_smooths_and_probabilities_stay_probabilities():
    logits = torch.zeros(1, 1, 4, 4)
    logits[0, 0, 1, 1] = 8.0
    direct = Frame(16, "none").leave(logits, (4, 4))
    assert torch.equal(direct, logits)
    smooth = Frame(16, "none", "as_sam").leave(logits, (4, 4))
    # 7 / 8 of the value stays along each axis
    torch.testing.assert_close(smooth[0, 0, 1, 1], torch.tensor(8 * 49 / 64))
    enlarged = Frame(16, "none", "probabilities").leave(logits, (8, 8)).sigmoid()
    between = 0.75**2 * logits.sigmoid()[0, 0, 1, 1] + (1 - 0.75**2) * 0.5
    torch.testing.assert_close(enlarged[0, 0, 2, 2], between)
