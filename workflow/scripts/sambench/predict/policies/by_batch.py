"""Ask about a few slices at a time, each for itself."""

import torch
from torch import Tensor

from sambench.methods.batch import Prompts
from sambench.methods.method import Method


class ByBatch:
    """The default policy.

    Parameters
    ----------
    batch_size : int
        Slices at a time; no influence on results.
    """

    def __init__(self, batch_size: int):
        self.batch_size = batch_size

    def __call__(
        self,
        method: Method,
        images: Tensor,
        prompts: Prompts | None = None,
        cached: Tensor | None = None,
    ) -> Tensor:
        """Segment the slices of one case.

        Parameters
        ----------
        method : Method
            Asked for the structures of the target, see `Method.ask_for`.
        images : Tensor, `(Z, K, H, W)`
            Packed intensities of all slices that are asked about, in order.
        prompts : Prompts, optional
            Prompts of the slices.
        cached : Tensor, `(Z, ...)`, optional
            What the frozen part of the network computed for the slices.

        Returns
        -------
        Tensor, `(Z, C, H, W)`
            Logits in float32.
        """
        found = []
        for start in range(0, len(images), self.batch_size):
            part = slice(start, start + self.batch_size)
            logits = method.predict(
                images[part],
                None if prompts is None else prompts.rows(part),
                None if cached is None else cached[part],
            )
            found.append(logits.float())
        return torch.cat(found)
