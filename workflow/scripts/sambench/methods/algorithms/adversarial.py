"""AdvBias and AdvNoise: images changed against the network (Chen et al., MICCAI 2020).

As MaxStyle's prostate runs have them: advchain at c8802cc, the trainer at 89933fb.
"""

import math
from collections.abc import Callable
from typing import Annotated, Any

import torch
from torch import Tensor
from torch.nn.functional import conv2d, log_softmax

from sambench.compute.constants import send
from sambench.compute.distributed import pooled_mean
from sambench.methods.algorithms.dual_branch import DualBranch, Passed
from sambench.methods.batch import Batch
from sambench.methods.bounds import Count
from sambench.methods.class_objectives import class_logits
from sambench.methods.freezing import evaluating, frozen_weights
from sambench.methods.normalisation import to_unit
from sambench.methods.objectives import at_least_single
from sambench.methods.spline import SplineField
from sambench.methods.views.view import between
from sambench.models.full_precision import full_precision

CONTOUR = 0.5  # weight of the difference of contours beside the divergence


class Adversarial(DualBranch):
    """Ask for the prediction of the standard pass on an image changed against it.

    The arguments are those of `DualBranch`.
    """

    contour = 0.0
    exclusive = False  # whether channels of logits are classes already

    def harder(self, view: Batch, noisy: Tensor, passed: Passed) -> dict[str, Tensor]:
        """Compute the losses of changed images; batch norms learn from the first."""
        reference = passed.logits.detach()
        changed = self.changed(view.images, reference, self.draw(view.images))
        consistency = self.distance(self.network(changed), reference)
        hard = self.compared_hard(changed, view)
        return {"consistency": consistency, **hard}

    def distance(self, logits: Tensor, reference: Tensor) -> Tensor:
        """Compute how far a prediction is from the reference."""
        return prediction_distance(logits, reference, self.contour, self.exclusive)

    def draw(self, images: Tensor) -> Tensor:
        """Draw where the search starts."""
        raise NotImplementedError

    def changed(self, images: Tensor, reference: Tensor, start: Tensor) -> Tensor:
        """Return images changed against the network, `(N, 3, H, W)`."""
        raise NotImplementedError

    def gradient(
        self, change: Callable[[Tensor], Tensor], at: Tensor, reference: Tensor
    ) -> Tensor:
        """Return the gradient of the distance, the network being in evaluation mode.

        In full precision: half would lose numbers as small.
        """
        network, full = self.network, full_precision(at.device)
        with full, torch.enable_grad(), evaluating(network), frozen_weights(network):
            leaf = at.detach().clone().requires_grad_()
            distance = self.distance(network(change(leaf)), reference)
            return torch.autograd.grad(distance, leaf)[0]


class AdvBias(Adversarial):
    """Multiply images by a smooth field, moved one step up the distance.

    Parameters
    ----------
    epsilon : float
        The field stays within 1 -+ epsilon.
    cells : int
        Control points are a cells-th of the side apart.
    downscale : int
        The field is made this many times smaller, then interpolated.
    order : int
        Order of the spline.
    step : float
        Length of the step.
    """

    contour = CONTOUR

    def __init__(
        self,
        *,
        epsilon: float = 0.4,
        cells: Count = 2,
        downscale: Count = 4,
        order: Count = 3,
        step: float = 1.0,
        **options: Annotated[Any, "sambench.methods.algorithms.dual_branch:DualBranch"],
    ):
        super().__init__(**options)
        self.spline = SplineField(cells, downscale, order, align_corners=False)
        self.epsilon, self.step = epsilon, step
        self.limits = math.log(1 - epsilon), math.log(1 + epsilon)

    def draw(self, images: Tensor) -> Tensor:
        """Draw control points, the logarithms of factors, uniformly."""
        shape = len(images), 1, *self.spline.points(images.shape[2:])
        place = {"device": images.device, "dtype": images.dtype}
        return between(self.limits, torch.rand(shape, **place))

    def field(self, control: Tensor, height: int, width: int) -> Tensor:
        """Compute the field `(N, 1, H, W)` of control points."""
        field = self.spline.field(control, (height, width)).exp()
        return field.clamp(1 - self.epsilon, 1 + self.epsilon)

    def moved(self, images: Tensor, reference: Tensor, control: Tensor) -> Tensor:
        """Move control points one step up the distance, within their limits."""
        size = images.shape[2:]
        gradient = self.gradient(
            lambda points: self.field(points, *size) * images, control, reference
        )
        step = self.step * gradient / _length(gradient)
        return (control + step).clamp(*self.limits)

    def changed(self, images: Tensor, reference: Tensor, start: Tensor) -> Tensor:
        """Multiply images by the field that was moved."""
        control = self.moved(images, reference, start)
        return self.field(control, *images.shape[2:]) * images


