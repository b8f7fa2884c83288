"""Dual-Norm's two styles: the image, and its negative (code of preprocess_func.py)."""

from torch import Tensor

from sambench.methods.batch import Batch
from sambench.methods.views.view import View


class Negative(View):
    """Make two views: the image from -1 to 1, and its exact negative.

    In the negative, what is exactly 1, the image's background, becomes -1 again. The
    authors scale volumes; images are scaled here.
    """

    space = "normalised"

    def apply(self, batch: Batch, draws: None = None) -> list[Batch]:
        """Compute both views."""
        images = symmetric(batch.images)
        return [
            batch._replace(images=images),
            batch._replace(images=negative(images)),
        ]


def symmetric(images: Tensor) -> Tensor:
    """Scale each item to -1..1 over all its values; a constant one becomes -1."""
    axes = tuple(range(1, images.dim()))
    low = images.amin(axes, keepdim=True)
    span = images.amax(axes, keepdim=True) - low
    return 2 * (images - low) / span.where(span > 0, 1) - 1


def negative(images: Tensor) -> Tensor:
    """Return the negative of images from -1 to 1 with a dark background."""
    inverted = -images
    return inverted.masked_fill(inverted == 1, -1)
