"""CCSDG: content and style channels told apart by a prompt (Hu et al., MICCAI 2023)."""

from collections.abc import Sequence
from itertools import permutations
from typing import Annotated, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, max_pool2d, normalize, relu

from sambench.compute.distributed import pooled_mean
from sambench.methods.batch import Batch
from sambench.methods.method import Method
from sambench.methods.optimise import Optimise


class Projector(nn.Module):
    """Project first feature maps to a unit vector.

    Parameters
    ----------
    channels : int
        Number of channels of the feature maps.
    side : int
        Pixels to which pooled maps are averaged; the authors' network fits images of
        512 pixels alone, of which it is the 128 that pooling leaves.
    length : int
        Length of the vector.
    """

    def __init__(self, channels: int, side: int, length: int = 1024):
        super().__init__()
        self.side = side
        self.conv = nn.Conv2d(channels, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8 * side**2, length)

    def forward(self, features: Tensor) -> Tensor:
        """Map `(N, C, H, W)` to `(N, length)`."""
        x = max_pool2d(relu(self.bn(self.conv(features))), 2)
        return normalize(self.fc(adaptive_avg_pool2d(x, self.side).flatten(1)), dim=1)


class CCSDG(Method):
    """Four updates a batch: the prompt, then the network on each of three views.

    The prompt is trained to bring contents of the views together and their styles
    apart. It belongs to the network too, so that it moves four times (code at a4fde09).
    The recipe's views are, in order: Fourier, GLA, the original.

    Parameters
    ----------
    side : int
        See `Projector`.
    length : int
        Length of projections.
    **parts
        Arguments of `Method`; the network has a channel prompt.
    """

    n_views = 3

    def __init__(
        self,
        *,
        side: int = 128,
        length: int = 1024,
        **parts: Annotated[Any, "sambench.methods.method:Method"],
    ):
        super().__init__(**parts)
        remedy = "Choose resnet_unet with `channel_prompt: true`"
        prompt = self.needs("channel_prompt", remedy)
        self.projector = Projector(prompt.shape[1], side, length)

    def groups(self) -> dict[str, list[nn.Parameter]]:
        """Return the network, and the projector with the prompt."""
        prompt = [*self.projector.parameters(), self.network.channel_prompt]
        return {**super().groups(), "prompt": prompt}

    def update(self, batch: Batch, optimise: Optimise) -> dict[str, Tensor]:
        """Learn from one packed batch."""
        fourier, gla, original = self.see(batch)
        content, style = zip(
            *(self._projections(v.images) for v in (original, fourier, gla)),
            strict=True,
        )
        separation = apart(content) - apart(style)
        optimise(separation, "prompt")
        losses = []
        for view in (fourier, gla, original):
            losses.append(self.compare(self.network(view.images), view))
            optimise(losses[-1], "main")
        return {"loss": torch.stack(losses).detach().mean(), "separation": separation}

    def _projections(self, images: Tensor) -> list[Tensor]:
        return [self.projector(part) for part in self.network.split(images)]


def apart(vectors: Sequence[Tensor]) -> Tensor:
    """Sum the mean absolute differences of ordered pairs, each pair twice."""
    return sum(pooled_mean((a - b).abs()) for a, b in permutations(vectors, 2))
