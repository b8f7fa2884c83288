"""How images are scaled for the weights of the SAM family.

Each function takes images `(B, 3, H, W)` of 0 to 255, in the order red, green, blue,
and returns the same shape in floating point.
"""

from torch import Tensor

from sambench.compute.constants import constant

# Mean and standard deviation per channel that SAM subtracts and divides by, 0 to 255
PIXEL_MEAN = (123.675, 116.28, 103.53)
PIXEL_STD = (58.395, 57.12, 57.375)


def mean_std(images: Tensor) -> Tensor:
    """Subtract SAM's mean and divide by its standard deviation, channel by channel.

    Pad with zeros afterwards, as SAM does.
    """
    mean, deviation = (
        constant(values, images.device)[:, None, None]
        for values in (PIXEL_MEAN, PIXEL_STD)
    )
    return (images.float() - mean) / deviation


def min_max(images: Tensor) -> Tensor:
    """Scale each image, all channels together, to 0..1.

    As MedSAM's `MedSAM_Inference.py` and LiteMedSAM do, after resizing and before
    padding with zeros. Any intensities will do; a constant image becomes 0.
    """
    images = images.float()
    low = images.amin((1, 2, 3), keepdim=True)
    high = images.amax((1, 2, 3), keepdim=True)
    return (images - low) / (high - low).clamp_min(1e-8)


def unit(images: Tensor) -> Tensor:
    """Scale to 0..1, as SAMed and MA-SAM read images."""
    return images.float() / 255


def mean_std_bgr(images: Tensor) -> Tensor:
    """Scale as `mean_std` with the channels in the other order, as SAM-Med2D does.

    Its images are read in the order blue, green, red, and SAM's mean and standard
    deviation are those of red, green, blue.
    """
    return mean_std(images.flip(1))


SCALINGS = {
    "mean_std": mean_std,
    "mean_std_bgr": mean_std_bgr,
    "min_max": min_max,
    "unit": unit,
}
