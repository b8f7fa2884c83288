"""RSC on codes: the port behind the prostate numbers of MaxStyle (code at 89933fb)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sambench.compute.distributed import pooled_mean
from sambench.methods.algorithms.dual_branch import DualBranch, Passed
from sambench.methods.algorithms.feature_masks import draw_kinds, port_mask
from sambench.methods.batch import Batch
from sambench.methods.class_objectives import class_logits, class_targets
from sambench.methods.freezing import frozen_norms
from sambench.models.cnn.padding import cropped, padded


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

    Parameters
    ----------
    code : Tensor, `(N, C, h, w)`
        Not changed; no gradient runs through the mask.
    decode : callable
        From the code to something of the target's shape.
    target : Tensor
        Image, or one-hot label.
    kind : "channel" or "spatial"
        What is masked.
    """
    with torch.enable_grad():
        leaf = code.detach().clone().requires_grad_()
        (gradient,) = torch.autograd.grad((decode(leaf) * target).mean(), leaf)
    return port_mask(gradient, kind)
