"""From the coordinates of prompts to the pixels that a SAM counts in.

Prompts are given in the coordinates of an image: pixel 0 reaches from 0 to 1, its
centre is at 0.5. A SAM counts pixels: its encoder adds one half to what it is given, so
that a whole number is the centre of a pixel, and the corners of a box are its first and
its last pixel. On a grid that is the image's own these are the numbers of pixels that
SAM, MedSAM and SAM 2 were trained with; scaled to another grid, a box still covers its
structure.
"""

from torch import Tensor

from sambench.compute.constants import constant


def first_and_last_pixel(boxes: Tensor, scale: Tensor | float) -> Tensor:
    """Return first and last pixel of boxes on a scaled grid.

    Parameters
    ----------
    boxes : Tensor, `(..., 4)`
        Outer edges x0, y0, x1, y1 in the coordinates of the image.
    scale : Tensor or float
        Pixels of the grid for one of the image; by axis x, y or the same for both.
    """
    if isinstance(scale, Tensor):
        scale = scale.repeat(2)
    return boxes * scale - constant([0, 0, 1, 1], boxes.device, boxes.dtype)


def pixel_of_point(points: Tensor, scale: Tensor | float) -> Tensor:
    """Return points `(..., 2)` in pixels of a scaled grid, whose centres are whole."""
    return points * scale - 0.5
