"""DB-SAM behind the same door as a SAM that answers a prompt per structure."""

from torch import Tensor

from sambench.models.promptable.network import PromptableSam
from sambench.models.promptable.prompts import PromptTensors


class PromptableDualBranch(PromptableSam):
    """Encode a slice once with both branches, decode each structure's prompt.

    What may be computed before is not the embedding, which changes in training, but
    what the frozen first stage makes of a slice.
    """

    def forward(
        self, images: Tensor, prompts: PromptTensors, embeddings: Tensor | None = None
    ) -> Tensor:
        """Segment what the prompts mark.

        Parameters
        ----------
        images, prompts
            As for `PromptableSam`; the convolution branch reads the images in any case.
        embeddings : Tensor, `(B, g, g, c)`, optional
            What `prefix` gave for these images.

        Returns
        -------
        Tensor, `(B, C, H, W)`
            Logits, a channel per structure of the prompts.
        """
        prefix = embeddings
        if prefix is not None:
            prefix = prefix.to(images.device, self._dtype())
        encoded = self.sam.image_encoder(self.frame.enter(images), prefix)
        return super().forward(images, prompts, encoded)

    def prefix(self, images: Tensor) -> Tensor:
        """Give what the frozen first stage makes of slices `(B, 3, H, W)`, 0 to 255.

        Returns
        -------
        Tensor, `(B, g, g, c)`
        """
        return self.sam.image_encoder.prefix(self.frame.enter(images))
