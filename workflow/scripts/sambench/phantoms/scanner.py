"""What scanners do to a picture: contrast, shading, blur, noise."""

import numpy as np
from scipy import ndimage

from sambench.phantoms.bodies import Contrast, Grid
from sambench.phantoms.files import Triple


def scattered(
    rng: np.random.Generator, contrast: Contrast, spread: float
) -> dict[str, float]:
    """Return the intensities of one case: factors round 1 on those of a table."""
    return {name: value * rng.normal(1, spread) for name, value in contrast.items()}


def tone(image: np.ndarray, gamma: float, white: float) -> np.ndarray:
    """Bend intensities: 0 and `white` stay; gamma above 1 darkens what lies between."""
    return white * (np.maximum(image, 0) / white) ** np.float32(gamma)


def bias_field(rng: np.random.Generator, grid: Grid, strength: float) -> np.ndarray:
    """Return a slowly changing gain ``(Z, Y, X)``; `strength` is that of its log."""
    field = grid.noise(rng, 0.6 * grid.shape[2] * grid.spacing[2])
    return np.exp(np.float32(strength) * field)


def coil_gain(grid: Grid, centre: Triple, reach: float, peak: float) -> np.ndarray:
    """Return the receive gain ``(Z, Y, X)`` of a small coil, which falls with distance.

    Parameters
    ----------
    grid : Grid
        Where.
    centre : tuple of float
        Coil ``(z, y, x)`` in mm.
    reach : float
        Distance in mm at which the gain has fallen to half of its excess.
    peak : float
        Gain at the coil; far away it is 0.55.
    """
    z, y, x = grid.coordinates()
    apart = (y - centre[1]) ** 2 + (x - centre[2]) ** 2 + 0.3 * (z - centre[0]) ** 2
    return 0.55 + (peak - 0.55) / (1 + apart / np.float32(reach**2))


def blur(image: np.ndarray, spacing: float, width: float) -> np.ndarray:
    """Blur the slices of ``(..., H, W)`` by a Gaussian of `width` mm."""
    return ndimage.gaussian_filter(image, width / spacing, axes=(-2, -1), truncate=3)


def rician(rng: np.random.Generator, image: np.ndarray, sigma: float) -> np.ndarray:
    """Add the noise of a magnitude image, which never leaves air at zero."""
    noise = rng.standard_normal((2, *image.shape), dtype=np.float32)
    noise *= np.float32(sigma)
    return np.hypot(image + noise[0], noise[1])
