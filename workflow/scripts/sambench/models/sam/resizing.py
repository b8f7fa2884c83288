"""How slices are resized for the SAM family, each as its code does.

Each function takes images `(B, 3, H, W)`, and the rows and columns of the result.
"""

import torch
from torch import Tensor
from torch.nn import functional


def interpolated(images: Tensor, shape: tuple[int, int]) -> Tensor:
    """Interpolate `(B, C, H, W)` bilinearly to rows and columns, not antialiased."""
    return functional.interpolate(images, shape, mode="bilinear", align_corners=False)


def bilinear(images: Tensor, shape: tuple[int, int]) -> Tensor:
    """Resize by torch, antialiased if the image shrinks.

    Parameters
    ----------
    images : Tensor, `(B, 3, H, W)`
    shape : (int, int)
        Rows and columns of the result.
    """
    return functional.interpolate(
        images,
        shape,
        mode="bilinear",
        align_corners=False,
        antialias=images.shape[-2] > shape[0] or images.shape[-1] > shape[1],
    )


def pillow(images: Tensor, shape: tuple[int, int]) -> Tensor:
    """Resize as PIL does bytes, which is how SAM's predictor reads images.

    Columns first, then rows, with whole grey levels after each.

    Parameters
    ----------
    images : Tensor, `(B, 3, H, W)`
        0 to 255.
    shape : (int, int)
        Rows and columns of the result.
    """
    images = bilinear(images.float(), (images.shape[-2], shape[1]))
    images = (images + 0.5).floor()
    return (bilinear(images, shape) + 0.5).floor()


def area(images: Tensor, shape: tuple[int, int]) -> Tensor:
    """Average over areas if the image shrinks, as OpenCV's INTER_AREA does.

    LiteMedSAM shrinks the long side to 256 pixels by it. If an image grows, as
    `bilinear`.

    Parameters
    ----------
    images : Tensor, `(B, 3, H, W)`
    shape : (int, int)
        Rows and columns of the result.
    """
    if images.shape[-2] < shape[0] or images.shape[-1] < shape[1]:
        return bilinear(images, shape)
    rows = _overlaps(images.shape[-2], shape[0], images.device)
    columns = _overlaps(images.shape[-1], shape[1], images.device)
    return rows @ images.float() @ columns.T


def _overlaps(length: int, cells: int, device: torch.device) -> Tensor:
    """Return the share of each of `cells` results that each pixel makes up."""
    scale = length / cells
    low = torch.arange(cells, device=device)[:, None] * scale
    pixel = torch.arange(length, device=device)
    upper = torch.minimum(low + scale, pixel + 1)
    return (upper - torch.maximum(low, pixel)).clamp(0, 1) / scale


def nearest(images: Tensor, shape: tuple[int, int]) -> Tensor:
    """Take the nearest pixels, as OpenCV's INTER_NEAREST does for SAM-Med2D.

    Parameters
    ----------
    images : Tensor, `(B, 3, H, W)`
    shape : (int, int)
        Rows and columns of the result.
    """
    return functional.interpolate(images, shape, mode="nearest")


RESIZINGS = {"bilinear": bilinear, "pillow": pillow, "area": area, "nearest": nearest}
