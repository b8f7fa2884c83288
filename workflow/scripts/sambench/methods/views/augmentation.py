"""Augmentation by batchgenerators, in the ranges that a recipe gives.

The library draws from NumPy's and Python's global generators, which the trainer seeds
before every step.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from sambench.methods.augmentations import AUGMENTATIONS
from sambench.methods.batch import Batch
from sambench.methods.views.view import View


class Augmentation(View):
    """The transforms of a recipe, in order, on packed intensities.

    Parameters
    ----------
    steps : sequence of dict
        Each with the `name` of a transform, its probability `p` and its ranges.
    """

    space = "packed"

    def __init__(self, steps: Sequence[dict[str, Any]]):
        super().__init__()
        self._transforms = [AUGMENTATIONS.build(step) for step in steps]

    def apply(self, batch: Batch, draws: None) -> list[Batch]:
        """Augment images and targets together; the library draws while it goes."""
        arrays = {
            "data": batch.images.cpu().numpy().copy(),
            "seg": batch.targets.cpu().numpy().copy(),
        }
        for transform in self._transforms:
            arrays = transform(**arrays)
        images, targets = (
            torch.from_numpy(np.ascontiguousarray(arrays[name], dtype=np.float32))
            for name in ("data", "seg")
        )
        device = batch.images.device
        return [batch._replace(images=images.to(device), targets=targets.to(device))]


def rotate_scale(*, p: float, degrees: float, scale: Sequence[float]) -> Callable:
    """Rotate and scale about the centre; the border is 0 in image and label."""
    from batchgenerators.transforms.spatial_transforms import SpatialTransform

    angle = np.deg2rad(degrees)
    return SpatialTransform(
        patch_size=None,
        do_elastic_deform=False,
        do_rotation=True,
        angle_x=(-angle, angle),
        do_scale=True,
        scale=tuple(scale),
        border_mode_data="constant",
        border_cval_data=0,
        order_data=1,
        border_mode_seg="constant",
        border_cval_seg=0,
        order_seg=1,
        random_crop=False,
        p_rot_per_sample=p,
        p_scale_per_sample=p,
    )


def deform(
    *,
    p: float,
    degrees: float,
    scale: Sequence[float],
    alpha: Sequence[float],
    sigma: Sequence[float],
) -> Callable:
    """Deform elastically, rotate and scale, each in a share p of slices.

    DAPSAM's for prostate MR. Images are interpolated cubically. Outside of the image
    the label is 0; its code says -1, which only old versions of the library ignore.
    """
    from batchgenerators.transforms.spatial_transforms import SpatialTransform

    angle = np.deg2rad(degrees)
    return SpatialTransform(
        patch_size=None,
        do_elastic_deform=True,
        alpha=tuple(alpha),
        sigma=tuple(sigma),
        angle_x=(-angle, angle),
        scale=tuple(scale),
        border_mode_data="constant",
        border_cval_data=0,
        order_data=3,
        border_mode_seg="constant",
        border_cval_seg=0,
        order_seg=1,
        random_crop=False,
        p_el_per_sample=p,
        p_rot_per_sample=p,
        p_scale_per_sample=p,
    )


def deform_coarsely(
    *, p: float, degrees: float, scale: Sequence[float], deformation: Sequence[float]
) -> Callable:
    """Deform by a coarse field, rotate and scale, each in a share p of slices.

    DAPSAM's and CCSDG's for fundus photographs.
    """
    from batchgenerators.transforms.spatial_transforms import SpatialTransform_2

    angle = np.deg2rad(degrees)
    return SpatialTransform_2(
        patch_size=None,
        deformation_scale=tuple(deformation),
        angle_x=(-angle, angle),
        scale=tuple(scale),
        border_mode_data="constant",
        border_cval_data=0,
        order_data=3,
        border_mode_seg="constant",
        border_cval_seg=0,
        order_seg=1,
        random_crop=False,
        p_el_per_sample=p,
        p_rot_per_sample=p,
        p_scale_per_sample=p,
    )


def mirror(*, p: float) -> Callable:
    """Mirror rows and columns, each with probability one half, in a share of slices."""
    from batchgenerators.transforms.spatial_transforms import MirrorTransform

    return MirrorTransform(axes=(0, 1), p_per_sample=p)


def noise(*, p: float, variance: Sequence[float]) -> Callable:
    """Add Gaussian noise; the library takes the number drawn as the deviation."""
    from batchgenerators.transforms.noise_transforms import GaussianNoiseTransform

    return GaussianNoiseTransform(tuple(variance), p_per_sample=p)


def blur(*, p: float, sigma: Sequence[float], p_per_channel: float = 1) -> Callable:
    """Blur with a Gaussian, sigma in pixels."""
    from batchgenerators.transforms.noise_transforms import GaussianBlurTransform

    return GaussianBlurTransform(
        tuple(sigma), p_per_sample=p, p_per_channel=p_per_channel
    )


def brightness(*, p: float, range: Sequence[float]) -> Callable:
    """Multiply each channel by a factor."""
    from batchgenerators.transforms.color_transforms import (
        BrightnessMultiplicativeTransform,
    )

    return BrightnessMultiplicativeTransform(tuple(range), p_per_sample=p)


def shift(*, p: float, sigma: float, p_per_channel: float = 1) -> Callable:
    """Add a number of mean 0 and deviation sigma to each channel."""
    from batchgenerators.transforms.color_transforms import BrightnessTransform

    return BrightnessTransform(0, sigma, p_per_sample=p, p_per_channel=p_per_channel)


def low_resolution(
    *, p: float, zoom: Sequence[float], p_per_channel: float = 1
) -> Callable:
    """Make smaller by nearest pixels and larger again cubically."""
    from batchgenerators.transforms.resample_transforms import (
        SimulateLowResolutionTransform,
    )

    return SimulateLowResolutionTransform(
        tuple(zoom),
        per_channel=True,
        p_per_channel=p_per_channel,
        order_downsample=0,
        order_upsample=3,
        p_per_sample=p,
    )


def contrast(*, p: float, range: Sequence[float]) -> Callable:
    """Scale the distance to the mean by a factor; the range of values is kept."""
    from batchgenerators.transforms.color_transforms import (
        ContrastAugmentationTransform,
    )

    return ContrastAugmentationTransform(tuple(range), p_per_sample=p)


def gamma(*, p: float, range: Sequence[float]) -> Callable:
    """Raise intensities, scaled to 0..1, to a power; mean and deviation are kept."""
    from batchgenerators.transforms.color_transforms import GammaTransform

    return GammaTransform(
        tuple(range), per_channel=False, retain_stats=True, p_per_sample=p
    )
