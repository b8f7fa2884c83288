"""Painting tissues on a grid: one anatomy, its labels, any number of contrasts."""

from collections.abc import Mapping, Sequence

import numpy as np

from sambench.phantoms.grid import Grid, smooth_noise
from sambench.phantoms.shapes import Shape

Contrast = Mapping[str, tuple[float, float]]
"""Tissue -> mean intensity and standard deviation of its texture."""

GRAINS = {"fine": 2.0, "medium": 5.0, "coarse": 14.0}
"""Texture -> size of its speckles in mm."""


class Scene:
    """A picture painted back to front; what covers a structure also clips its label.

    Parameters
    ----------
    grid : Grid
        Where to paint.
    contrasts : sequence of mapping
        One image is painted for each. Must hold the tissue ``"air"``.
    rng : np.random.Generator
        Source of the textures.

    Attributes
    ----------
    images : np.ndarray
        float32 ``(contrasts, Z, Y, X)``.
    labels : np.ndarray
        uint8 ``(Z, Y, X)``.
    """

    def __init__(
        self, grid: Grid, contrasts: Sequence[Contrast], rng: np.random.Generator
    ):
        self.grid = grid
        self.contrasts = contrasts
        self.textures = {
            name: smooth_noise(rng, grid.shape, grid.spacing, scale)
            for name, scale in GRAINS.items()
        }
        self.images = np.empty((len(contrasts), *grid.shape), np.float32)
        for image, contrast in zip(self.images, contrasts, strict=True):
            image[:] = contrast["air"][0]
        self.labels = np.zeros(grid.shape, np.uint8)

    def add(
        self,
        tissue: str,
        shape: Shape,
        *,
        label: int | None = None,
        grain: str = "medium",
        soft: float = 0.0,
    ) -> None:
        """Paint a shape.

        Parameters
        ----------
        tissue : str
            Name in every contrast.
        shape : Shape
            What to paint.
        label : int or None
            Value for the label map inside the shape; 0 clears what was there, None
            leaves it.
        grain : str
            Texture, a key of `GRAINS`.
        soft : float
            Width of the edge in mm; never under one pixel, as partial volume has it.
        """
        soft = max(soft, self.grid.spacing[2])
        window = self.grid.window(*shape.box(), soft)
        if any(part.start >= part.stop for part in window):
            return
        level = shape.level(*self.grid.coordinates(window))
        depth = (1 - level) * np.float32(shape.thickness / soft)
        weight = np.clip(depth + np.float32(0.5), 0, 1)
        texture = self.textures[grain][window]
        for image, contrast in zip(self.images, self.contrasts, strict=True):
            mean, spread = contrast[tissue]
            part = image[window]
            part += weight * (np.float32(mean) + texture * np.float32(spread) - part)
        if label is not None:
            self.labels[window][level < 1] = label
