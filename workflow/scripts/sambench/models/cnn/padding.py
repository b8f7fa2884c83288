"""Images whose sides a network cannot halve often enough are padded, then cropped."""

from torch import Tensor
from torch.nn.functional import pad


def padded(images: Tensor, multiple: int) -> Tensor:
    """Pad images at their right and lower edge with their last pixels.

    Parameters
    ----------
    images : Tensor, `(N, C, H, W)`
        Any size.
    multiple : int
        The sides become multiples of this number.

    Returns
    -------
    Tensor, `(N, C, H', W')`
        The images themselves if nothing is missing.
    """
    missing = [-side % multiple for side in images.shape[2:]]
    if not any(missing):
        return images
    return pad(images, (0, missing[1], 0, missing[0]), mode="replicate")


def cropped(logits: Tensor, images: Tensor) -> Tensor:
    """Cut logits of padded images to the size of the images as they were."""
    return logits[..., : images.shape[2], : images.shape[3]]
