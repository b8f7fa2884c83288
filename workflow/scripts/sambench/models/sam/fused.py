"""Parts of the package's networks by fused operations: same values, fewer calls.

A GPU computes small tensors faster than the CPU asks for the next operation, so that
the number of operations decides how long a step takes.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.models.sam.package import DecoderAttention, LayerNorm2d


class FusedAttention(DecoderAttention):
    """The decoder's attention by `scaled_dot_product_attention`.

    Not in float32 on CPUs, where the gradients of torch's form are less exact.
    """

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Attend from `(N, Q, C)` to `(N, K, C)`; the result is `(N, Q, C)`."""
        query, key, value = (
            projected.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
            for projected in (self.q_proj(q), self.k_proj(k), self.v_proj(v))
        )
        if query.device.type == "cpu" and query.dtype == torch.float32:
            weights = query @ key.mT / query.shape[-1] ** 0.5
            attended = weights.softmax(-1) @ value
        else:
            attended = functional.scaled_dot_product_attention(query, key, value)
        return self.out_proj(attended.transpose(1, 2).flatten(2))


class FusedNorm(LayerNorm2d):
    """The norm over channels of `(N, C, H, W)` by `layer_norm`."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the channels of each pixel."""
        x = x.permute(0, 2, 3, 1)
        x = functional.layer_norm(x, x.shape[-1:], self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


_FUSED = {DecoderAttention: FusedAttention, LayerNorm2d: FusedNorm}


def fuse(module: nn.Module) -> None:
    """Compute parts of a network by fused operations.

    Parameters
    ----------
    module : nn.Module
        Changed in place; parts of derived classes are left alone.
    """
    for part in module.modules():
        part.__class__ = _FUSED.get(type(part), type(part))
