"""Low-rank changes of queries and values, folded for all blocks of an encoder at once.

A change of q and one of v are two products each, with sums and a concatenation around
them. Folded, a block computes ``layer(x) + (x @ inner.T) @ outer``: the same numbers up
to rounding, in three operations in place of eight.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class ChangedQueryValue(nn.Module):
    """The joint q, k, v layer with changes of q and v; a subclass has their weights.

    Parameters
    ----------
    layer : nn.Linear
        SAM's, from C to 3 C; it stays as it is.
    dropout : float
        Between the two products of a change.
    """

    def __init__(self, layer: nn.Linear, dropout: float = 0.0):
        super().__init__()
        self.layer, self.dropout = layer, dropout

    @property
    def bias(self) -> Tensor | None:
        """What zeros are mapped to."""
        return self.layer.bias

    def forward(self, x: Tensor, inner: Tensor, outer: Tensor) -> Tensor:
        """Compute the layer with its changes.

        Parameters
        ----------
        x : Tensor, `(..., C)`
            Tokens.
        inner : Tensor, `(R, C)`
            Down to the ranks of both changes.
        outer : Tensor, `(R, 3 C)`
            Up again, see `to_query_and_value`.

        Returns
        -------
        Tensor, `(..., 3 C)`
        """
        x = as_autocast(x)
        full, low = self.layer(x), functional.linear(x, inner)
        if self.dropout:
            low = functional.dropout(low, self.dropout, self.training)
        return torch.addmm(full.flatten(0, -2), low.flatten(0, -2), outer).view_as(full)


def to_query_and_value(up_q: Tensor, up_v: Tensor) -> Tensor:
    """Return what takes the ranks of both changes to q, k and v, `(..., 2 r, 3 C)`.

    `up_q` and `up_v` `(..., C, r)` are weights of layers from a rank to C; k gets 0.
    """
    width = up_q.shape[-2]
    first = functional.pad(up_q.mT, (0, 2 * width))
    return torch.cat([first, functional.pad(up_v.mT, (2 * width, 0))], -2)


def as_autocast(x: Tensor) -> Tensor:
    """Cast once what autocast would cast for each layer that reads it."""
    kind = x.device.type
    if kind == "meta" or not torch.is_autocast_enabled(kind):
        return x
    return x.to(torch.get_autocast_dtype(kind))
