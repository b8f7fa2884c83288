"""Voxel grids in millimetres, bent so that no two anatomies are alike, and textures.

Coordinates are anatomical: ``z`` grows towards the head, ``y`` towards the back, ``x``
towards the patient's left, so that an axial slice ``[z]`` shows as in a viewing room.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

Point = tuple[float, float, float]
Window = tuple[slice, slice, slice]
WHOLE: Window = (slice(None), slice(None), slice(None))


def smooth_noise(
    rng: np.random.Generator,
    shape: Sequence[int],
    spacing: Sequence[float],
    scale: float,
) -> np.ndarray:
    """Return a smooth random field: white noise on a lattice, cubic B-splines between.

    Parameters
    ----------
    rng : np.random.Generator
        Source of the lattice values.
    shape : sequence of int
        Shape of the field.
    spacing : sequence of float
        Voxel size along each axis in mm.
    scale : float
        Distance between lattice points in mm, about the size of a speckle.

    Returns
    -------
    np.ndarray
        float32 of `shape`, mean 0 and standard deviation 1 over many fields.
    """
    positions = [
        np.arange(n) * step / max(scale, step)
        for n, step in zip(shape, spacing, strict=True)
    ]
    lattice = [int(position[-1]) + 4 for position in positions]
    values = rng.standard_normal(lattice, dtype=np.float32)
    for axis, position in enumerate(positions):
        cell = position.astype(int)
        t = (position - cell).astype(np.float32)
        basis = (
            (1 - t) ** 3,
            3 * t**3 - 6 * t**2 + 4,
            -3 * t**3 + 3 * t**2 + 3 * t + 1,
            t**3,
        )
        # Unit variance at every position, not only on average.
        norm = np.sqrt(sum(weight**2 for weight in basis))
        column = [-1 if i == axis else 1 for i in range(values.ndim)]
        values = sum(
            np.take(values, cell + i, axis=axis) * (weight / norm).reshape(column)
            for i, weight in enumerate(basis)
        )
    return values


@dataclass(frozen=True)
class Grid:
    """Voxel centres ``(Z, Y, X)`` in mm round an origin, bent by a displacement.

    Parameters
    ----------
    shape : tuple of int
        Slices, rows, columns.
    spacing : tuple of float
        Voxel size ``(z, y, x)`` in mm.
    centre : tuple of float
        Coordinates ``(z, y, x)`` in mm of the middle of the grid.
    warp : np.ndarray or None
        Displacement ``(3, Z, Y, X)`` in mm.
    """

    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    centre: Point = (0.0, 0.0, 0.0)
    warp: np.ndarray | None = field(default=None, repr=False)

    def warped(
        self, rng: np.random.Generator, amplitude: float, scale: float
    ) -> "Grid":
        """Bend the grid smoothly, so that no two anatomies are copies by scale.

        Parameters
        ----------
        rng : np.random.Generator
            Source of the displacement.
        amplitude : float
            Standard deviation of the displacement in the slice, in mm.
        scale : float
            Distance in mm over which it changes.
        """
        fields = [smooth_noise(rng, self.shape, self.spacing, scale) for _ in range(3)]
        # Less along z: slices are far apart, and structures that end between two of
        # them should not be cut in half.
        size = np.array((0.35, 1, 1), np.float32) * np.float32(amplitude)
        return replace(self, warp=np.stack(fields) * size[:, None, None, None])

    def axis(self, i: int) -> np.ndarray:
        """Return the coordinates in mm along axis `i`, without the displacement."""
        steps = np.arange(self.shape[i]) - (self.shape[i] - 1) / 2
        return (steps * self.spacing[i] + self.centre[i]).astype(np.float32)

    def window(self, low: np.ndarray, high: np.ndarray, margin: float) -> Window:
        """Return the part of the grid that what lies in a box can touch.

        Parameters
        ----------
        low, high : np.ndarray
            Corners ``(z, y, x)`` of the box in mm.
        margin : float
            Distance in mm kept free round it.
        """
        if self.warp is not None:
            margin = margin + float(np.abs(self.warp).max())
        bounds = []
        for i in range(3):
            axis = self.axis(i)
            start = int(np.searchsorted(axis, low[i] - margin))
            stop = int(np.searchsorted(axis, high[i] + margin, side="right"))
            bounds.append(slice(start, stop))
        return tuple(bounds)

    def coordinates(self, window: Window = WHOLE) -> tuple[np.ndarray, ...]:
        """Return ``z, y, x`` in mm inside `window`, displaced."""
        axes = [self.axis(i)[window[i]] for i in range(3)]
        mesh = np.meshgrid(*axes, indexing="ij", sparse=True)
        if self.warp is None:
            return tuple(mesh)
        return tuple(mesh[i] + self.warp[(i, *window)] for i in range(3))
