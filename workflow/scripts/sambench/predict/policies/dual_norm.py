"""Dual-Norm at test time: the branch whose statistics a case moves least."""

import copy

import torch
from torch import Tensor

from sambench.methods.algorithms.dual_norm import distance, statistics
from sambench.methods.batch import Prompts
from sambench.methods.method import Method
from sambench.models.cnn.dual_norm import DualNormUNet


class BranchChoice:
    """Pass batches through both branches and watch their running statistics.

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


class DualNormPolicy:
    """Segment all slices of a case by the branch that they move less.

    Parameters
    ----------
    batch_size : int
        Not used: statistics are those of the whole case.
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
        """Segment the slices `(Z, K, H, W)` of one case; a tie goes to the first."""
        choice = BranchChoice(copy.deepcopy(method.network))
        outputs, moved = choice.outputs(method.normalised(images))
        chosen = int(moved[1] < moved[0])
        return method.chosen(outputs[chosen]).float()
