"""GIN and IPA: the three views of CSDG (code at d4d5056)."""

from typing import Annotated, Any, NamedTuple

import torch
from torch import Tensor

from sambench.methods.batch import Batch
from sambench.methods.bounds import Count
from sambench.methods.normalisation import to_unit
from sambench.methods.spline import SplineField
from sambench.methods.views.gin import GIN, GINDraws
from sambench.methods.views.view import View


class Draws(NamedTuple):
    """Random numbers of three views.

    Attributes
    ----------
    gin : list of GINDraws
        Three independent ones.
    control : Tensor, `(N, 1, P, Q)`
        N(0, 1), control points of the mask.
    """

    gin: list[GINDraws]
    control: Tensor


class GINIPA(View):
    """Two views of GIN blended both ways by a smooth mask, and a third as it is.

    Interventional pseudo-correlation augmentation (Ouyang et al., TMI 2022). The mask
    is one for all channels of an image and is new at every step. Its scale and the
    epsilon of the authors' bias field cancel, as the mask is scaled to 0..1 at last.

    Parameters
    ----------
    cells : int
        Control points are a cells-th of each side apart: 4 in CSDG's settings (24
        pixels of a slice of 192 that is made half as large).
    spacing : int, optional
        Pixels between control points in place of `cells`, of the image made smaller.
    downscale : int
        How much smaller the mask is made before it is interpolated.
    order : int
        Order of the spline.
    **gin
        Arguments of `GIN`.
    """

    def __init__(
        self,
        cells: Count = 4,
        spacing: int | None = None,
        downscale: Count = 2,
        order: Count = 2,
        **gin: Annotated[Any, "sambench.methods.views.gin:GIN"],
    ):
        super().__init__()
        self.gin = GIN(**gin)
        self.spline = SplineField(cells, downscale, order, True, spacing)

    def draw(self, batch: Batch) -> Draws:
        """Draw three networks and the mask's control points for each image."""
        images = batch.images
        shape = len(images), 1, *self.spline.points(images.shape[2:])
        control = torch.randn(shape, device=images.device, dtype=images.dtype)
        return Draws([self.gin.draw(batch) for _ in range(3)], control)

    @torch.no_grad()
    def mask(self, control: Tensor, height: int, width: int) -> Tensor:
        """Compute the mask, `(N, 1, H, W)` from 0 to 1, from its control points."""
        control = control / (control.abs().amax((1, 2, 3), keepdim=True) + 1e-20)
        norm = (1e-6 + control.square().sum((1, 2, 3), keepdim=True)).sqrt()
        return to_unit(self.spline.field(control / norm, (height, width)).exp())

    @torch.no_grad()
    def apply(self, batch: Batch, draws: Draws) -> list[Batch]:
        """Compute the three views; the first is the one that is supervised."""
        first, second, third = (
            self.gin.apply(batch, draw)[0].images for draw in draws.gin
        )
        mask = self.mask(draws.control, *batch.images.shape[2:]).to(first.dtype)
        views = (*self.blended(first, second, mask), third)
        return [batch._replace(images=images) for images in views]

    @staticmethod
    def blended(first: Tensor, second: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Blend two views both ways."""
        return torch.lerp(second, first, mask), torch.lerp(first, second, mask)
