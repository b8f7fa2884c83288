"""Draw a small picture of a case with the contours of its label."""

import io
from collections.abc import Mapping

import numpy as np
from scipy import ndimage

#: Colours of structures, in their order; told apart by the colour-blind.
COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#0072b2")
_SIDE = 192
_RANGE = (1.0, 99.0)  # percentiles shown black and white


def thumbnail(
    image: np.ndarray,
    masks: Mapping[str, np.ndarray],
    spacing: tuple[float, float, float] | None,
) -> bytes:
    """Draw the slice of a case that holds most of its structures as a WebP file.

    Parameters
    ----------
    image : np.ndarray
        ``(Z, Y, X)``, ``(Z, Y, X, 3)`` or ``(H, W, 3)``.
    masks : mapping
        Structure to bool ``(Z, Y, X)`` or ``(H, W)``; a contour of another colour each.
    spacing : tuple of float or None
        ``(z, y, x)``: pixels that are not square are stretched.
    """
    from PIL import Image

    planes = list(masks.values())
    if planes and planes[0].ndim == 3:
        areas = np.sum([plane.sum(axis=(1, 2)) for plane in planes], axis=0)
        chosen = int(areas.argmax()) if areas.any() else len(areas) // 2
        image, planes = image[chosen], [plane[chosen] for plane in planes]
    rows, columns = image.shape[:2]
    height = rows * (spacing[1] / spacing[2] if spacing else 1.0)
    scale = _SIDE / max(height, columns)
    size = (max(1, round(columns * scale)), max(1, round(height * scale)))
    picture = Image.fromarray(_shown(image)).convert("RGB").resize(size)
    drawn = np.asarray(picture).copy()
    nearest = Image.Resampling.NEAREST
    small = [np.asarray(Image.fromarray(p).resize(size, nearest)) for p in planes]
    for mask in small:  # a dark rim: no colour is seen on images of every colour
        drawn[ndimage.binary_dilation(mask) & ~mask] = 0
    for number, mask in enumerate(small):
        colour = COLOURS[number % len(COLOURS)].lstrip("#")
        drawn[mask & ~ndimage.binary_erosion(mask)] = list(bytes.fromhex(colour))
    stream = io.BytesIO()
    Image.fromarray(drawn).save(stream, "WEBP", quality=80)
    return stream.getvalue()


def _shown(image: np.ndarray) -> np.ndarray:
    """Bring intensities to 0..255."""
    if image.dtype == np.uint8:
        return image
    finite = np.nan_to_num(image.astype(np.float32))
    low, high = np.percentile(finite, _RANGE)
    scaled = (finite - low) / max(high - low, 1e-6)
    return (scaled.clip(0, 1) * 255).astype(np.uint8)
