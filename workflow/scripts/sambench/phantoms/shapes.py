"""Smooth shapes in millimetres, given by level functions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Protocol

import numpy as np

from sambench.phantoms.grid import Point


class Shape(Protocol):
    """Anything with a level function: below 1 inside, 1 on the surface, above outside.

    Attributes
    ----------
    thickness : float
        Half of the thickness in mm, which turns levels into millimetres.
    """

    thickness: float

    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and highest corner ``(z, y, x)`` in mm."""

    def level(self, z: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Evaluate the level function at coordinates in mm."""


def random_waves(
    rng: np.random.Generator, amplitude: float, orders: Sequence[int] = (2, 3, 4, 5)
) -> tuple[tuple[int, float, float, float], ...]:
    """Draw harmonics for a `Blob`: order, amplitude, phase and twist along z.

    Parameters
    ----------
    rng : np.random.Generator
        Source of the draws.
    amplitude : float
        Relative change of the radius, as a standard deviation for order 2; higher
        orders fall off, which keeps the outline smooth.
    orders : sequence of int
        Bumps round the outline.
    """
    return tuple(
        (
            order,
            float(rng.normal(0, amplitude * 2 / order)),
            float(rng.uniform(0, 2 * np.pi)),
            float(rng.normal(0, 0.8)),
        )
        for order in orders
    )


@dataclass(frozen=True)
class Blob:
    """An ellipsoid with a harmonic outline, rotated in the slice and tapered along z.

    Parameters
    ----------
    centre, radii : tuple of float
        ``(z, y, x)`` in mm.
    angle : float
        Rotation in the slice in degrees, from x towards y.
    power : float
        Exponent of the superellipsoid; 2 is an ellipsoid, more is boxier.
    taper : float
        Relative growth of the section from the middle to the upper end.
    waves : tuple
        Harmonics of the outline, see `random_waves`.
    """

    centre: Point
    radii: Point
    angle: float = 0.0
    power: float = 2.0
    taper: float = 0.0
    waves: tuple[tuple[int, float, float, float], ...] = ()

    @property
    def thickness(self) -> float:
        """Smaller radius in the slice, in mm."""
        return min(self.radii[1:])

    def grown(self, millimetres: float) -> "Blob":
        """Return the same shape with every radius larger by `millimetres`."""
        return replace(self, radii=tuple(r + millimetres for r in self.radii))

    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and highest corner ``(z, y, x)`` in mm."""
        swell = (1 + abs(self.taper)) * (1 + sum(abs(wave[1]) for wave in self.waves))
        turn = np.deg2rad(self.angle)
        ry, rx = self.radii[1], self.radii[2]
        cosine, sine = abs(np.cos(turn)), abs(np.sin(turn))
        corner = 2 ** max(0.0, 0.5 - 1 / self.power) * swell
        reach = (
            self.radii[0],
            corner * (ry * cosine + rx * sine),
            corner * (rx * cosine + ry * sine),
        )
        return np.subtract(self.centre, reach), np.add(self.centre, reach)

    def level(self, z: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Evaluate the level function at coordinates in mm."""
        turn = np.deg2rad(self.angle)
        cosine, sine = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        dy, dx = y - np.float32(self.centre[1]), x - np.float32(self.centre[2])
        w = (z - np.float32(self.centre[0])) / np.float32(self.radii[0])
        section = np.maximum(1 + np.float32(self.taper) * w, np.float32(0.2))
        u = (dx * cosine + dy * sine) / (section * np.float32(self.radii[2]))
        v = (dy * cosine - dx * sine) / (section * np.float32(self.radii[1]))
        if self.waves:
            direction = u + np.complex64(1j) * v
            direction = direction / np.maximum(np.abs(direction), np.float32(1e-3))
            radius = np.float32(1)
            for order, amplitude, phase, twist in self.waves:
                turned = np.exp(np.complex64(1j) * (np.float32(phase) + twist * w))
                harmonic = (direction**order * turned).real
                radius = radius + np.float32(amplitude) * harmonic
            radius = np.maximum(radius, np.float32(0.3))
            u, v = u / radius, v / radius
        if self.power == 2:
            return np.sqrt(u * u + v * v + w * w)
        power = np.float32(self.power)
        return (abs(u) ** power + abs(v) ** power + abs(w) ** power) ** (1 / power)


@dataclass(frozen=True)
class Tube:
    """A bent tube through points, e.g. a vessel or the pancreas.

    Parameters
    ----------
    points : tuple of tuple of float
        Centre line ``(z, y, x)`` in mm, at least two points.
    radii : tuple of float
        Radius in mm at each point.
    """

    points: tuple[Point, ...]
    radii: tuple[float, ...]

    @property
    def thickness(self) -> float:
        """Largest radius, in mm."""
        return max(self.radii)

    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and highest corner ``(z, y, x)`` in mm."""
        points, radius = np.asarray(self.points), max(self.radii)
        return points.min(axis=0) - radius, points.max(axis=0) + radius

    def level(self, z: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Evaluate the level function at coordinates in mm."""
        points = np.asarray(self.points, dtype=np.float32)
        levels = []
        for i in range(len(points) - 1):
            start, way = points[i], points[i + 1] - points[i]
            offset = [c - s for c, s in zip((z, y, x), start, strict=True)]
            along = sum(o * w for o, w in zip(offset, way, strict=True))
            along = np.clip(along / max(float(way @ way), 1e-6), 0, 1)
            apart = sum((o - along * w) ** 2 for o, w in zip(offset, way, strict=True))
            growth = np.float32(self.radii[i + 1] - self.radii[i])
            levels.append(np.sqrt(apart) / (np.float32(self.radii[i]) + growth * along))
        return reduce(np.minimum, levels)


@dataclass(frozen=True)
class Meet:
    """The part of `first` that lies inside `second`."""

    first: Shape
    second: Shape

    @property
    def thickness(self) -> float:
        """Thickness of `first`, in mm."""
        return self.first.thickness

    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and highest corner ``(z, y, x)`` in mm."""
        return self.first.box()

    def level(self, z: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Evaluate the level function at coordinates in mm."""
        return np.maximum(self.first.level(z, y, x), self.second.level(z, y, x))


@dataclass(frozen=True)
class Below:
    """Everything below a height, to cut other shapes with `Meet`.

    Parameters
    ----------
    height : float
        Position along z in mm.
    """

    height: float
    thickness: float = 1.0

    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Return lowest and highest corner ``(z, y, x)`` in mm: no bounds but one."""
        return np.full(3, -np.inf), np.array([self.height, np.inf, np.inf])

    def level(self, z: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Evaluate the level function in mm; steep, so that edges are sharp."""
        return np.maximum(1 + z - np.float32(self.height), 0)
