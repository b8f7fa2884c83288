"""MaxStyle: styles that hurt the segmentation, found by an inner loop (MICCAI 2022)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import torch
from torch import Tensor, nn

from sambench.compute.constants import send
from sambench.compute.distributed import pooled, world_size
from sambench.methods.algorithms.dual_branch import DualBranch, Passed
from sambench.methods.batch import Batch
from sambench.methods.bounds import Chance, Count
from sambench.methods.features.mixstyle import draw_beta, style_of
from sambench.methods.freezing import frozen_norms, frozen_weights
from sambench.methods.objectives import at_least_single
from sambench.models.cnn.padding import cropped
from sambench.models.full_precision import full_precision


class Draws(NamedTuple):
    """Random numbers of one layer.

    Attributes
    ----------
    partner : Tensor of int64, `(N,)`
        Whose style is mixed in.
    gamma_noise, beta_noise : Tensor, `(N, C, 1, 1)`
        N(0, 1).
    lmda : Tensor, `(N, 1, 1, 1)`
        Share of the partner.
    """

    partner: Tensor
    gamma_noise: Tensor
    beta_noise: Tensor
    lmda: Tensor


class StyleLayer(nn.Module):
    """Change style statistics by numbers that can be learned.

    The spread of the statistics over the batch is that of the first pass.

    Parameters
    ----------
    layer : int
        After which layer of the decoder it stands.
    draws : Draws
        Where the numbers start.
    eps : float
        Added to the variance over pixels.

    Attributes
    ----------
    spread : tuple of Tensor, `(1, C, 1, 1)`
        Spread of mean and standard deviation over the batch, after the first pass.
    """

    def __init__(self, layer: int, draws: Draws, eps: float = 1e-6):
        super().__init__()
        self.layer, self.partner, self.eps = layer, draws.partner, eps
        for name, value in draws._asdict().items():
            if name != "partner":
                setattr(self, name, nn.Parameter(value.detach().clone()))
        self.spread: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Change `(N, C, H, W)`."""
        mean, sd = (statistic.detach() for statistic in style_of(x, self.eps))
        if self.spread is None:
            self.spread = mean.std(0, keepdim=True), sd.std(0, keepdim=True)
        share = self.lmda.clamp(0, 1)
        noise = self.beta_noise, self.gamma_noise
        new_mean, new_sd = (
            (1 - share) * own + share * own[self.partner] + drawn * spread
            for own, drawn, spread in zip((mean, sd), noise, self.spread, strict=True)
        )
        return (x - mean) / sd * new_sd + new_mean


def draw_style(
    code: Tensor, channels: int, p: float, beta: bool, alpha: float = 0.1
) -> Draws | None:
    """Draw the numbers of one layer, or None if it does nothing.

    Parameters
    ----------
    code : Tensor, `(N, c, h, w)`
        Code of the images; N larger than 1.
    channels : int
        Channels of the maps that it will change.
    p : float
        Probability that it does something.
    beta : bool
        Shares of the partner are Beta(alpha, alpha) distributed, else uniform.
    """
    n, place = len(code), {"device": code.device, "dtype": code.dtype}
    partner = another_order(n, code.device)
    if not _chosen(p, code.device):
        return None
    noise = (torch.randn(n, channels, 1, 1, **place) for _ in range(2))
    share = draw_beta(alpha, n, code) if beta else torch.rand(n, 1, 1, 1, **place)
    return Draws(partner, *noise, share)


def _chosen(p: float, device: torch.device) -> bool:
    """Toss a coin that falls alike in all processes, which wait for one another."""
    if world_size() == 1:
        return torch.rand(()).item() < p
    return float(pooled(torch.rand((), device=device)) % 1) < p


def another_order(n: int, device: torch.device) -> Tensor:
    """Draw a permutation of n > 1 that is not the identity."""
    while True:
        order = torch.randperm(n)
        if (order != torch.arange(n)).any():
            return send(order, device)


class MaxStyle(DualBranch):
    """Segment images that the image decoder makes in the worst of styles.

    Chen et al., code at 89933fb: the style layers stand in the image decoder and are
    moved up the cross-entropy. A batch of one has no other style and stays as it is.

    Parameters
    ----------
    layers : sequence of int
        Where style layers stand: 3 and 4 after the third and fourth doubling, 5 on the
        image.
    p : float
        Probability of each layer at each step.
    steps : int
        Number of steps of the inner loop.
    rate : float
        Its learning rate (Adam).
    beta : bool
        Shares start from Beta(0.1, 0.1), as for prostate; else uniform.
    """

    def __init__(
        self,
        *,
        layers: Sequence[int] = (3, 4, 5),
        p: Chance = 0.5,
        steps: Count = 5,
        rate: float = 0.1,
        beta: bool = True,
        **options: Annotated[Any, "sambench.methods.algorithms.dual_branch:DualBranch"],
    ):
        super().__init__(**options)
        self.layers, self.p, self.steps = tuple(layers), p, steps
        self.rate, self.beta = rate, beta

    def harder(self, view: Batch, noisy: Tensor, passed: Passed) -> dict[str, Tensor]:
        """Compute the losses of stylised images."""
        code = at_least_single(passed.image_code.detach())
        draws = self.draw(code)
        return self.compared_hard(self.stylised(code, view, draws)[0], view)

    def draw(self, code: Tensor) -> dict[int, Draws]:
        """Draw the numbers of the layers that change something, by layer."""
        if len(code) == 1:
            return {}
        channels = self.network.image_decoder.channels
        drawn = {
            layer: draw_style(code, channels[layer], self.p, self.beta)
            for layer in self.layers
        }
        return {layer: draws for layer, draws in drawn.items() if draws is not None}

    def stylised(
        self, code: Tensor, view: Batch, draws: Mapping[int, Draws]
    ) -> tuple[Tensor, list[StyleLayer], list[Tensor]]:
        """Look for the styles that hurt, in full precision.

        Parameters
        ----------
        code : Tensor, `(N, c, h, w)`
            Code of the images, without gradient.
        view : Batch
            The images and their targets.
        draws : mapping of int to Draws
            By layer; without any the plain reconstruction is returned.

        Returns
        -------
        images, styles, losses
            Images `(N, 3, H, W)` in the styles that were found, the styles, and the
            objective at each step.
        """
        styles = [StyleLayer(layer, one) for layer, one in draws.items()]
        losses = []
        network, full = self.network, full_precision(code.device)
        with full, frozen_weights(network), frozen_norms(network):
            if styles:
                numbers = [p for style in styles for p in style.parameters()]
                inner = torch.optim.Adam(numbers, lr=self.rate)
                for _ in range(self.steps):
                    image = network.image_decoder(code, styles)
                    logits = network(cropped(image, view.images))
                    losses.append(self.compare(logits, view))
                    inner.zero_grad()
                    (-losses[-1]).backward()
                    inner.step()
            with torch.no_grad():
                image = network.image_decoder(code, styles)
        return cropped(image, view.images), styles, [x.detach() for x in losses]
