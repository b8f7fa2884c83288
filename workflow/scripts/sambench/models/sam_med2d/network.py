"""SAM-Med2D: the best of three masks for each prompt."""

from typing import Any

import torch
from torch import Tensor

from sambench.models.sam.decoding import decode_tokens, encode_prompts
from sambench.models.sam.network import PromptableSam


class SamMed2d(PromptableSam):
    """A SAM that answers each prompt by that of masks 1 to 3 it thinks best of."""

    def decode(
        self, embeddings: Tensor, frozen_prompts: bool = False, **prompt: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Decode one prompt per embedding; see `decode_prompts`.

        Parameters
        ----------
        embeddings : Tensor, `(N, c, g, g)`
        frozen_prompts : bool
            Without gradients of the prompt encoder, as where answers are corrected.
        **prompt : Tensor
            `boxes`, `points` with `labels`, `masks`.
        """
        with torch.set_grad_enabled(torch.is_grad_enabled() and not frozen_prompts):
            encoded = encode_prompts(self.sam.prompt_encoder, **prompt)
        return decode_tokens(self.sam.mask_decoder, embeddings, *encoded)

    def _marked(
        self, prompts: Any, where: tuple[Tensor, Tensor], shape: tuple[int, int]
    ) -> dict[str, Tensor]:
        """Gather prompts as its code has them.

        Boxes end one pixel beyond the last (utils.py); an earlier answer is given back
        as probabilities (train.py), where SAM takes logits.
        """
        marked = super()._marked(prompts, where, shape)
        if "boxes" in marked:
            boxes = marked["boxes"]
            marked["boxes"] = boxes + boxes.new_tensor([0, 0, 1, 1])
        if "masks" in marked:
            marked["masks"] = marked["masks"].sigmoid()
        return marked

    def choose(self, masks: Tensor, quality: Tensor) -> tuple[Tensor, Tensor]:
        """Choose a mask per prompt, `(K, 1, s, s)`, and its quality `(K, 1)`."""
        best = 1 + quality[:, 1:].argmax(1)
        rows = best.new_tensor(range(len(best)))
        return masks[rows, best][:, None], quality[rows, best][:, None]
