"""Transforms fed with the numbers that batchgenerators draws give what it gives.

Its functions draw from NumPy and `random`; here those hand out chosen numbers.
"""

import random

import numpy as np
import pytest
import torch
from batchgenerators.augmentations import (
    color_augmentations,
    noise_augmentations,
    resample_augmentations,
    spatial_transformations,
)
from batchgenerators.transforms import color_transforms, noise_transforms
from scipy import stats

from sambench.methods.batch import Batch
from sambench.methods.transforms import TRANSFORMS
from sambench.methods.transforms.intensity import (
    Brightness,
    Contrast,
    Gamma,
    Noise,
    Shift,
)
from sambench.methods.transforms.resolution import Blur, LowResolution
from sambench.methods.transforms.spatial import (
    Deform,
    DeformCoarsely,
    Mirror,
    RotateScale,
    coarse_field,
    smoothed,
)
from sambench.methods.transforms.transform import uniform_about_one

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def image():
    """Two channels of other statistics, smooth and noisy, not square: `(2, 45, 52)`."""
    generator = np.random.default_rng(0)
    y, x = np.mgrid[:45, :52]
    waves = np.stack([np.sin(y / 5) * 40 + x, np.cos(x / 7 + y / 9)])
    return (waves + generator.normal(0, 0.3, waves.shape)).astype(np.float32)


@pytest.fixture
def target():
    y, x = np.mgrid[:45, :52]
    discs = [np.hypot(y - 20, x - 25) < radius for radius in (14, 6)]
    return np.stack(discs).astype(np.float32)


@pytest.fixture
def hand_out(monkeypatch):
    """Let the library's generators hand out these numbers, in order."""

    def patch(uniform=(), fields=(), normal=()):
        queues = {"uniform": list(uniform), "random": list(fields)}

        def next_of(name):
            return lambda *args, **kwargs: queues[name].pop(0)

        monkeypatch.setattr(np.random, "uniform", next_of("uniform"))
        monkeypatch.setattr(np.random, "random", next_of("random"))
        monkeypatch.setattr(random, "uniform", next_of("uniform"))
        values = list(normal)
        monkeypatch.setattr(np.random, "normal", lambda *a, **k: values.pop(0))
        return queues

    return patch


def changed(transform, image, target=None, **numbers):
    """One slice, changed with given numbers."""
    images = torch.from_numpy(image)[None]
    targets = torch.zeros_like(images[:, :1])
    if target is not None:
        targets = torch.from_numpy(target)[None]
    found = transform.change(images, targets, **numbers)
    return [None if part is None else part[0].numpy() for part in found]


def agree(found, expected, share=1e-5):
    """Agreement up to a share of the range of values."""
    span = expected.max() - expected.min()
    np.testing.assert_allclose(found, expected, rtol=0, atol=share * span)


# --- intensities ----------------------------------------------------------------------


def test_noise(image, hand_out):
    noise = np.random.default_rng(1).normal(size=image.shape)
    hand_out(uniform=[0.07, 0.0, 0.0], normal=0.07 * noise)
    expected = noise_augmentations.augment_gaussian_noise(image.copy(), (0, 0.1))
    found, _ = changed(
        Noise(1, variance=(0, 0.1)),
        image,
        deviation=torch.tensor([0.07]),
        noise=torch.from_numpy(noise[None]).float(),
    )
    agree(found, expected)


def test_brightness_and_shift(image, hand_out):
    hand_out(uniform=[0.0, 0.8, 1.2])
    expected = color_augmentations.augment_brightness_multiplicative(image.copy())
    factor = torch.tensor([[0.8, 1.2]])
    found, _ = changed(Brightness(1, range=(0.7, 1.3)), image, factor=factor)
    agree(found, expected)
    hand_out(uniform=[0.4, 0.6], normal=[0.25])
    expected = color_augmentations.augment_brightness_additive(
        image.copy(), 0, 0.1, p_per_channel=0.5
    )
    offset = torch.tensor([[0.25, 0.0]])
    agree(changed(Shift(1, sigma=0.1), image, offset=offset)[0], expected)


@pytest.mark.parametrize("factors", [(0.8, 1.2), (1.25, 0.75)])
def test_contrast(image, hand_out, factors):
    # the coin of a channel, then its factor
    hand_out(uniform=[0, factors[0], 0, factors[1]], fields=[0.9, 0.9])
    expected = color_augmentations.augment_contrast(image.copy(), (0.75, 1.25))
    factor = torch.tensor([factors])
    found, _ = changed(Contrast(1, range=(0.75, 1.25)), image, factor=factor)
    agree(found, expected)


