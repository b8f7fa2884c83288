"""The most likely of classes that exclude each other, in each pixel."""

import torch
from torch import Tensor

from sambench.methods.batch import Prompts
from sambench.methods.method import Method


class Argmax:
    """Ask about a few slices at a time and take the most likely class.

    For networks whose logits are those of classes less that of the background. With one
    class this is the default policy.

    Parameters
    ----------
    batch_size : int
        Slices at a time; no influence on results.
    nested : bool
        Whether each structure lies in the one before it, as the optic cup in the disc:
        a pixel of a class is then one of the structures before it, too.
    """

    def __init__(self, batch_size: int, nested: bool = False):
        self.batch_size, self.nested = batch_size, nested

    def __call__(
        self,
        method: Method,
        images: Tensor,
        prompts: Prompts | None = None,
        cached: Tensor | None = None,
    ) -> Tensor:
        """Segment the slices of one case; see `ByBatch`.

        Returns
        -------
        Tensor, `(Z, C, H, W)`
            By how much a structure's best class is above the others: positive if the
            most likely class is one of the structure.
        """
        found = []
        for start in range(0, len(images), self.batch_size):
            part = slice(start, start + self.batch_size)
            logits = method.network(
                method.normalised(images[part]),
                None if prompts is None else prompts.rows(part),
                None if cached is None else cached[part],
            )
            scores = with_background(logits.float())
            found.append(method.chosen(margins(scores, self.nested)))
        return torch.cat(found)


def with_background(relative: Tensor) -> Tensor:
    """Return scores `(N, C + 1, H, W)` of relative logits: the background's are 0."""
    return torch.cat([torch.zeros_like(relative[:, :1]), relative], 1)


def margins(scores: Tensor, nested: bool) -> Tensor:
    """Return by how much each structure's best class is above the other classes.

    Parameters
    ----------
    scores : Tensor, `(N, C + 1, H, W)`
        Scores of the background and of each class.
    nested : bool
        See `Argmax`.

    Returns
    -------
    Tensor, `(N, C, H, W)`
    """
    found = []
    for number in range(1, scores.shape[1]):
        last = scores.shape[1] if nested else number + 1
        others = torch.cat([scores[:, :number], scores[:, last:]], 1)
        found.append(scores[:, number:last].amax(1) - others.amax(1))
    return torch.stack(found, 1)
