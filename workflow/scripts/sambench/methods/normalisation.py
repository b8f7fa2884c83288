"""From packed intensities to what a network reads, in batches on the device.

Each function takes packed intensities `(N, K, H, W)`, K is 1 or 3, and whether they
were packed as bytes (`photo`), which matters to some; it returns `(N, 3, H, W)` in
floating point.
"""

from torch import Tensor

WINDOW = 5  # slices, of `window_uint8_range`


def zscore(images: Tensor, photo: bool = False, eps: float = 0.0) -> Tensor:
    """Scale each channel of each image to mean 0 and standard deviation 1.

    As DAPSAM and CCSDG do (population standard deviation over all pixels). A constant
    channel becomes 0; their code divides by zero there.
    `eps` is added to the deviation, as CCSDG does in training (1e-5).
    """
    images = images if images.is_floating_point() else images.float()
    centred = images - images.mean((-2, -1), keepdim=True)
    deviation = centred.square().mean((-2, -1), keepdim=True).sqrt()
    scaled = centred / (deviation + eps).where(deviation > 0, 1)
    return scaled.expand(-1, 3, -1, -1)


def uint8_range(images: Tensor, photo: bool = False) -> Tensor:
    """Bring images to 0..255, as SAM reads photographs.

    What was packed as bytes keeps its values. Other intensities, such as those of MR,
    mean nothing beyond their slice: the smallest becomes 0 and the largest 255.
    The network scales it further, as its weights expect.
    """
    images = images.float()
    if not photo:
        images = _stretched(images)
    return images.clamp(0, 255).expand(-1, 3, -1, -1)


def _stretched(images: Tensor) -> Tensor:
    """Bring each `(N, C, H, W)` to 0..255 over all of its channels; 0 if constant."""
    low = images.amin((1, 2, 3), keepdim=True)
    span = images.amax((1, 2, 3), keepdim=True) - low
    return (images - low) * (255 / span.where(span > 0, 1))


def unit_range(images: Tensor, photo: bool = False) -> Tensor:
    """Bring each image to 0..1 over all of its channels, as MaxStyle reads them.

    A constant image becomes 0.
    """
    images = images if images.is_floating_point() else images.float()
    low = images.amin((1, 2, 3), keepdim=True)
    span = images.amax((1, 2, 3), keepdim=True) - low
    return ((images - low) / span.where(span > 0, 1)).expand(-1, 3, -1, -1)


def symmetric_range(images: Tensor, photo: bool = False) -> Tensor:
    """Bring each image to -1..1, as Dual-Norm reads them; see `unit_range`."""
    return 2 * unit_range(images, photo) - 1


def window_uint8_range(images: Tensor, photo: bool = False) -> Tensor:
    """Bring windows of five neighbouring slices to 0..255, each window as one.

    As MA-SAM scales its stacks (dataset.py of its code at 0c3cd90); see `uint8_range`.
    The slices of a window are neighbours in N.
    """
    windows = images.unflatten(0, (-1, WINDOW)).flatten(1, 2)  # slices as channels
    images = windows.float()
    if not photo:
        images = _stretched(images)
    images = images.clamp(0, 255).unflatten(1, (WINDOW, -1)).flatten(0, 1)
    return images.expand(-1, 3, -1, -1)


def as_packed(images: Tensor, photo: bool = False) -> Tensor:
    """Leave intensities as they are packed, if preparation has normalised volumes."""
    images = images if images.is_floating_point() else images.float()
    return images.expand(-1, 3, -1, -1)
