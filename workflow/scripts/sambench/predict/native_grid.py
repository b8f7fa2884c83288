"""Bring what a network says of a packed slice back to the grid of the original."""

from torch import Tensor
from torch.nn import functional

from sambench.predict.original import Original


def to_native(probabilities: Tensor, original: Original) -> Tensor:
    """Interpolate probabilities linearly, as nnU-Net does, and crop the padding.

    Parameters
    ----------
    probabilities : Tensor, `(C, H, W)`
        Of a packed slice.
    original : Original
        Of that slice.

    Returns
    -------
    Tensor, `(C, rows, columns)`
    """
    rows, columns = original.size
    whole = functional.interpolate(
        probabilities[None], original.padded, mode="bilinear", align_corners=False
    )
    return whole[0, :, :rows, :columns]
