"""What the methods on MaxStyle's network share: a standard pass and harder ones."""

from typing import Annotated, Any, NamedTuple

import torch
from torch import Tensor

from sambench.compute.distributed import pooled_mean
from sambench.methods.batch import Batch
from sambench.methods.freezing import frozen_norms
from sambench.methods.method import Method
from sambench.methods.normalisation import to_unit
from sambench.methods.optimise import Optimise
from sambench.models.cnn.padding import cropped, padded


class Passed(NamedTuple):
    """What the network made of images.

    Attributes
    ----------
    image_code, code : Tensor, `(N, c, h, w)`
        Codes of the image and of its segmentation.
    logits : Tensor, `(N, C, H, W)`
    image : Tensor, `(N, 3, H, W)`
        As it is reconstructed, 0 to 1.
    """

    image_code: Tensor
    code: Tensor
    logits: Tensor
    image: Tensor


class DualBranch(Method):
    """Learn from noisy images, and reconstruct the clean ones beside.

    The trainer of MaxStyle (code at 89933fb) without its perturbation: cross-entropy of
    the segmentation and half the squared error of the reconstruction. Subclasses add
    the losses of harder images. Images are 0 to 1.

    Parameters
    ----------
    noise : float
        Deviation of the noise on images of the standard pass; the result stays within
        the range of the batch.
    reconstruction : float
        Weight of the squared error.
    **parts
        Arguments of `Method`; the network has both decoders.
    """

    n_views = 1

    needs_decoder = True

    def __init__(
        self,
        *,
        noise: float = 0.05,
        reconstruction: float = 0.5,
        **parts: Annotated[Any, "sambench.methods.method:Method"],
    ):
        super().__init__(**parts)
        self.noise, self.reconstruction = noise, reconstruction
        if self.needs_decoder:
            self.needs("image_decoder", "Choose fcn16")

    def update(self, batch: Batch, optimise: Optimise) -> dict[str, Tensor]:
        """Learn from one packed batch: one step on the sum of all losses."""
        view = self.see(batch)[0]
        noisy = self.with_noise(view.images)
        passed = self.pass_through(noisy)
        losses = self.compared(passed, view)
        harder = self.harder(view, noisy, passed)
        optimise(sum(losses.values()) + sum(harder.values()))
        return losses | harder

    def harder(self, view: Batch, noisy: Tensor, passed: Passed) -> dict[str, Tensor]:
        """Compute further losses.

        Parameters
        ----------
        view : Batch
            Clean images.
        noisy : Tensor, `(N, 3, H, W)`
            Input of the standard pass.
        passed : Passed
            What the network made of it.
        """
        return {}

    def with_noise(self, images: Tensor) -> Tensor:
        """Add noise within the range of the batch."""
        noisy = images + self.noise * torch.randn_like(images)
        return noisy.clamp(images.min(), images.max())

    def pass_through(self, images: Tensor) -> Passed:
        """Encode, segment and reconstruct."""
        network = self.network
        image_code, code = network.image_encoder(padded(images, network.multiple))
        logits = network.segmentation_decoder(code)
        image = network.image_decoder(image_code)
        both = (cropped(part, images) for part in (logits, image))
        return Passed(image_code, code, *both)

    def compared(
        self, passed: Passed, view: Batch, name: str = ""
    ) -> dict[str, Tensor]:
        """Compute the losses of segmentation and reconstruction."""
        loss = self.compare(passed.logits, view)
        error = self.reconstruction * pooled_mean((passed.image - view.images).square())
        return {f"{name}loss": loss, f"{name}reconstruction": error}

    def compared_hard(self, images: Tensor, view: Batch) -> dict[str, Tensor]:
        """Compute the losses of a hard image, from which batch norms learn nothing."""
        with frozen_norms(self.network):
            passed = self.pass_through(to_unit(images, (2, 3)))
        return self.compared(passed, view, "hard_")
