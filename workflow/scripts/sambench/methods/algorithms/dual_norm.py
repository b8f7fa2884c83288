"""Dual-Norm: batch norms for each of two styles (Zhou et al., CVPR 2022)."""

from typing import Annotated, Any

import torch
from torch import Tensor

from sambench.methods.batch import Batch
from sambench.methods.method import Method
from sambench.methods.optimise import Optimise
from sambench.models.cnn.dual_norm import DomainNorm


class DualNorm(Method):
    """Update once on each view, each through its branch.

    Parameters
    ----------
    **parts
        Arguments of `Method`; the network has two branches, the recipe's views are two.
    """

    n_views = 2

    def __init__(self, **parts: Annotated[Any, "sambench.methods.method:Method"]):
        super().__init__(**parts)
        self.needs("use", "Choose dual_norm_unet")

    def update(self, batch: Batch, optimise: Optimise) -> dict[str, Tensor]:
        """Learn from the first view, then from the second with the new weights."""
        losses = []
        for branch, view in enumerate(self.see(batch)):
            self.network.use(branch)
            losses.append(self.compare(self.network(view.images), view))
            optimise(losses[-1])
        self.network.use(0)
        return {"loss": losses[0], "dissimilar": losses[1]}


def statistics(norms: list[DomainNorm], branch: int) -> list[Tensor]:
    """Copy running means and variances of one branch."""
    found = []
    for norm in norms:
        batch_norm = norm.bns[branch]
        found += [batch_norm.running_mean.clone(), batch_norm.running_var.clone()]
    return found


def distance(one: list[Tensor], other: list[Tensor]) -> Tensor:
    """Sum the Euclidean distances of statistics, each with 1e-6 added as authors do."""
    pairs = zip(one, other, strict=True)
    return torch.stack([(a - b + 1e-6).norm() for a, b in pairs]).sum()
