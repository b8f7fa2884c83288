"""DB-SAM behind the same door as a SAM that answers a prompt per structure."""

from typing import Any

from torch import Tensor

from sambench.models.sam.network import PromptableSam


class PromptableDualBranch(PromptableSam):
    """Encode a slice once with both branches, decode each structure's prompt.

    What may be computed before is not the embedding, which changes in training, but
    what the frozen first stage makes of a slice.
    """

    def forward(
        self, images: Tensor, prompts: Any = None, cached: Tensor | None = None
    ) -> Tensor:
        """Segment what the prompts mark.

        Parameters
        ----------
        images, prompts
            As for `PromptableSam`; the convolution branch reads the images in any case.
        cached : Tensor, `(B, g, g, c)`, optional
            What `encode` gave for these images.

        Returns
        -------
        Tensor, `(B, C, H, W)`
            Logits, a channel per structure of the prompts.
        """
        prefix = None if cached is None else self.cast(cached)
        embeddings = self.sam.image_encoder(self.frame.enter(images), prefix)
        return self.answer(embeddings, prompts, images.shape[-2:])

    def encode(self, images: Tensor) -> Tensor:
        """Compute what the frozen first stage makes of slices `(B, 3, H, W)`.

        Returns
        -------
        Tensor, `(B, g, g, c)`
        """
        return self.sam.image_encoder.prefix(self.frame.enter(images))
