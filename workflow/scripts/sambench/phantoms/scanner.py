"""What scanners do to a picture: contrast, shading, blur, noise."""

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from sambench.phantoms.bodies import Grid


def scattered(
    rng: np.random.Generator, contrast: Mapping[str, float], spread: float
) -> dict[str, float]:
    """Return the intensities of one case: factors round 1 on those of a table."""
    return {name: value * rng.normal(1, spread) for name, value in contrast.items()}


def magnitude_image(
    rng: np.random.Generator,
    grid: Grid,
    image: np.ndarray,
    *,
    gamma: float,
    blur_mm: float,
    bias: float,
    noise: float,
    gain: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Return what an MR scanner makes of tissues.

    Parameters
    ----------
    image : np.ndarray
        Intensities ``(Z, Y, X)``, up to about 1000.
    gamma : float
        Contrast curve: 0 and 1000 stay, above 1 darkens what lies between.
    blur_mm : float
        Standard deviation of the point spread in mm.
    bias : float
        Strength of the shading, that of the logarithm of the gain.
    noise : float
        Standard deviation of the noise, which never leaves air at zero.
    gain : np.ndarray or float
        Gain of the coil.
    """
    image = image * (1 + 0.08 * grid.noise(rng, 3))
    image = 1000 * (np.maximum(image, 0) / 1000) ** np.float32(gamma)
    shading = np.float32(bias) * grid.noise(rng, 0.6 * grid.shape[2] * grid.spacing[2])
    image = blur(image, grid.spacing[2], blur_mm) * np.exp(shading) * gain
    both = rng.normal(0, noise, (2, *image.shape)).astype(np.float32)
    return np.hypot(image + both[0], both[1])


def blur(image: np.ndarray, spacing: float, width: float) -> np.ndarray:
    """Blur the slices of ``(..., H, W)`` by a Gaussian of `width` mm."""
    return ndimage.gaussian_filter(image, width / spacing, axes=(-2, -1), truncate=3)
