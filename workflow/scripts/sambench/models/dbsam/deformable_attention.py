"""Multi-scale deformable attention (Zhu et al., ICLR 2021) without compiled kernels.

Known [C]: projections, joint softmax over levels and points, offsets in pixels of the
level that is sampled, bilinear sampling with zeros outside, initialisation. Inferred
[I]: a query's reference point is the centre of its own pixel; the function that made
the points is missing from the released code, all public relatives of it do this.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.compute.constants import constant
from sambench.models.full_precision import full_precision


class DeformableAttention(nn.Module):
    """Each query reads a few points of every level, where and how much it decides.

    Parameters
    ----------
    dim : int
        Channels of queries and values, divisible by `heads`.
    heads : int
        Attention heads.
    levels : int
        Value maps.
    points : int
        Points per head and level.
    """

    def __init__(self, dim: int, heads: int, levels: int, points: int = 4):
        super().__init__()
        self.heads, self.levels, self.points = heads, levels, points
        self.value_proj = nn.Linear(dim, dim)
        self.sampling_offsets = nn.Linear(dim, heads * levels * points * 2)
        self.attention_weights = nn.Linear(dim, heads * levels * points)
        self.output_proj = nn.Linear(dim, dim)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start with equal weights on a ring of points, a direction per head."""
        angles = torch.arange(self.heads) * (2 * math.pi / self.heads)
        ring = torch.stack([angles.cos(), angles.sin()], -1)
        ring = ring / ring.abs().amax(-1, keepdim=True)
        steps = torch.arange(1, self.points + 1)
        offsets = ring[:, None, None] * steps[None, None, :, None]
        offsets = offsets.expand(-1, self.levels, -1, -1).reshape(-1)
        with torch.no_grad():
            self.sampling_offsets.weight.zero_()
            self.sampling_offsets.bias.copy_(offsets)
            self.attention_weights.weight.zero_()
            self.attention_weights.bias.zero_()
            for projection in (self.value_proj, self.output_proj):
                nn.init.xavier_uniform_(projection.weight)
                projection.bias.zero_()

    def forward(
        self, queries: Tensor, reference: Tensor, values: Sequence[Tensor]
    ) -> Tensor:
        """Attend.

        Parameters
        ----------
        queries : Tensor, `(B, N, C)`
            What asks; the result has the same shape.
        reference : Tensor, `(N, 2)`
            Where each query sits: x and y in [0, 1] of the image.
        values : sequence of Tensor, `(B, H, W, C)`
            The maps that are read, one per level.
        """
        batch, length = queries.shape[:2]
        split = (batch, length, self.heads, self.levels, self.points)
        offsets = self.sampling_offsets(queries).view(*split, 2)
        weights = self.attention_weights(queries).view(batch, length, self.heads, -1)
        weights = weights.float().softmax(-1).view(split)
        attended = None
        for level, value in enumerate(values):
            projected = self.value_proj(value).unflatten(-1, (self.heads, -1))
            read = sample_points(
                projected, reference, offsets[..., level, :, :], weights[..., level, :]
            )
            # One level at a time: the samples of all levels never exist together.
            attended = read if attended is None else attended + read
        return self.output_proj(attended.to(queries.dtype))


def sample_points(
    value: Tensor, reference: Tensor, offsets: Tensor, weights: Tensor
) -> Tensor:
    """Sum weighted bilinear samples of one level, in float32 even under autocast.

    The usual form (`grid_sample`, times weights, summed over points) writes every
    sample before it is summed. Here the four neighbours of all points of a query are
    one bag of rows of the value table, which `embedding_bag` sums as it reads them: no
    sample is stored, neither forward nor for the gradient, and no GPU gradient needs
    atomic additions of samples in changing order.

    Parameters
    ----------
    value : Tensor, `(B, H, W, M, D)`
        A level, with M heads of D channels.
    reference : Tensor, `(N, 2)`
        x and y of the queries in [0, 1]; the centre of pixel i is at (i + 0.5) / W.
    offsets : Tensor, `(B, N, M, P, 2)`
        Along x and y in pixels of this level.
    weights : Tensor, `(B, N, M, P)`
        Weights of the points.

    Returns
    -------
    Tensor of float32, `(B, N, M * D)`
    """
    batch, height, width, heads, channels = value.shape
    length = offsets.shape[1]
    with full_precision(value.device):
        size = constant([width, height], value.device)
        centre = reference.float() * size - 0.5
        place = centre[:, None, None] + offsets.float()
        corner = place.detach().floor()
        right, below = (place - corner).unbind(-1)
        weights = weights.float()
        across = torch.stack([(1 - right) * weights, right * weights], -1)
        down = torch.stack([1 - below, below], -1)
        x, y = corner.long().unbind(-1)
        step = torch.arange(2, device=value.device)
        x, y = x[..., None] + step, y[..., None] + step
        across = across * ((x >= 0) & (x < width))  # zeros outside the map
        down = down * ((y >= 0) & (y < height))
        start = torch.arange(batch, device=value.device).view(-1, 1, 1, 1, 1) * height
        line = (start + y.clamp(0, height - 1)) * width
        head = torch.arange(heads, device=value.device).view(-1, 1, 1)
        row = (line[..., :, None] + x.clamp(0, width - 1)[..., None, :]) * heads
        row = row + head[..., None]
        share = down[..., :, None] * across[..., None, :]
        bags = batch * length * heads
        read = functional.embedding_bag(
            row.reshape(bags, -1),
            value.float().reshape(-1, channels),
            mode="sum",
            per_sample_weights=share.reshape(bags, -1),
        )
    return read.view(batch, length, heads * channels)


def pixel_centres(sizes: Sequence[tuple[int, int]], device: torch.device) -> Tensor:
    """Return the centres of pixels of maps of (height, width), as x and y in [0, 1].

    They are `(N, 2)`, map after map, row by row.
    """
    centres = []
    for size in sizes:
        axes = ((torch.arange(n, device=device) + 0.5) / n for n in size)
        y, x = torch.meshgrid(*axes, indexing="ij")
        centres.append(torch.stack([x, y], -1).flatten(0, 1))
    return torch.cat(centres)