@pytest.mark.parametrize("power", [0.7, 1.5])
def test_gamma(image, hand_out, power):
    hand_out(uniform=[power], fields=[0.9])
    expected = color_augmentations.augment_gamma(
        image.copy(), (0.7, 1.5), retain_stats=True
    )
    power = torch.tensor([power])
    agree(changed(Gamma(1, range=(0.7, 1.5)), image, power=power)[0], expected)


@pytest.mark.parametrize("sigma", [0.5, 0.77, 1.0, 3.1])
def test_blur(image, hand_out, sigma, monkeypatch):
    monkeypatch.setattr(noise_augmentations, "get_range_val", lambda bounds: sigma)
    hand_out(uniform=[0.9, 0.1])
    expected = noise_augmentations.augment_gaussian_blur(
        image.copy(), (0.5, 1), p_per_channel=0.5
    )
    found, _ = changed(
        Blur(1, sigma=(0.5, 1)),
        image,
        channels=torch.tensor([1]),
        sigma=torch.tensor([sigma]),
    )
    agree(found, expected)


@pytest.mark.parametrize("zoom", [0.5, 0.613, 0.87, 1.0])
def test_low_resolution(image, hand_out, zoom, monkeypatch):
    monkeypatch.setattr(resample_augmentations, "uniform", lambda low, high: zoom)
    hand_out(uniform=[0.1, 0.9])
    expected = image.copy()
    resample_augmentations.augment_linear_downsampling_scipy(
        expected, (0.5, 1), p_per_channel=0.5, order_downsample=0, order_upsample=3
    )
    sizes = [(round(45 * zoom), round(52 * zoom))]
    channels = torch.tensor([0])
    transform = LowResolution(1, zoom=(0.5, 1))
    found, _ = changed(transform, image, channels=channels, sizes=sizes)
    agree(found, expected, share=2e-5)


# --- positions ------------------------------------------------------------------------

SPATIAL = {
    "patch_size": (45, 52),
    "border_mode_data": "constant",
    "border_cval_data": 0,
    "border_mode_seg": "constant",
    "border_cval_seg": 0,
    "order_seg": 1,
    "random_crop": False,
}


def same_labels(found, expected):
    """Labels may differ by a pixel if an interpolated value is a half."""
    assert (found != expected).mean() < 1e-3
    assert expected.any()


@pytest.mark.parametrize(("angle", "factor"), [(0.2, 0.9), (-0.26, 1.2), (0.0, 1.1)])
def test_rotation_and_scaling(image, target, hand_out, angle, factor):
    # coins and values: rotation, its axis, angle, scaling, factor
    hand_out(uniform=[0, 0, angle, 0, factor], fields=[0.9])
    expected = spatial_transformations.augment_spatial(
        image[None],
        target[None],
        **SPATIAL,
        do_elastic_deform=False,
        order_data=1,
        p_rot_per_sample=0.5,
        p_scale_per_sample=0.5,
    )
    found = changed(
        RotateScale(1, degrees=15, scale=(0.8, 1.2)),
        image,
        target,
        angle=torch.tensor([angle]),
        factor=torch.tensor([factor]),
    )
    agree(found[0], expected[0][0], share=1e-4)
    same_labels(found[1], expected[1][0])


def test_elastic_deformation_with_cubic_splines(image, target, hand_out):
    noise = np.random.default_rng(2).random((2, 45, 52))
    alpha, sigma, angle, factor = 300.0, 9.5, 0.2, 0.9
    hand_out(uniform=[0, alpha, sigma, 0, 0, angle, 0, factor], fields=[*noise, 0.9])
    expected = spatial_transformations.augment_spatial(
        image[None],
        target[None],
        **SPATIAL,
        order_data=3,
        p_el_per_sample=0.5,
        p_rot_per_sample=0.5,
        p_scale_per_sample=0.5,
    )
    field = torch.from_numpy(2 * noise - 1)[None].float()
    offsets = smoothed(field, torch.tensor([alpha]), torch.tensor([sigma]))
    found = changed(
        Deform(1, degrees=15, scale=(0.8, 1.2), alpha=(0, 900), sigma=(9, 13)),
        image,
        target,
        angle=torch.tensor([angle]),
        factor=torch.tensor([factor]),
        bent=torch.tensor([0]),
        offsets=offsets,
    )
    agree(found[0], expected[0][0], share=1e-3)
    same_labels(found[1], expected[1][0])


