"""SLAug: two passes, of which the first says where the second is perturbed less."""

from typing import Annotated, Any

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from sambench.methods.batch import Batch
from sambench.methods.method import Method
from sambench.methods.normalisation import to_unit
from sambench.methods.optimise import Optimise
from sambench.methods.spline import smoothing_matrix, spread

ORDER = 2  # of the spline


class SLAug(Method):
    """Saliency-balancing fusion (Su et al., AAAI 2023; code at 03ffa00).

    The recipe's views are two of the same slices at the same places: one with one map
    of intensities for all pixels (GLA), one with a map for each region (LLA). Gradients
    of both passes add up to one step.

    Parameters
    ----------
    grid : int
        Cells of the saliency map along a side: 3 for abdomen, 18 for the heart.
    """

    n_views = 2

    def __init__(
        self,
        *,
        grid: int = 18,
        **parts: Annotated[Any, "sambench.methods.method:Method"],
    ):
        super().__init__(**parts)
        self.grid = grid

    def update(self, batch: Batch, optimise: Optimise) -> dict[str, Tensor]:
        """Learn from the global view, then from the mixture."""
        globally, locally = self.see(batch)
        images = globally.images.detach().clone().requires_grad_()
        first = self.compare(self.network(images), globally)
        optimise.zero()
        optimise.backward(first)
        # Scaled gradients may overflow; a step with them is left out
        gradient = images.grad.nan_to_num(0, 0, 0)
        saliency = saliency_map(gradient, self.grid)
        mixed = torch.lerp(locally.images, globally.images, saliency)
        second = self.compare(self.network(mixed), locally)
        optimise.backward(second)
        optimise.step()
        return {"loss": first, "fused": second}


def saliency_map(gradient: Tensor, grid: int) -> Tensor:
    """Compute where the loss depends on the image, in a grid of cells along each side.

    The gradient of images `(N, C, H, W)` becomes `(N, 1, H, W)`, from 0 to 1 in each
    image; 0 if it is the same everywhere.
    """
    strength = gradient.square().mean(1, keepdim=True).sqrt()
    height, width = gradient.shape[2:]
    cells = adaptive_avg_pool2d(strength, grid)
    rows, columns = (smoothing_matrix(side, grid, ORDER) for side in (height, width))
    return to_unit(spread(cells, rows, columns))
