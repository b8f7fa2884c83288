"""Averages over the windows of neighbouring slices that see a slice, as MA-SAM does."""

import torch
from torch import Tensor

from sambench.methods.batch import Prompts
from sambench.methods.method import Method
from sambench.predict.policies.argmax import margins, with_background


class Windows:
    """Average the probabilities of overlapping windows and take the most likely class.

    There is a window around each slice; at the ends of a case the last slice stands for
    those beyond it, which is not counted again (test.py:28-66, MA-SAM's code at
    0c3cd90).

    Parameters
    ----------
    batch_size : int
        Slices at a time, rounded up to a window; no influence on results.
    size : int
        Slices of a window, an odd number; the recipe's `input.context`.
    nested : bool
        See `Argmax`.
    """

    def __init__(self, batch_size: int, size: int = 5, nested: bool = False):
        self.at_a_time = max(1, batch_size // size)
        self.size, self.nested = size, nested

    def __call__(
        self,
        method: Method,
        images: Tensor,
        prompts: Prompts | None = None,
        cached: Tensor | None = None,
    ) -> Tensor:
        """Segment the slices of one case; see `Argmax`.

        Parameters
        ----------
        images : Tensor, `(Z, K, H, W)`
            All slices of the case, in order.
        """
        count, half = len(images), self.size // 2
        offsets = torch.arange(-half, half + 1)
        total, seen = None, torch.zeros(count)
        for start in range(0, count, self.at_a_time):
            middles = torch.arange(start, min(start + self.at_a_time, count))
            rows = (middles[:, None] + offsets).flatten()
            inside = (rows >= 0) & (rows < count)
            clipped = rows.clamp(0, count - 1)
            logits = method.network(
                method.normalised(images[clipped]),
                None,
                None if cached is None else cached[clipped],
            )
            p = with_background(logits.float()).softmax(1)
            total = p.new_zeros(count, *p.shape[1:]) if total is None else total
            total.index_add_(0, rows[inside].to(p.device), p[inside])
            seen.index_add_(0, rows[inside], torch.ones(int(inside.sum())))
        mean = total / seen.to(total)[:, None, None, None]
        return method.chosen(margins(mean.clamp_min(1e-12).log(), self.nested))
