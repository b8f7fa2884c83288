"""Bodies of ellipsoids, painted back to front on a bent grid.

Coordinates are anatomical: ``z`` grows towards the head, ``y`` towards the back, ``x``
towards the patient's left, so that an axial slice ``[z]`` shows as in a viewing room.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy import ndimage

from sambench.phantoms.files import Triple


def case_generator(seed: int, *names: str) -> np.random.Generator:
    """Return the random generator of one case, which depends on no other case.

    Its names, data set, group, case, are hashed, so that no two cases share a stream.
    """
    text = "/".join([str(seed), *names])
    digest = hashlib.sha256(text.encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


@dataclass(frozen=True)
class Grid:
    """Voxel centres ``(Z, Y, X)`` round a point, bent so that no two bodies are alike.

    Parameters
    ----------
    shape : tuple of int
        Slices, rows, columns.
    spacing, centre : tuple of float
        Voxel size, and coordinates of the middle: ``(z, y, x)`` in mm.
    bend : np.ndarray or float
        Displacement ``(3, Z, Y, X)`` in mm.
    """

    shape: tuple[int, int, int]
    spacing: Triple
    centre: Triple = (0.0, 0.0, 0.0)
    bend: np.ndarray | float = field(default=0.0, repr=False)

    def noise(self, rng: np.random.Generator, scale: float) -> np.ndarray:
        """Return speckles ``(Z, Y, X)`` of `scale` mm, mean 0, standard deviation 1."""
        sizes = zip(self.shape, self.spacing, strict=True)
        sigma = [min(scale / 2 / step, (n - 1) / 2) for n, step in sizes]
        noise = rng.standard_normal(self.shape, dtype=np.float32)
        noise = ndimage.gaussian_filter(noise, sigma, mode="wrap", truncate=3)
        return (noise - noise.mean()) / noise.std()

    def bent(self, rng: np.random.Generator, amplitude: float, scale: float) -> "Grid":
        """Bend the grid by `amplitude` mm in the slice, which changes over `scale` mm.

        Less along z: what ends between two slices should not be cut in half.
        """
        shares = (0.35 if self.shape[0] > 1 else 0, 1, 1)
        bend = [share * amplitude * self.noise(rng, scale) for share in shares]
        return replace(self, bend=np.stack(bend))

    @cached_property
    def axes(self) -> list[np.ndarray]:
        """Coordinates in mm along z, y and x, not bent."""
        sizes = zip(self.shape, self.spacing, self.centre, strict=True)
        axes = [(np.arange(n) - (n - 1) / 2) * step + mid for n, step, mid in sizes]
        return [axis.astype(np.float32) for axis in axes]

    def coordinates(self) -> np.ndarray:
        """Return ``z, y, x`` in mm, ``(3, Z, Y, X)``."""
        return np.stack(np.meshgrid(*self.axes, indexing="ij")) + self.bend

    def window(self, centre: Triple, radii: Triple, bend: float) -> tuple[slice, ...]:
        """Return what an ellipsoid can touch, however turned, and bent by `bend` mm."""
        reach = np.array((radii[0], max(radii[1:]), max(radii[1:]))) + bend
        return tuple(
            slice(*np.searchsorted(axis, (middle - r, middle + r)))
            for axis, middle, r in zip(self.axes, centre, reach, strict=True)
        )


@dataclass(frozen=True)
class Part:
    """An ellipsoid.

    Parameters
    ----------
    tissue : str or float
        Name in the contrasts, or an intensity.
    centre, radii : tuple of float
        ``(z, y, x)`` in mm.
    label : int or None
        Value in the mask, which 0 clears; None leaves the mask as it is.
    angle : float
        Rotation in the slice in degrees, from x towards y.
    shell : tuple or None
        Tissue and thickness in mm of a layer round it, and its label if it has one.
    within : str or None
        Tissue of a part before, which this one does not leave.
    top : float
        Height in mm at which it is cut.
    soft : float
        Width of its edge in mm, which has the width of a pixel at least.
    """

    tissue: str | float
    centre: Triple
    radii: Triple
    label: int | None = None
    angle: float = 0.0
    shell: tuple | None = None
    within: str | None = None
    top: float = np.inf
    soft: float = 0.0

    def level(self, place: np.ndarray) -> np.ndarray:
        """Return values below 1 inside and above it outside, at ``(3, ...)`` in mm."""
        z, dy, dx = (axis - c for axis, c in zip(place, self.centre, strict=True))
        turn = np.float32(np.deg2rad(self.angle))
        u = (dx * np.cos(turn) + dy * np.sin(turn)) / np.float32(self.radii[2])
        v = (dy * np.cos(turn) - dx * np.sin(turn)) / np.float32(self.radii[1])
        level = np.sqrt(u**2 + v**2 + (z / np.float32(self.radii[0])) ** 2)
        return np.where(place[0] > self.top, np.float32(9), level)

    def grown(self, millimetres: float, **changes: object) -> "Part":
        """Return the part with larger radii."""
        radii = tuple(radius + millimetres for radius in self.radii)
        return replace(self, radii=radii, **changes)

    def jittered(self, rng: np.random.Generator, amount: float) -> "Part":
        """Return the part displaced and resized by a share of its radii."""
        shift = rng.normal(0, amount, 3) * np.minimum(self.radii, 40)
        centre = np.add(self.centre, shift).tolist()
        radii = (self.radii * rng.normal(1, amount, 3)).tolist()
        return replace(self, centre=tuple(centre), radii=tuple(radii))


def mirrored(*parts: Part) -> list[Part]:
    """Return parts of the left side with those of the right side."""
    return [
        replace(part, centre=(*part.centre[:2], side * part.centre[2]), angle=turned)
        for part in parts
        for side, turned in ((1, part.angle), (-1, -part.angle))
    ]


def chain(
    tissue: str,
    points: Sequence[Triple],
    radii: Sequence[float],
    label: int | None = None,
    **look: object,
) -> list[Part]:
    """Return balls along a line, as a tube whose radius changes."""
    legs = np.linalg.norm(np.diff(points, axis=0), axis=1)
    count = int(len(legs) * np.ceil(legs.max() / min(radii))) + 1
    steps = np.linspace(0, len(legs), count)
    knots = range(len(points))
    places = [np.interp(steps, knots, axis) for axis in np.transpose(points)]
    widths = np.interp(steps, knots, radii)
    return [
        Part(tissue, tuple(place), (width,) * 3, label, **look)
        for *place, width in zip(*places, widths, strict=True)
    ]


def paint(
    rng: np.random.Generator,
    grid: Grid,
    parts: Sequence[Part],
    contrasts: Sequence[Mapping[str, float]],
    jitter: float = 0.04,
) -> tuple[np.ndarray, np.ndarray]:
    """Paint parts over each other; what covers a structure also clips its label.

    Parameters
    ----------
    contrasts : sequence of mapping
        Tissue, one is ``"air"``, -> intensity; an image is painted for each.
    jitter : float
        How much parts are displaced and resized, as a share of their radii.

    Returns
    -------
    images : np.ndarray
        float32 ``(contrasts, Z, Y, X)``; a voxel on an edge holds both tissues.
    labels : np.ndarray
        uint8 ``(Z, Y, X)``.
    """
    place, pixel = grid.coordinates(), np.float32(grid.spacing[2])
    bend = float(np.abs(grid.bend).max()) + grid.spacing[2]
    images = np.stack([np.full(grid.shape, c["air"], np.float32) for c in contrasts])
    labels, levels = np.zeros(grid.shape, np.uint8), {}
    for part in parts:
        part = part.jittered(rng, jitter)
        layers = [part]
        if part.shell:
            tissue, thickness, *label = part.shell
            own = label[0] if label else None
            layers.insert(0, part.grown(thickness, tissue=tissue, label=own))
        for layer in layers:
            window = grid.window(layer.centre, layer.radii, bend)
            level = layer.level(place[:, *window])
            if layer.within:
                level = np.maximum(level, levels[layer.within][window])
            edge = max(pixel, np.float32(layer.soft))
            depth = (1 - level) * np.float32(min(layer.radii[1:])) / edge
            weight = np.clip(depth + np.float32(0.5), 0, 1)
            for image, contrast in zip(images, contrasts, strict=True):
                value = contrast.get(layer.tissue, layer.tissue)
                image[window] += weight * (np.float32(value) - image[window])
            if layer.label is not None:
                labels[window][level < 1] = layer.label
            levels[layer.tissue] = np.full(grid.shape, 9, np.float32)
            levels[layer.tissue][window] = level
    return images, labels
