"""Instance norm as the group norm of one channel a group: same values, faster.

torch makes a batch norm of `N * C` channels of it, with copies of weights and
statistics. On one core of an AMD EPYC, forward and backward of 4 slices of 192 px and
32 channels take 63 ms, as a group norm 11. It also gives back the memory format that it
was given. In half precision torch's own stays: autocast computes group norms in
float32. DeSAM's too: it gates by means of what was normalised, which are rounding.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class InstanceNorm2d(nn.InstanceNorm2d):
    """Instance norm without running statistics; parameters and names are torch's."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise each channel of each image `(N, C, H, W)`."""
        return instance_norm(x, self.weight, self.bias, self.eps)


def instance_norm(
    x: Tensor,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise each channel of each image.

    Parameters
    ----------
    x : Tensor, `(N, C, H, W)`
    weight, bias : Tensor, `(C,)`, optional
        What is multiplied and added afterwards.
    eps : float
        Added to the variance.
    """
    if x.dtype.itemsize >= torch.float32.itemsize:
        return functional.group_norm(x, x.shape[1], weight, bias, eps)
    return functional.instance_norm(x, weight=weight, bias=bias, eps=eps)
