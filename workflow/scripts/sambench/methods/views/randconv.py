"""RandConv: a random convolution of the whole batch (Xu et al., ICLR 2021)."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from sambench.compute.constants import send
from sambench.methods.batch import Batch
from sambench.methods.bounds import Chance, Count
from sambench.methods.normalisation import to_unit
from sambench.methods.views.view import View


class Draws(NamedTuple):
    """Random numbers of one view.

    Attributes
    ----------
    weight : Tensor, `(C, C, k, k)`
        Kernel, one for the batch.
    alpha : Tensor, `()` or `(N,)`
        Share in the mixture.
    bias : Tensor, `(C,)`, optional
        Bias of the convolution.
    identity : bool
        Leave the images as they are.
    """

    weight: Tensor
    alpha: Tensor
    bias: Tensor | None = None
    identity: bool = False


class RandConv(View):
    """Convolve with a random kernel and mix the result with the image.

    The defaults are those of the authors' code. Weights are N(0, 1 / (C k^2)).

    Parameters
    ----------
    sizes : sequence of int
        Kernel sizes, at least two; one is drawn for each view.
    views : int
        How many views are made.
    chained : bool
        Make views 1, 2 ... of view 0 in place of the clean image. The authors' trainer
        does, as its variable is overwritten.
    clean : bool
        Put the clean images in front of the views.
    mix : bool
        Mix with the image.
    alpha_of : "convolution" or "image"
        What the uniform share weighs: the former with the authors, the latter in the
        port that made the prostate numbers.
    alpha_per : "batch" or "image"
        What shares a mixture.
    identity : float
        Probability that a view is the image.
    bias : bool
        Add U(-1, 1) / (sqrt(C) k).
    limits : sequence of two sequences of float, optional
        Least and largest value of each channel, to clamp to before and after mixing.
    border : "zeros" or "reflect"
        Padding of the convolution.
    keep_moments : bool
        Bring the result to the mean and standard deviation of the image, by channel.
    unit : bool
        Scale each view to 0..1, by image and channel, as the port does.
    space : "packed" or "normalised"
        Before normalisation or after it.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (1, 3, 5, 7),
        views: Count = 3,
        chained: bool = True,
        clean: bool = False,
        mix: bool = True,
        alpha_of: Literal["convolution", "image"] = "convolution",
        alpha_per: Literal["batch", "image"] = "batch",
        identity: Chance = 0.0,
        bias: bool = False,
        limits: Sequence[Sequence[float]] | None = None,
        border: Literal["zeros", "reflect"] = "zeros",
        keep_moments: bool = False,
        unit: bool = False,
        space: Literal["packed", "normalised"] = "normalised",
    ):
        super().__init__()
        self.sizes, self.views, self.chained = tuple(sizes), views, chained
        self.clean, self.mix, self.alpha_of = clean, mix, alpha_of
        self.alpha_per, self.identity, self.bias = alpha_per, identity, bias
        self.limits, self.border = limits, border
        self.keep_moments, self.unit, self.space = keep_moments, unit, space

    def draw(self, batch: Batch) -> list[Draws]:
        """Draw a kernel and a share for each view."""
        return [self._draw(batch.images) for _ in range(self.views)]

    def _draw(self, images: Tensor) -> Draws:
        n, channels = images.shape[:2]
        place = {"device": images.device, "dtype": images.dtype}
        size = self.sizes[int(torch.randint(len(self.sizes), ()))]
        fan_in = channels * size**2
        weight = torch.randn(channels, channels, size, size, **place) * fan_in**-0.5
        bias = None
        if self.bias:
            bias = (2 * torch.rand(channels, **place) - 1) * fan_in**-0.5
        alpha = torch.rand(n if self.alpha_per == "image" else (), **place)
        identity = self.identity > 0 and torch.rand(()).item() < self.identity
        return Draws(weight, alpha, bias, identity)

    @torch.no_grad()
    def apply(self, batch: Batch, draws: list[Draws]) -> list[Batch]:
        """Compute the views."""
        found, images = [], batch.images
        for one in draws:
            view = images if one.identity else self.convolved(images, one)
            found.append(to_unit(view, (2, 3)) if self.unit else view)
            images = found[0] if self.chained else images
        if self.clean:
            found.insert(0, batch.images)
        return [batch._replace(images=view) for view in found]

    def convolved(self, images: Tensor, draws: Draws) -> Tensor:
        """Convolve and mix one batch, `(N, C, H, W)`."""
        margin = draws.weight.shape[-1] // 2
        mode = "constant" if self.border == "zeros" else self.border
        padded = pad(images, [margin] * 4, mode=mode)
        result = conv2d(padded, draws.weight, draws.bias)
        if self.keep_moments:
            result = _with_moments_of(result, images)
        result = self._clamped(result)
        if self.mix:
            alpha = draws.alpha.reshape(-1, 1, 1, 1)
            alpha = 1 - alpha if self.alpha_of == "image" else alpha
            result = self._clamped(alpha * result + (1 - alpha) * images)
        return result

    def _clamped(self, images: Tensor) -> Tensor:
        if self.limits is None:
            return images
        low, high = (
            send(v, images.device, images.dtype).view(-1, 1, 1) for v in self.limits
        )
        return images.clamp(low, high)


def _with_moments_of(result: Tensor, images: Tensor) -> Tensor:
    mean, sd = result.mean((2, 3), keepdim=True), result.std((2, 3), keepdim=True)
    target = images.mean((2, 3), keepdim=True), images.std((2, 3), keepdim=True)
    return (result - mean) / (sd + 1e-6) * (target[1] + 1e-6) + target[0]
