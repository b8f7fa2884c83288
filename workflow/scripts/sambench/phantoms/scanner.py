"""What scanners and cameras do to a picture: contrast, shading, blur, noise."""

import numpy as np
from scipy import ndimage

from sambench.phantoms.grid import Grid, Point, smooth_noise


def tone(image: np.ndarray, gamma: float, white: float) -> np.ndarray:
    """Bend intensities: 0 and `white` stay, what lies between follows a power.

    Parameters
    ----------
    image : np.ndarray
        Intensities, any shape; negative ones count as 0.
    gamma : float
        Exponent; above 1 darkens the middle.
    white : float
        Intensity that is kept.
    """
    return white * (np.maximum(image, 0) / white) ** np.float32(gamma)


def bias_field(rng: np.random.Generator, grid: Grid, strength: float) -> np.ndarray:
    """Return a slowly changing gain ``(Z, Y, X)`` round 1.

    Parameters
    ----------
    rng : np.random.Generator
        Source of the field.
    grid : Grid
        Where.
    strength : float
        Standard deviation of the logarithm of the gain.
    """
    scale = 0.6 * grid.shape[2] * grid.spacing[2]
    field = smooth_noise(rng, grid.shape, grid.spacing, scale)
    return np.exp(np.float32(strength) * field)


def coil_gain(grid: Grid, centre: Point, reach: float, peak: float) -> np.ndarray:
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
    """Blur the slices of ``(..., H, W)``.

    Parameters
    ----------
    image : np.ndarray
        Any number of leading axes.
    spacing : float
        Pixel size in mm.
    width : float
        Standard deviation of the Gaussian in mm.
    """
    sigma = width / spacing
    if sigma < 0.1:
        return image
    return ndimage.gaussian_filter(image, sigma, axes=(-2, -1), truncate=3)


def rician(rng: np.random.Generator, image: np.ndarray, sigma: float) -> np.ndarray:
    """Add the noise of a magnitude image, which never leaves air at zero.

    Parameters
    ----------
    rng : np.random.Generator
        Source of the noise.
    image : np.ndarray
        Intensities at or above 0.
    sigma : float
        Noise of the real and of the imaginary part.
    """
    noise = rng.standard_normal((2, *image.shape), dtype=np.float32)
    noise *= np.float32(sigma)
    return np.hypot(image + noise[0], noise[1])


def quantum(rng: np.random.Generator, image: np.ndarray, sigma: float) -> np.ndarray:
    """Add the noise of a reconstructed X-ray image, which is correlated in the slice.

    Parameters
    ----------
    rng : np.random.Generator
        Source of the noise.
    image : np.ndarray
        Hounsfield units, ``(Z, Y, X)``.
    sigma : float
        Noise in HU.
    """
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noise = ndimage.gaussian_filter(noise, 0.6, axes=(-2, -1), truncate=3)
    return image + noise * np.float32(sigma / noise.std())
