"""The range in which intensity views work."""

from collections.abc import Sequence

from torch import Tensor


class IntensityRange:
    """Scale images to 0..1 and back.

    Parameters
    ----------
    range : "image" or two numbers
        What becomes 0 and 1; ``"image"``: least and largest value of each image over
        all of its channels. MR intensities mean nothing beyond their case, bytes do.
    """

    def __init__(self, range: str | Sequence[float]):
        self._image = range == "image"
        self._limits = None if self._image else tuple(float(v) for v in range)

    def unit(self, images: Tensor) -> Tensor:
        """Scale to 0..1; a constant image becomes 0. `(N, C, H, W)` as the result."""
        low, span = self._of(images)
        return (images - low) / span

    def back(self, unit: Tensor, images: Tensor) -> Tensor:
        """Undo `unit` with the limits that `images` had."""
        low, span = self._of(images)
        return unit * span + low

    def _of(self, images: Tensor) -> tuple[Tensor | float, Tensor | float]:
        if not self._image:
            low, high = self._limits
            return low, high - low
        low = images.amin((1, 2, 3), keepdim=True)
        return low, images.amax((1, 2, 3), keepdim=True) - low + 1e-8
