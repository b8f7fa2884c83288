"""GLA and LLA: random curves, scales and shifts of intensities (SLAug).

Su et al., AAAI 2023, code at 03ffa00; CCSDG (code at a4fde09) uses GLA with one curve
for the whole batch.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from sambench.errors import InputError
from sambench.methods.batch import Batch
from sambench.methods.bounds import Chance, Count, Limits
from sambench.methods.normalisation import is_grey
from sambench.methods.regions import region_map
from sambench.methods.views.bezier import SAMPLES, intensity_map, look_up
from sambench.methods.views.view import View

BACKGROUND = 0.01


class Draws(NamedTuple):
    """Random numbers: a curve, a scale and a shift for each region of each group.

    Attributes
    ----------
    points : Tensor, `(G, R, 4, 2)`
        Control points in order: least, second inner, first inner, largest.
    inverted : Tensor of bool, `(G, R)`
        Whether the curve falls.
    scale : Tensor, `(G, R)`
        N(1, 0.1), before it is clipped.
    location : Tensor, `(G, R)`
        N(0, 0.5), before it is clipped.
    """

    points: Tensor
    inverted: Tensor
    scale: Tensor
    location: Tensor


class GlobalLocationScale(View):
    """Map intensities by a random increasing curve, then scale and shift them (GLA).

    Parameters
    ----------
    range : two floats, optional
        What is 0 and 1 of a unit range; by default least and largest of each image over
        all of its channels. MR intensities mean nothing beyond their case, bytes do.
    unit : bool
        Work in 0..1 and come back; or in the range itself, as CCSDG does in 0..255.
    per : str
        What shares a curve: `image`, `channel` or `batch`.
    inverse : float
        Probability of a falling curve for a structure; that of the background falls
        always. Of `LocalLocationScale` only.
    samples : int
        Points of a curve.
    space : "packed" or "normalised"
        Before normalisation, which may undo scales and shifts, or after it.

    Raises
    ------
    InputError
        If `unit` is off and the range is that of the image.
    """

    regions = False

    def __init__(
        self,
        range: Limits | None = None,
        unit: bool = True,
        per: Literal["image", "channel", "batch"] = "image",
        inverse: Chance = 0.5,
        samples: Count = SAMPLES,
        space: Literal["packed", "normalised"] = "packed",
    ):
        super().__init__()
        self.ends = None if range is None else tuple(map(float, range))
        if not unit and self.ends is None:
            raise InputError(
                where="the recipe's view, key 'unit'",
                found="false, in the range of each image",
                expected="two numbers in the key 'range'",
                remedy="Give them, or leave the key out",
            )
        self.limits = (0.0, 1.0) if unit else self.ends
        self.unit, self.per, self.space = unit, per, space
        self.inverse, self.samples = inverse, samples

    def draw(self, batch: Batch) -> Draws:
        """Draw curves between the least and largest intensity of each region."""
        if is_grey(batch.images):
            batch = batch._replace(images=batch.images[:, :1])
        values, masks = self._groups(batch)
        low, high = (end[..., None] for end in _extremes(values, masks))
        shape, place = masks.shape[:2], {"device": values.device, "dtype": values.dtype}
        first, second = torch.rand(2, *shape, 2, **place)
        inner = (low + share * (high - low) for share in (second, first))
        ends = low.expand_as(first), high.expand_as(first)
        points = torch.stack([ends[0], *inner, ends[1]], dim=2)
        inverted = torch.zeros(shape, dtype=torch.bool, device=values.device)
        if self.regions:
            inverted = torch.rand(shape, device=values.device) < self.inverse
            inverted[:, 0] = True
        scale = 1 + 0.1 * torch.randn(shape, **place)
        return Draws(points, inverted, scale, 0.5 * torch.randn(shape, **place))

    @torch.no_grad()
    def apply(self, batch: Batch, draws: Draws) -> list[Batch]:
        """Map the intensities."""
        if is_grey(batch.images):
            (one,) = self.apply(batch._replace(images=batch.images[:, :1]), draws)
            return [one._replace(images=one.images.expand_as(batch.images))]
        values, masks = self._groups(batch)
        result = values
        for region, mask in enumerate(masks.unbind(1)):
            mapped = self._mapped(values, mask, Draws(*(d[:, region] for d in draws)))
            result = torch.where(mask, mapped, result)
        if self.regions:
            result = torch.where(values <= BACKGROUND, values, result)
        images = result.view_as(batch.images)
        if self.unit:
            low, span = self._scale(batch.images)
            images = images * span + low
        return [batch._replace(images=images)]

    def _mapped(self, values: Tensor, mask: Tensor, draws: Draws) -> Tensor:
        x, y = intensity_map(draws.points, draws.inverted, self.samples)
        curve = look_up(values, x, y)
        least, largest = self.limits
        low, high = masked_percentiles(curve, mask, (0.2, 0.8))
        location = torch.maximum(
            torch.minimum(draws.location, largest - high), least - low
        )
        scale = draws.scale.clamp(0.9, 1.1)
        return (scale[:, None] * curve + location[:, None]).clamp(least, largest)

    def _scale(self, images: Tensor) -> tuple[Tensor | float, Tensor | float]:
        """Return what becomes 0, and how far what becomes 1 is from it."""
        if self.ends is not None:
            return self.ends[0], self.ends[1] - self.ends[0]
        low = images.amin((1, 2, 3), keepdim=True)
        return low, images.amax((1, 2, 3), keepdim=True) - low + 1e-8

    def _groups(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return values `(G, P)` and masks of regions `(G, R, P)`."""
        values = batch.images
        if self.unit:
            low, span = self._scale(values)
            values = (values - low) / span
        n, channels = values.shape[:2]
        groups = {"batch": 1, "image": n, "channel": n * channels}[self.per]
        flat = values.reshape(groups, -1)
        if not self.regions:
            return flat, torch.ones_like(flat, dtype=torch.bool)[:, None]
        labels = region_map(batch.targets)[:, None].expand_as(values)
        every = torch.arange(batch.targets.shape[1] + 1, device=labels.device)
        return flat, labels.reshape(groups, 1, -1) == every[:, None]


class LocalLocationScale(GlobalLocationScale):
    """LLA: a curve for each structure and the background; the same arguments."""

    regions = True


def masked_percentiles(
    values: Tensor, mask: Tensor, shares: Sequence[float]
) -> list[Tensor]:
    """Compute percentiles of the chosen values of each row, interpolated linearly.

    Parameters
    ----------
    values : Tensor, `(G, P)`
        Any values.
    mask : Tensor of bool, `(G, P)`
        What is chosen; a row without any gives 0.
    shares : sequence of float
        From 0 to 1.

    Returns
    -------
    list of Tensor, `(G,)`
        One for each share.
    """
    ordered = values.masked_fill(~mask, torch.inf).sort(1).values
    count = mask.sum(1)
    found = []
    for share in shares:
        position = share * (count - 1).clamp_min(0).to(torch.float64)
        below = position.floor().long()
        above = torch.minimum(below + 1, (count - 1).clamp_min(0))
        low, high = (ordered.gather(1, i[:, None])[:, 0] for i in (below, above))
        value = low + (high - low) * (position - below).to(values.dtype)
        found.append(torch.where(count > 0, value, 0))
    return found


def _extremes(values: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """Find least and largest of each region, `(G, R)`; 0 and 0 for an absent one."""
    low = values[:, None].masked_fill(~masks, torch.inf).amin(2)
    high = values[:, None].masked_fill(~masks, -torch.inf).amax(2)
    present = masks.any(2)
    return torch.where(present, low, 0), torch.where(present, high, 0)
