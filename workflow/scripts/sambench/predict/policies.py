"""How a method is asked about the slices of one case at test time.

A policy is called with the method, the packed intensities `(Z, K, H, W)` of all slices
that are asked about, in order, their prompts, and what the frozen part of the network
computed for them; it returns logits `(Z, C, H, W)` in float32 for the structures of
`Method.ask_for`.
"""

import copy
import sys
from typing import Any

import torch
from torch import Tensor

from sambench.methods.algorithms.dual_norm import distance, statistics
from sambench.methods.batch import Prompts
from sambench.methods.method import Method
from sambench.models.cnn.dual_norm import DualNormUNet


class ByBatch:
    """Ask about a few slices at a time, each for itself: the default policy.

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
        """Segment the slices of one case."""
        found = []
        for start in range(0, len(images), self.batch_size):
            part = slice(start, start + self.batch_size)
            logits = self.answer(
                method,
                images[part],
                None if prompts is None else prompts.rows(part),
                None if cached is None else cached[part],
            )
            found.append(logits.float())
        return torch.cat(found)

    def answer(self, method: Method, images: Tensor, *more: Any) -> Tensor:
        """Segment a few slices; `more` are their prompts and what is cached."""
        return method.predict(images, *more)


class Argmax(ByBatch):
    """Ask about a few slices at a time and take the most likely class in each pixel.

    For networks whose logits are those of classes less that of the background. With one
    class this is the default policy. The result is by how much a structure's best class
    is above the others: positive if the most likely class is one of the structure.

    Parameters
    ----------
    batch_size : int
        Slices at a time; no influence on results.
    nested : bool
        Whether each structure lies in the one before it, as the optic cup in the disc:
        a pixel of a class is then one of the structures before it, too.
    """

    def __init__(self, batch_size: int, nested: bool = False):
        super().__init__(batch_size)
        self.nested = nested

    def answer(self, method: Method, images: Tensor, *more: Any) -> Tensor:
        """Segment a few slices."""
        logits = method.network(method.normalised(images), *more)
        scores = with_background(logits.float())
        return method.chosen(margins(scores, self.nested))


class Windows:
    """Average the probabilities of overlapping windows and take the most likely class.

    There is a window around each slice; at the ends of a case the last slice stands for
    those beyond it, which is not counted again (test.py:28-66, MA-SAM's code at
    0c3cd90). The result is that of `Argmax`.

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
        """Segment all slices of one case; nothing is prompted or cached."""
        count, half = len(images), self.size // 2
        offsets = torch.arange(-half, half + 1)
        total, seen = None, torch.zeros(count)
        for start in range(0, count, self.at_a_time):
            middles = torch.arange(start, min(start + self.at_a_time, count))
            rows = (middles[:, None] + offsets).flatten()
            inside = (rows >= 0) & (rows < count)
            clipped = rows.clamp(0, count - 1)
            logits = method.network(method.normalised(images[clipped]))
            p = with_background(logits.float()).softmax(1)
            total = p.new_zeros(count, *p.shape[1:]) if total is None else total
            total.index_add_(0, rows[inside].to(p.device), p[inside])
            seen.index_add_(0, rows[inside], torch.ones(int(inside.sum())))
        mean = total / seen.to(total)[:, None, None, None]
        return method.chosen(margins(mean.clamp_min(1e-12).log(), self.nested))


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


class BranchChoice:
    """Pass batches through both branches of Dual-Norm and watch their statistics.

    As the authors' test does, networks normalise by the batch itself and statistics
    move with every pass. They are never put back there, so that results depend on the
    order of cases; the policy below makes a new choice for each case.

    Parameters
    ----------
    network : DualNormUNet
        A copy, as its statistics are moved.
    """

    def __init__(self, network: DualNormUNet):
        self.network = network.train()
        norms = network.norms
        self._before = [statistics(norms, branch) for branch in (0, 1)]

    @torch.no_grad()
    def outputs(self, images: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the logits of both branches, and how far each has moved, `(2,)`."""
        found = []
        for branch in (0, 1):
            self.network.use(branch)
            found.append(self.network(images))
        moved = [
            distance(statistics(self.network.norms, branch), before)
            for branch, before in enumerate(self._before)
        ]
        return found, torch.stack(moved)


class DualNormPolicy(ByBatch):
    """Segment all slices of a case at once by the branch that they move less."""

    def __init__(self, batch_size: int):
        super().__init__(sys.maxsize)

    def answer(self, method: Method, images: Tensor, *more: Any) -> Tensor:
        """Segment all slices of one case; a tie goes to the first branch."""
        choice = BranchChoice(copy.deepcopy(method.network))
        outputs, moved = choice.outputs(method.normalised(images))
        return method.chosen(outputs[int(moved[1] < moved[0])])
