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

    Parameters
    ----------
    images : Tensor, `(N, K, H, W)`
        Packed intensities, K is 1 or 3.
    photo : bool
        No difference here: the scale of intensities does not matter.
    eps : float
        Added to the deviation, as CCSDG does in training (1e-5).

    Returns
    -------
    Tensor, `(N, 3, H, W)`
        Tensor of the images' floating-point type; float32 if they are integers.
    """
    images = _floating(images)
    centred = images - images.mean((-2, -1), keepdim=True)
    deviation = centred.square().mean((-2, -1), keepdim=True).sqrt()
    scaled = centred / (deviation + eps).where(deviation > 0, 1)
    return scaled.expand(-1, 3, -1, -1)


def uint8_range(images: Tensor, photo: bool = False) -> Tensor:
    """Bring images to 0..255, as SAM reads photographs.

    What was packed as bytes keeps its values. Other intensities, such as those of MR,
    mean nothing beyond their slice: the smallest becomes 0 and the largest 255.

    Parameters
    ----------
    images : Tensor, `(N, K, H, W)`
        Packed intensities, K is 1 or 3.
    photo : bool
        Whether the slices were packed as bytes.

    Returns
    -------
    Tensor of float32, `(N, 3, H, W)`
        0 to 255. The network scales it further, as its weights expect.
    """
    return _stretched(images.float(), photo).expand(-1, 3, -1, -1)


def window_uint8_range(images: Tensor, photo: bool = False) -> Tensor:
    """Bring windows of five neighbouring slices to 0..255, each window as one.

    As MA-SAM scales its stacks (dataset.py of its code at 0c3cd90); see `uint8_range`.

    Parameters
    ----------
    images : Tensor, `(5 W, K, H, W)`
        Packed intensities, the slices of a window side by side.
    photo : bool
        Whether the slices were packed as bytes.
    """
    windows = images.unflatten(0, (-1, WINDOW)).flatten(1, 2)  # slices as channels
    images = _stretched(windows.float(), photo).unflatten(1, (WINDOW, -1))
    return images.flatten(0, 1).expand(-1, 3, -1, -1)


def unit_range(images: Tensor, photo: bool = False) -> Tensor:
    """Bring each image to 0..1 over all of its channels, as MaxStyle reads them.

    Parameters
    ----------
    images : Tensor, `(N, K, H, W)`
        Packed intensities, K is 1 or 3.
    photo : bool
        Makes no difference.

    Returns
    -------
    Tensor of float32, `(N, 3, H, W)`
        0 if the image is constant.
    """
    return to_unit(_floating(images)).expand(-1, 3, -1, -1)


def symmetric_range(images: Tensor, photo: bool = False) -> Tensor:
    """Bring each image to -1..1, as Dual-Norm reads them; see `unit_range`."""
    return 2 * unit_range(images, photo) - 1


def as_packed(images: Tensor, photo: bool = False) -> Tensor:
    """Leave intensities as they are packed, if preparation has normalised volumes.

    Parameters
    ----------
    images : Tensor, `(N, K, H, W)`
        Packed intensities, K is 1 or 3.
    photo : bool
        Makes no difference.

    Returns
    -------
    Tensor of float32, `(N, 3, H, W)`
    """
    return _floating(images).expand(-1, 3, -1, -1)


def to_unit(images: Tensor, axes: tuple[int, ...] = (1, 2, 3)) -> Tensor:
    """Scale `(N, C, H, W)` to 0..1 over some axes; what is constant becomes 0."""
    low = images.amin(axes, keepdim=True)
    span = images.amax(axes, keepdim=True) - low
    return (images - low) / span.where(span > 0, 1)


def is_grey(images: Tensor) -> bool:
    """Whether one channel is repeated without a copy, as normalisation leaves it."""
    return images.shape[1] > 1 and images.stride(1) == 0


def _floating(images: Tensor) -> Tensor:
    return images if images.is_floating_point() else images.float()


def _stretched(images: Tensor, photo: bool) -> Tensor:
    """Bring each `(N, C, H, W)` to 0..255 over all of its channels; 0 if constant."""
    if not photo:
        low = images.amin((1, 2, 3), keepdim=True)
        span = images.amax((1, 2, 3), keepdim=True) - low
        images = (images - low) * (255 / span.where(span > 0, 1))
    return images.clamp(0, 255)
