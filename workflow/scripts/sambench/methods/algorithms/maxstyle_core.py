"""MaxStyle as the audit has it: in the encoder, one signed step, no decoder."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from sambench.methods.batch import Batch
from sambench.methods.features.feature import attach
from sambench.methods.features.mixstyle import style_of
from sambench.methods.method import Method
from sambench.methods.optimise import Optimise
from sambench.models.full_precision import full_precision

EPS = 1e-6


class Style(nn.Module):
    """Change the style statistics of a stage's output, while it has numbers.

    Parameters
    ----------
    noise : float
        Deviation of the noise on the statistics.

    Attributes
    ----------
    numbers : list of Tensor, optional
        Share, noise of deviations and noise of means; None if nothing is changed.
    drawing : bool
        Draw new numbers at the next pass.
    """

    def __init__(self, noise: float):
        super().__init__()
        self.noise = noise
        self.partner: Tensor | None = None
        self.numbers: list[Tensor] | None = None
        self.drawing = False

    def forward(self, x: Tensor) -> Tensor:
        """Change `(N, C, H, W)`; a batch of one stays as it is."""
        if len(x) == 1 or not (self.drawing or self.numbers):
            return x
        dtype, x = x.dtype, x.float()
        if self.drawing:
            self._draw(x)
        share, sd_noise, mean_noise = self.numbers
        mean, sd = style_of(x, EPS)
        new_mean, new_sd = (
            share * own + (1 - share) * own[self.partner] + noise * (spread + EPS)
            for own, noise, spread in (
                (mean, mean_noise, mean.std(0, keepdim=True)),
                (sd, sd_noise, sd.std(0, keepdim=True)),
            )
        )
        return ((x - mean) / sd * new_sd + new_mean).to(dtype)

    def _draw(self, x: Tensor) -> None:
        n, channels = x.shape[:2]
        place = {"device": x.device, "dtype": x.dtype}
        self.partner = torch.randperm(n, device=x.device)
        share = torch.rand(n, 1, 1, 1, **place)
        noise = [self.noise * torch.randn(n, channels, 1, 1, **place) for _ in range(2)]
        self.numbers = [number.requires_grad_() for number in (share, *noise)]
        self.drawing = False


class MaxStyleCore(Method):
    """Learn from features whose style was moved one step up the loss.

    No gate: every step. The first pass gives the gradient of the style's numbers, the
    second one, with the numbers moved, trains the network. Both move the running
    statistics of batch norms. It is not the method of the MaxStyle paper, which has an
    image decoder, five steps and a clean pass: see `maxstyle`.

    Parameters
    ----------
    stages : sequence of str
        Whose outputs are changed.
    step : float
        Length of the step along the sign of the gradient.
    noise : float
        Deviation of the noise on the statistics.

    Raises
    ------
    InputError
        If the network has no such stage.
    """

    n_views = 1

    def __init__(
        self,
        *,
        stages: Sequence[str] = ("1", "2"),
        step: float = 0.1,
        noise: float = 0.5,
        **parts: Annotated[Any, "sambench.methods.method:Method"],
    ):
        super().__init__(**parts)
        self.step = step
        build = partial(Style, noise)
        self.styles = attach(self.network, build, stages, "algorithm.stages")

    def update(self, batch: Batch, optimise: Optimise) -> dict[str, Tensor]:
        """Learn from one packed batch."""
        view = self.see(batch)[0]
        styles = self.styles.values()
        for style in styles:
            style.drawing = True
        with full_precision(view.images.device):  # half would lose small gradients
            first = self.compare(self.network(view.images), view)
        active = [style for style in styles if style.numbers is not None]
        if active:
            numbers = [number for style in active for number in style.numbers]
            slopes = iter(torch.autograd.grad(first, numbers))
            for style in active:
                style.numbers = [
                    (number + self.step * next(slopes).sign()).detach()
                    for number in style.numbers
                ]
        loss = self.compare(self.network(view.images), view)
        optimise(loss)
        for style in styles:
            style.numbers, style.drawing = None, False
        return {"loss": loss, "before": first}
