"""GIN: a random shallow network for each image (CSDG, code at d4d5056)."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import conv2d, leaky_relu

from sambench.methods.batch import Batch
from sambench.methods.bounds import Count
from sambench.methods.views.view import View


class GINDraws(NamedTuple):
    """Random numbers of one pass.

    Attributes
    ----------
    alpha : Tensor, `(N,)`
        Share of the random network's output.
    kernels : list of Tensor, `(N * out, in, k, k)`
        Kernels of each layer, those of one image together.
    shifts : list of Tensor, `(N * out, 1, 1)`
        Shifts of each layer.
    """

    alpha: Tensor
    kernels: list[Tensor]
    shifts: list[Tensor]


class GIN(View):
    """Global intensity non-linear augmentation (Ouyang et al., TMI 2022).

    y = a net(x) + (1 - a) x, scaled to the Frobenius norm of x; nothing is clipped. All
    images of a batch pass in one grouped convolution a layer.

    Parameters
    ----------
    layers : int
        Convolutions.
    width : int
        Channels between them.
    sizes : sequence of int
        Sizes of kernels; one is drawn for each layer, for the whole batch.
    slope : float
        Slope of the leaky ReLU after every layer but the last.
    keep_norm : bool
        Scale to the norm of the image.
    """

    def __init__(
        self,
        layers: Count = 4,
        width: Count = 2,
        sizes: Sequence[int] = (1, 3),
        slope: float = 0.01,
        keep_norm: bool = True,
    ):
        super().__init__()
        self.layers, self.width, self.sizes = layers, width, tuple(sizes)
        self.slope, self.keep_norm = slope, keep_norm

    def draw(self, batch: Batch) -> GINDraws:
        """Draw a network for each image."""
        images = batch.images
        n, channels = images.shape[:2]
        place = {"device": images.device, "dtype": images.dtype}
        alpha = torch.rand(n, **place)
        widths = [channels, *[self.width] * (self.layers - 1), channels]
        chosen = torch.randint(len(self.sizes), (self.layers,)).tolist()
        kernels, shifts = [], []
        for layer, number in enumerate(chosen):
            into, out, k = widths[layer], widths[layer + 1], self.sizes[number]
            kernels.append(torch.randn(n * out, into, k, k, **place))
            shifts.append(torch.randn(n * out, 1, 1, **place))
        return GINDraws(alpha, kernels, shifts)

    @torch.no_grad()
    def apply(self, batch: Batch, draws: GINDraws) -> list[Batch]:
        """Pass the images through their networks."""
        images = batch.images
        n, _, height, width = images.shape
        x = images.reshape(1, -1, height, width)
        last = len(draws.kernels) - 1
        for layer, (kernel, shift) in enumerate(
            zip(draws.kernels, draws.shifts, strict=True)
        ):
            x = conv2d(x, kernel, shift.flatten(), padding="same", groups=n)
            x = leaky_relu(x, self.slope) if layer < last else x
        alpha = draws.alpha.view(n, 1, 1, 1)
        mixed = alpha * x.view(n, -1, height, width) + (1 - alpha) * images
        if self.keep_norm:
            before, after = (t.flatten(1).norm(dim=1) for t in (images, mixed))
            mixed = mixed * (before / (after + 1e-5)).view(n, 1, 1, 1)
        return [batch._replace(images=mixed)]
