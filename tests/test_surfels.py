"""The NSD by surfels: by hand, and as MONAI's copy of the authors' table has it."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from sambench.metrics.measures import surface_share
from sambench.metrics.surfels import surfel_sizes


def share(prediction, label, spacing, tolerance):
    return surface_share(prediction, label, spacing, tolerance, surfel=True)


def blobs(shape, seed):
    rng = np.random.default_rng(seed)
    shared = gaussian_filter(rng.normal(size=shape), 2)
    return tuple(
        shared + 0.5 * gaussian_filter(rng.normal(size=shape), 2) > 1.2 * shared.std()
        for _ in range(2)
    )


@pytest.mark.parametrize("spacing", [(0.7, 1.3), (3.0, 0.6, 0.8)])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.filterwarnings("ignore::FutureWarning:monai")
def test_surfels_equal_monai(spacing, seed):
    torch = pytest.importorskip("torch")
    from monai.metrics import compute_surface_dice

    shape = (11, 40, 37)[-len(spacing) :]
    prediction, label = (np.pad(mask, 2) for mask in blobs(shape, seed))
    reference = compute_surface_dice(
        torch.tensor(prediction)[None, None],
        torch.tensor(label)[None, None],
        class_thresholds=[1.05],
        include_background=True,
        spacing=spacing,
        use_subvoxels=True,
    )
    found = share(prediction, label, spacing, 1.05)
    assert 20 < found < 100
    assert found == pytest.approx(100 * reference.item(), rel=1e-5)


def test_one_voxel_is_an_octahedron():
    # Eight surfels, each a triangle between the middles of three edges of a unit cube
    # around it: side sqrt(1/2), area sqrt(3)/8.
    sizes = surfel_sizes((1.0, 1.0, 1.0))
    assert sizes[1] == pytest.approx(np.sqrt(3) / 8)
    assert sizes[254] == pytest.approx(sizes[1])
    assert sizes[15] == pytest.approx(1.0)  # a flat face
    assert sizes[0] == sizes[255] == 0


def test_pixels_by_hand():
    # One pixel against two side by side. Of the one: 4 corners, each sqrt(2)/2 long,
    # all corners of the other too (distance 0). Of the two: 4 such corners and 2 of
    # length 1 in the middle; the 2 corners at the far end are 1 away from the one's.
    one, two = np.zeros((2, 3, 4), bool)
    one[1, 1] = two[1, 1:3] = True
    corner = np.sqrt(2) / 2
    total = 8 * corner + 2
    assert share(one, two, (1, 1), 0.5) == pytest.approx(
        100 * (total - 2 * corner) / total
    )
    assert share(one, two, (1, 1), 1.0) == 100


def test_what_touches_the_border_has_a_surface_there():
    full = np.ones((2, 3, 4), bool)
    assert share(full, full, (1, 1, 1), 0) == 100
    inner = np.pad(full, 1)
    assert share(inner, inner.copy(), (1, 1, 1), 0) == 100


def test_empty_masks_are_failures_or_not_applicable():
    mask, none = np.ones((2, 2, 2), bool), np.zeros((2, 2, 2), bool)
    assert share(mask, none, (1, 1, 1), 1) == share(none, mask, (1, 1, 1), 1) == 0
    assert np.isnan(share(none, none, (1, 1, 1), 1))