def test_coarse_deformation(image, target, hand_out):
    noise = np.random.default_rng(3).random((2, 45, 52))
    share, magnitudes, angle = 0.15, (1.7, 2.9), -0.1
    hand_out(uniform=[0, share, *magnitudes, 0, 0, angle, 0.9], fields=list(noise))
    expected = spatial_transformations.augment_spatial_2(
        image[None],
        target[None],
        **SPATIAL,
        order_data=3,
        p_el_per_sample=0.5,
        p_rot_per_sample=0.5,
        p_scale_per_sample=0.5,
    )
    sigmas = share * torch.tensor([[45.0, 52.0]])
    field = torch.from_numpy(2 * noise - 1)[None].float()
    found = changed(
        DeformCoarsely(1, degrees=15, scale=(0.7, 1.2), deformation=(0, 0.25)),
        image,
        target,
        angle=torch.tensor([angle]),
        factor=torch.ones(1),
        bent=torch.tensor([0]),
        offsets=coarse_field(field, sigmas, torch.tensor([magnitudes])),
    )
    agree(found[0], expected[0][0], share=1e-3)
    same_labels(found[1], expected[1][0])


@pytest.mark.parametrize("flips", [(True, False), (False, True), (True, True)])
def test_mirror(image, target, flips):
    found = changed(Mirror(1), image, target, flips=torch.tensor([flips]))
    rows, columns = (slice(None, None, -1 if flip else 1) for flip in flips)
    np.testing.assert_array_equal(found[0], image[:, rows, columns])
    np.testing.assert_array_equal(found[1], target[:, rows, columns])


# --- draws ----------------------------------------------------------------------------

OPTIONS = {
    "rotate_scale": {"degrees": 15, "scale": (0.85, 1.25)},
    "deform": {
        "degrees": 15,
        "scale": (0.85, 1.25),
        "alpha": (0, 900),
        "sigma": (9, 13),
    },
    "deform_coarsely": {"degrees": 15, "scale": (0.75, 1.25), "deformation": (0, 0.25)},
    "mirror": {},
    "noise": {"variance": (0, 0.1)},
    "brightness": {"range": (0.75, 1.25)},
    "shift": {"sigma": 0.1, "p_per_channel": 0.5},
    "contrast": {"range": (0.75, 1.25)},
    "gamma": {"range": (0.7, 1.5)},
    "blur": {"sigma": (0.5, 1), "p_per_channel": 0.5},
    "low_resolution": {"zoom": (0.5, 1), "p_per_channel": 0.5},
}


def batch_of(count, channels=1, size=16):
    images = torch.rand(count, channels, size, size)
    targets = (images[:, :1] > 0.5).float()
    return Batch(images, targets, torch.ones(count, 1, dtype=torch.bool))


def test_every_transform_is_tried_here():
    assert set(OPTIONS) == set(TRANSFORMS)


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_transform_changes_its_share_of_slices_and_no_other(name, channels):
    torch.manual_seed(0)
    transform = TRANSFORMS[name](0.3, **OPTIONS[name])
    batch = batch_of(400, channels)
    draws = transform.draw(batch)
    found = transform.apply(batch, draws)
    assert found.images.isfinite().all()
    assert set(found.targets.unique().tolist()) <= {0.0, 1.0}
    same = torch.ones(400, dtype=torch.bool)
    same[draws["rows"]] = False
    assert torch.equal(found.images[same], batch.images[same])
    # three coins if it deforms, two if it turns and scales, one otherwise
    coins = {"rotate_scale": 2, "deform": 3, "deform_coarsely": 3}.get(name, 1)
    expected = 1 - 0.7**coins
    assert abs(len(draws["rows"]) / 400 - expected) < 0.08
    nobody = TRANSFORMS[name](0, **OPTIONS[name])
    assert nobody.apply(batch, nobody.draw(batch)) is batch


def test_factors_are_drawn_as_the_library_draws_them(monkeypatch):
    """Kolmogorov-Smirnov: half of the factors below 1, evenly; above 1 likewise."""
    torch.manual_seed(0)
    ours = uniform_about_one((0.7, 1.5), 4000).numpy()
    np.random.seed(0)  # noqa: NPY002
    drawn = []
    monkeypatch.setattr(
        color_augmentations.np, "power", lambda base, gamma: drawn.append(gamma) or base
    )
    transform = color_transforms.GammaTransform((0.7, 1.5), retain_stats=True)
    transform(data=np.random.default_rng(0).random((4000, 1, 2, 2)))
    assert stats.ks_2samp(ours, drawn).pvalue > 0.01
    assert abs((ours < 1).mean() - 0.5) < 0.03


def test_noise_is_as_strong_as_that_of_the_library():
    torch.manual_seed(0)
    transform = Noise(1, variance=(0, 0.1))
    batch = batch_of(2000, size=8)
    ours = transform.apply(batch, transform.draw(batch))
    ours = (ours.images - batch.images).std((1, 2, 3)).numpy()
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    theirs = noise_transforms.GaussianNoiseTransform((0, 0.1))(
        data=np.zeros((2000, 1, 8, 8))
    )["data"].std((1, 2, 3), ddof=1)
    assert stats.ks_2samp(ours, theirs).pvalue > 0.01
