"""Dual-Norm's two styles: the image, and its negative (code of preprocess_func.py)."""

from torch import Tensor

from sambench.methods.batch import Batch
from sambench.methods.views.view import View


class Negative(View):
    """Make two views: the image from -1 to 1, and its exact negative.

    In the negative, what is exactly 1, the image's background, becomes -1 again. Images
    are expected from -1 to 1, of the normalisation `symmetric`.
    """

    space = "normalised"

    def apply(self, batch: Batch, draws: None = None) -> list[Batch]:
        """Compute both views."""
        return [batch, batch._replace(images=negative(batch.images))]


def negative(images: Tensor) -> Tensor:
    """Return the negative of images from -1 to 1 with a dark background."""
    inverted = -images
    return inverted.masked_fill(inverted == 1, -1)
