"""RSC (ECCV 2020): take away the features on which a decision rests most.

On codes it is the port behind the prostate numbers of MaxStyle (code at 89933fb).
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from sambench.compute.distributed import pooled_mean
from sambench.methods.algorithms.dual_branch import DualBranch, Passed
from sambench.methods.batch import Batch
from sambench.methods.class_objectives import class_logits, class_targets
from sambench.methods.freezing import frozen_norms
from sambench.methods.objectives import at_least_single
from sambench.models.cnn.padding import cropped, padded
from sambench.models.full_precision import full_precision


class RSC(DualBranch):
    """Segment and reconstruct from codes without what they rest on most.

    All samples are masked, without a check of confidence. Three losses are added to the
    standard pass: the segmentation from its masked code, the reconstruction from its
    masked code, and the segmentation from the masked code of the image.
    """

    def harder(self, view: Batch, noisy: Tensor, passed: Passed) -> dict[str, Tensor]:
        """Compute the losses of masked codes."""
        network = self.network
        with frozen_norms(network):
            image, segmentation, filtered = self.masked(passed, view, draw_kinds(2))
            logits = [
                cropped(network.segmentation_decoder(code), view.images)
                for code in (segmentation, filtered)
            ]
            made = cropped(network.image_decoder(image), view.images)
        error = self.reconstruction * pooled_mean((made - view.images).square())
        return {
            "masked_loss": self.compare(logits[0], view),
            "masked_reconstruction": error,
            "masked_filtered_loss": self.compare(logits[1], view),
        }

    def masked(
        self, passed: Passed, view: Batch, kinds: Sequence[str]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the masked codes: of image, of segmentation, and of the image's."""
        network = self.network
        clean = padded(view.images, network.multiple)
        labels = padded(view.targets.to(clean), network.multiple)
        image = passed.image_code * code_mask(
            passed.image_code, network.image_decoder, clean, kinds[0]
        )
        segmentation = passed.code * code_mask(
            passed.code,
            lambda code: class_logits(network.segmentation_decoder(code)),
            class_targets(labels),
            kinds[1],
        )
        return image, segmentation, network.image_encoder.code_decoupler(image)


def code_mask(code: Tensor, decode: nn.Module, target: Tensor, kind: str) -> Tensor:
    """Compute the mask of a code by how its decoding correlates with a target.

    The code is `(N, C, h, w)`, the target an image or one-hot label; see `port_mask`.
    No gradient runs through the mask. It is found in full precision: half would lose
    gradients as small.
    """
    with full_precision(code.device), torch.enable_grad():
        leaf = at_least_single(code.detach()).clone().requires_grad_()
        (gradient,) = torch.autograd.grad((decode(leaf) * target).mean(), leaf)
    return port_mask(gradient, kind)


def mask_largest(scores: Tensor, place_of: Callable[[int], int]) -> Tensor:
    """Return 0 for what is larger than the value at a place of the descending order.

    Signed scores of channels `(N, C)` give a mask `(N, C, 1, 1)`, those of pixels
    `(N, H, W)` one of `(N, 1, H, W)`. The place, counted from 0, depends on how many
    there are; all stay if there are fewer.
    """
    flat = scores.flatten(1)
    count = flat.shape[1]
    ordered = flat.sort(1, descending=True).values
    threshold = ordered[:, min(place_of(count), count - 1)]
    mask = (flat <= threshold[:, None]).to(scores.dtype).view_as(scores)
    return mask[..., None, None] if mask.dim() == 2 else mask[:, None]


def port_mask(gradient: Tensor, kind: str) -> Tensor:
    """Compute the mask of MaxStyle's port of RSC (code at 89933fb).

    Signed gradients `(N, C, H, W)` alone decide, the features do not. Of the kind
    "channel" it is `(N, C, 1, 1)`, else, "spatial", `(N, 1, H, W)`.
    """
    scores = gradient.mean((2, 3) if kind == "channel" else 1)
    return mask_largest(scores, lambda count: int(count / 3))


def official_mask(features: Tensor, gradient: Tensor, kind: str) -> Tensor:
    """Compute the mask of the authors' code for classification (code at bf6d280).

    Parameters
    ----------
    features, gradient : Tensor, `(N, C, H, W)`
        Last feature maps, and gradient of the true class's score.
    kind : "channel" or "spatial"
        What is masked.

    Returns
    -------
    Tensor, `(N, C, 1, 1)` or `(N, 1, H, W)`
    """
    weights = gradient.mean((2, 3))
    if kind == "channel":
        return mask_largest(weights, lambda count: math.ceil(count / 3.2))
    scores = (features * weights[..., None, None]).sum(1)
    return mask_largest(scores, lambda count: math.ceil(count / 3))


def challenged(before: Tensor, after: Tensor, share: float) -> Tensor:
    """Choose the share of samples, `(N,)`, whose confidence in the truth falls most."""
    drop = (before - after - 1e-4).clamp_min(0)
    place = min(round(len(drop) * share), len(drop) - 1)
    return drop > drop.sort(descending=True).values[place]


def share_challenged(epoch: int) -> float:
    """Return the share of the batch that the authors mask: .3, .5 from epoch 10, ..."""
    return 3 / 10 + (epoch // 10 * 10 / 10) * 2 / 10


def draw_kinds(count: int) -> list[str]:
    """Draw what is masked, both kinds as often."""
    return ["spatial" if u < 0.5 else "channel" for u in torch.rand(count).tolist()]