class AdvNoise(Adversarial):
    """Add noise in the direction to which the prediction is most sensitive.

    The direction has length 1 over a whole image, so that the change is very small.

    Parameters
    ----------
    epsilon : float
        Length of the noise.
    probe : float
        Length at which the sensitivity is measured.
    """

    def __init__(
        self,
        *,
        epsilon: float = 0.1,
        probe: float = 1e-6,
        **options: Annotated[Any, "sambench.methods.algorithms.dual_branch:DualBranch"],
    ):
        super().__init__(**options)
        self.epsilon, self.probe = epsilon, probe

    def draw(self, images: Tensor) -> Tensor:
        """Draw a direction of length 1 for each image."""
        normal = torch.randn_like(images)
        return normal / _length(normal)

    def moved(self, images: Tensor, reference: Tensor, start: Tensor) -> Tensor:
        """Return the direction of the largest change: one power iteration."""
        slope = self.slope(images, reference, start)
        return slope / _length(slope)

    def slope(self, images: Tensor, reference: Tensor, start: Tensor) -> Tensor:
        """Return the gradient of the distance with respect to a small noise."""
        return self.gradient(
            lambda unit: _within(images + self.probe * unit, images), start, reference
        )

    def changed(self, images: Tensor, reference: Tensor, start: Tensor) -> Tensor:
        """Add the noise, then bring each image back to its range."""
        unit = self.moved(images, reference, start)
        return _within(images + self.epsilon * unit, images)


def prediction_distance(
    logits: Tensor, reference: Tensor, contour: float = 0.0, exclusive: bool = False
) -> Tensor:
    """Compute KL(reference || prediction) over pixels, plus the difference of contours.

    Parameters
    ----------
    logits, reference : Tensor, `(N, C, H, W)`
        No gradient runs through the reference.
    contour : float
        Weight of the contours' term.
    exclusive : bool
        Channels are classes already.
    """
    scores, truth = (
        class_logits(at_least_single(x), exclusive)
        for x in (logits, reference.detach())
    )
    p, q = scores.softmax(1), truth.softmax(1)
    log_p, log_q = log_softmax(scores, 1), log_softmax(truth, 1)
    divergence = pooled_mean((q * log_q).sum(1) - (q * log_p).sum(1))
    if not contour:
        return divergence
    return divergence + contour * contour_distance(p, q)


def contour_distance(p: Tensor, q: Tensor) -> Tensor:
    """Compare the slopes of probabilities by Sobel filters, background left out."""
    across = send([[1, 0, -1], [2, 0, -2], [1, 0, -1]], p.device, p.dtype)
    kernels = torch.stack([across, across.T])[:, None]
    structures = (p - q)[:, 1:].flatten(0, 1)[:, None]
    with full_precision(p.device):
        return pooled_mean(conv2d(structures, kernels, padding=1).square())


def _length(x: Tensor) -> Tensor:
    norm = x.flatten(1).norm(dim=1).view(-1, *[1] * (x.dim() - 1))
    return norm.where(norm > 0, 1)


def _within(changed: Tensor, images: Tensor) -> Tensor:
    """Scale each changed image to the least and largest value of the image."""
    low, high = (f((1, 2, 3), keepdim=True) for f in (images.amin, images.amax))
    return to_unit(changed) * (high - low) + low
