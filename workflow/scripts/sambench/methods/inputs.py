"""From packed intensities to what a network reads."""

import numpy as np


def zscore(image: np.ndarray) -> np.ndarray:
    """Scale each channel of one image to mean 0 and standard deviation 1.

    As DAPSAM and CCSDG do (population standard deviation over all pixels); a constant
    channel becomes 0, where their code divides by zero.

    Parameters
    ----------
    image : ndarray of float32, `(K, H, W)`
        Any intensities.
    """
    mean = image.mean(axis=(-2, -1), keepdims=True)
    deviation = image.std(axis=(-2, -1), keepdims=True)
    return (image - mean) / np.where(deviation > 0, deviation, 1)


def channels_first(slices: np.ndarray) -> np.ndarray:
    """Bring packed slices into channels-first float32.

    Parameters
    ----------
    slices : ndarray, `(B, H, W)` or `(B, H, W, 3)`
        Packed slices.

    Returns
    -------
    ndarray of float32, `(B, 1, H, W)` or `(B, 3, H, W)`
    """
    slices = np.moveaxis(slices, -1, 1) if slices.ndim == 4 else slices[:, None]
    return np.ascontiguousarray(slices, dtype=np.float32)


def zscore_input(image: np.ndarray, packed: np.dtype | None = None) -> np.ndarray:
    """Normalise one image by z-score and repeat a grey one to three channels.

    Parameters
    ----------
    image : ndarray of float32, `(K, H, W)`
        Packed intensities, K is 1 or 3.
    packed : dtype, optional
        Not used.

    Returns
    -------
    ndarray of float32, `(3, H, W)`
    """
    return np.broadcast_to(zscore(image), (3, *image.shape[-2:]))


def byte_input(image: np.ndarray, packed: np.dtype | None = None) -> np.ndarray:
    """Bring one image to 0..255, as SAM reads photographs; a grey one to 3 channels.

    What was packed as bytes keeps its values. Other intensities, those of MR, mean
    nothing beyond their slice: its least becomes 0 and its largest 255.

    Parameters
    ----------
    image : ndarray of float32, `(K, H, W)`
        Packed intensities, K is 1 or 3.
    packed : dtype, optional
        In which the slices were packed; None for other than bytes.

    Returns
    -------
    ndarray of float32, `(3, H, W)`
        0 to 255. The network scales it further, as its weights expect.
    """
    if packed != np.uint8:
        low, high = image.min(), image.max()
        image = (image - low) * (255 / (high - low) if high > low else 0)
    return np.broadcast_to(np.clip(image, 0, 255), (3, *image.shape[-2:]))
