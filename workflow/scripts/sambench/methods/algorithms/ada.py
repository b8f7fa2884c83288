"""ADA: an input adapter and weakened features (Huang et al., MICCAI 2025).

Built from the paper's equations by the audit, whose form this is; the authors
had no code.
"""

from typing import Annotated, Any

import torch
from torch import Tensor, nn

from sambench.methods.batch import Batch, Prompts
from sambench.methods.method import Method
from sambench.methods.objectives import at_least_single
from sambench.methods.optimise import Optimise
from sambench.methods.views.bezier import bezier_curve
from sambench.models.cnn.padding import cropped
from sambench.models.full_precision import full_precision

TABLE = 256  # points of a curve


class Adapter(nn.Module):
    """Map intensities by a learned curve, then scale and shift channels.

    It starts as the identity, up to the steps of the table. The x values of its inner
    control points receive no gradient, as in the re-run.
    """

    def __init__(self, channels: int = 3):
        super().__init__()
        self.curve = nn.Linear(channels, 4)
        self.affine = nn.Linear(channels, 2 * channels)
        for layer in (self.curve, self.affine):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, images: Tensor) -> Tensor:
        """Map `(N, C, H, W)` to the same shape, never in half precision."""
        with full_precision(images.device):
            mapped = self._mapped(images, self.curve(images.mean((2, 3))).tanh())
            numbers = self.affine(mapped.mean((2, 3))).tanh()
        scale, shift = numbers[..., None, None].chunk(2, dim=1)
        return mapped * (1 + scale) + shift

    def _mapped(self, images: Tensor, inner: Tensor) -> Tensor:
        low = images.amin((1, 2, 3), keepdim=True)
        span = images.amax((1, 2, 3), keepdim=True) - low + 1e-8
        start, end = torch.zeros_like(inner[:, :2]), torch.ones_like(inner[:, :2])
        points = torch.stack([start, inner[:, :2], inner[:, 2:], end], dim=1)
        x, y = bezier_curve(points, TABLE)
        x, order = x.sort(1)
        y = y.gather(1, order)
        values = ((images - low) / span).flatten(1)
        place = torch.searchsorted(x.detach(), values.detach()).clamp_max(TABLE - 1)
        return y.gather(1, place).view_as(images) * span + low


class ADA(Method):
    """Learn through an adapter, with the most sensitive features halved.

    Parameters
    ----------
    percentile : float
        Percentile of the gradient's size, above which features are weakened.
    factor : float
        By which they are multiplied.
    **parts
        Arguments of `Method`; the network has `features` and `head`.
    """

    n_views = 1

    def __init__(
        self,
        *,
        percentile: float = 90,
        factor: float = 0.5,
        **parts: Annotated[Any, "sambench.methods.method:Method"],
    ):
        super().__init__(**parts)
        self.percentile, self.factor = percentile, factor
        self.adapter = Adapter()
        self.needs("features", "Choose plain_unet")

    def groups(self) -> dict[str, list[nn.Parameter]]:
        """Return network and adapter, which one optimiser moves."""
        groups = super().groups()
        return {"main": [*groups["main"], *self.adapter.parameters()]}

    def update(self, batch: Batch, optimise: Optimise) -> dict[str, Tensor]:
        """Learn from one packed batch: the loss of the weakened features alone."""
        view = self.see(batch)[0]
        features = self.network.features(self.adapter(view.images))
        features = at_least_single(features)
        with full_precision(features.device):  # half would lose small gradients
            first = self.compare(self._logits_of(features, view.images), view)
        (slope,) = torch.autograd.grad(first, features, retain_graph=True)
        weak = features * self.weakening(slope)
        loss = self.compare(self._logits_of(weak, view.images), view)
        optimise(loss)
        return {"loss": loss, "before": first}

    def weakening(self, slope: Tensor) -> Tensor:
        """Return the factor of each feature, of the gradient's shape."""
        size = slope.abs().flatten(1)
        place = round(self.percentile / 100 * (size.shape[1] - 1)) + 1
        threshold = size.kthvalue(place, dim=1, keepdim=True).values
        factors = torch.where(size >= threshold, self.factor, 1.0)
        return factors.view_as(slope).to(slope.dtype)

    def predict(
        self,
        images: Tensor,
        prompts: Prompts | None = None,
        cached: Tensor | None = None,
    ) -> Tensor:
        """Segment slices through the adapter; see `Method.predict`."""
        adapted = self.adapter(self.normalised(images))
        return self.chosen(self.network(adapted))

    def _logits_of(self, features: Tensor, images: Tensor) -> Tensor:
        return cropped(self.network.head(features), images)
