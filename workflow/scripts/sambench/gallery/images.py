"""Slices as small pictures, as a reader of images expects them, and masks as runs."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

LARGEST = 512
"""Pixels of the longer side above which pictures and masks are made smaller."""

QUALITY = 75
"""Of WebP: losses that nobody sees at the size of the page."""

_WINDOW = (0.5, 99.5)
"""Percentiles of a case that become black and white."""


Window = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class View:
    """How the slices of a case are turned and scaled for the page.

    Attributes
    ----------
    shape : tuple of int
        Rows and columns of the masks that are shown.
    factor : int
        Every so many pixels of a mask is shown.
    turned : bool
        Whether both axes are turned: volumes in RAS order have the back of the patient
        at the top.
    """

    shape: tuple[int, int]
    factor: int
    turned: bool

    @classmethod
    def of(cls, shape: tuple[int, int], *, turned: bool) -> "View":
        """Return the view of masks (rows, columns)."""
        factor = -(-max(shape) // LARGEST)
        rows, columns = (-(-size // factor) for size in shape)
        return cls((rows, columns), factor, turned)

    def mask(self, mask: np.ndarray) -> np.ndarray:
        """Return a mask `(..., H, W)` as it is shown."""
        shown = mask[..., :: self.factor, :: self.factor]
        return shown[..., ::-1, ::-1] if self.turned else shown

    def picture(self, image: np.ndarray, window: Window | None) -> str:
        """Return one slice as a data address.

        Parameters
        ----------
        image : ndarray, `(h, w)` or `(h, w, 3)`
            Slice on the packed grid; it is scaled linearly to the masks' grid.
        window : (low, high) or None
            Intensities that become black and white; None for photographs, which stay
            as they are.
        """
        if window is not None:
            low, high = window
            scaled = (np.asarray(image, float) - low) / np.maximum(high - low, 1e-6)
            image = (255 * scaled.clip(0, 1)).round().astype(np.uint8)
        if self.turned:
            image = image[::-1, ::-1]
        rows, columns = self.shape
        shown = Image.fromarray(np.ascontiguousarray(image))
        if shown.size != (columns, rows):
            shown = shown.resize((columns, rows), Image.Resampling.BILINEAR)
        buffer = io.BytesIO()
        shown.save(buffer, "webp", quality=QUALITY)
        text = base64.b64encode(buffer.getvalue()).decode("ascii")
        return f"data:image/webp;base64,{text}"


def window_of(images: np.ndarray) -> Window | None:
    """Return the intensities of a case that become black and white, for each channel.

    Slices are `(Z, H, W)` or `(Z, H, W, 3)`; those of colour in uint8 are a photograph,
    of which None is returned.
    """
    if images.ndim == 4 and images.dtype == np.uint8:
        return None
    low, high = np.percentile(np.asarray(images), _WINDOW, axis=(0, 1, 2))
    return low, high


def runs_of(mask: np.ndarray) -> list[int]:
    """Encode a mask `(H, W)` as alternating lengths of background and structure.

    Row by row, beginning with background, which may be 0 long. The last run of
    background is left out, so that an empty mask is [].
    """
    flat = np.concatenate([[False], np.asarray(mask, bool).ravel(), [False]])
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff(edges, prepend=0).tolist() if len(edges) else []
