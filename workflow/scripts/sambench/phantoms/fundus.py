"""The optic disc and what surrounds it, on a photograph of the back of the eye."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from sambench.phantoms.grid import Grid, smooth_noise
from sambench.phantoms.shapes import Blob, random_waves

VIEW = 800.0
"""Pixels a side of the originals; lengths here are in these pixels."""

RIM, CUP = 255, 128
"""Grey values of the masks: rim and cup together are the disc."""

Colour = tuple[float, float, float]

RETINA: Colour = (0.72, 0.36, 0.17)
DISC: Colour = (0.93, 0.66, 0.36)
CUP_COLOUR: Colour = (0.99, 0.86, 0.62)
ATROPHY: Colour = (0.86, 0.60, 0.36)
EXUDATE: Colour = (0.95, 0.82, 0.45)
BLOOD: Colour = (0.50, 0.10, 0.07)
VEIN: Colour = (0.45, 0.13, 0.07)
ARTERY: Colour = (0.62, 0.19, 0.10)


@dataclass(frozen=True)
class Eye:
    """The true outlines of an optic nerve head.

    Parameters
    ----------
    disc, cup : Blob
        Flat shapes at z = 0, in pixels of the originals.
    nasal : int
        Side of the nose: 1 at high x, -1 at low x. The macula is on the other side.
    """

    disc: Blob
    cup: Blob
    nasal: int


def random_eye(rng: np.random.Generator) -> Eye:
    """Draw an optic nerve head, healthy or with the large cup of glaucoma.

    Parameters
    ----------
    rng : np.random.Generator
        Source of the draw.
    """
    nasal = int(rng.choice([-1, 1]))
    y, x = rng.normal(VIEW / 2, 22, 2)
    radius = rng.normal(128, 14)
    oval = rng.normal(1.09, 0.04)
    disc = Blob(
        (0, y, x),
        (1e6, radius * oval, radius),
        angle=rng.normal(0, 10),
        waves=random_waves(rng, 0.02),
    )
    ratio = np.clip(rng.normal(0.5, 0.13), 0.25, 0.78)
    # The cup sits off the centre towards the temple, but inside the disc.
    off = (1 - ratio) * radius * rng.uniform(0.05, 0.3)
    cup = Blob(
        (0, y + rng.normal(0, 0.04) * radius, x - nasal * off),
        (1e6, ratio * radius * oval * rng.normal(1, 0.04), ratio * radius),
        angle=rng.normal(0, 20),
        waves=random_waves(rng, 0.04),
    )
    return Eye(disc, cup, nasal)


def flat_grid(size: int) -> Grid:
    """Return the grid ``(1, size, size)`` of a photograph, in original pixels."""
    step = VIEW / size
    return Grid((1, size, size), (1.0, step, step), (0, VIEW / 2, VIEW / 2))


def draw_mask(eye: Eye, grid: Grid) -> np.ndarray:
    """Draw the mask of an eye.

    Parameters
    ----------
    eye : Eye
        The eye.
    grid : Grid
        A grid of one slice.

    Returns
    -------
    np.ndarray
        uint8 ``(H, W)``: 0, `CUP`, `RIM`.
    """
    place = grid.coordinates()
    disc = eye.disc.level(*place)[0]
    # A rim all round, of a pixel at least.
    margin = max(0.06, 1.6 * grid.spacing[1] / eye.disc.thickness)
    cup = np.maximum(eye.cup.level(*place)[0], disc + np.float32(margin))
    return np.where(cup < 1, CUP, np.where(disc < 1, RIM, 0)).astype(np.uint8)


def as_rated(rng: np.random.Generator, eye: Eye) -> Eye:
    """Return the outlines as one rater sees them: biased, and wavy in its own way.

    Parameters
    ----------
    rng : np.random.Generator
        Generator of this rater for this image.
    eye : Eye
        The true outlines.
    """

    def seen(shape: Blob, bias: float, wave: float) -> Blob:
        factor = rng.normal(1, bias)
        radii = (shape.radii[0], *(factor * r for r in shape.radii[1:]))
        moved = (0, *rng.normal(shape.centre[1:], 0.5 * bias * shape.thickness))
        waves = shape.waves + random_waves(rng, wave)
        return replace(shape, centre=moved, radii=radii, waves=waves)

    return replace(
        eye, disc=seen(eye.disc, 0.018, 0.008), cup=seen(eye.cup, 0.06, 0.02)
    )


def draw_fundus(rng: np.random.Generator, eye: Eye, grid: Grid) -> np.ndarray:
    """Draw what an ideal camera would see.

    Parameters
    ----------
    rng : np.random.Generator
        Source of everything but the outlines.
    eye : Eye
        The outlines.
    grid : Grid
        A grid of one slice.

    Returns
    -------
    np.ndarray
        float32 ``(H, W, 3)``, 0 to 1.
    """
    size = grid.shape[1]
    mottle, streaks, stain = (
        smooth_noise(rng, grid.shape, grid.spacing, scale)[0][..., None]
        for scale in (26, 60, 240)
    )
    picture = np.float32(RETINA) * (1 + 0.03 * mottle + 0.05 * streaks + 0.08 * stain)
    picture = picture * (1 + 0.05 * stain * np.float32((0, 1, 0.5)))
    disc = eye.disc
    y, x, radius = disc.centre[1], disc.centre[2], disc.thickness

    def paint(shape: Blob, colour: Colour, soft: float, share: float = 1.0) -> None:
        level = shape.level(*grid.coordinates())[0]
        depth = (1 - level) * shape.thickness / soft
        weight = share / (1 + np.exp(np.clip(-4 * depth, -50, 50)))
        picture[:] += weight[..., None] * (np.float32(colour) - picture)

    macula = Blob((0, y + 30, x - eye.nasal * 4.6 * radius), (1e6, 150, 170))
    paint(macula, (0.38, 0.15, 0.08), 160, 0.75)
    if rng.random() < 0.5:  # atrophy: bright, touches the disc, is not disc
        side = -eye.nasal * rng.uniform(0.12, 0.3) * radius
        shift = (0, y + rng.normal(0, 0.08) * radius, x + side)
        size_ = (1e6, disc.radii[1] * 1.05, disc.radii[2] * 1.08)
        atrophy = Blob(shift, size_, waves=random_waves(rng, 0.06))
        paint(atrophy, ATROPHY, 14, rng.uniform(0.5, 0.9))
    for _ in range(rng.poisson(1.2)):
        _spots(rng, paint, eye, EXUDATE, (5, 15), 6)
    if rng.random() < 0.3:
        _spots(rng, paint, eye, BLOOD, (6, 18), 3)
    paint(disc.grown(14), (0.80, 0.45, 0.22), 30, 0.5)
    paint(disc, DISC, 9)
    pallor = replace(disc, centre=(0, y, x - 0.3 * eye.nasal * radius))
    paint(pallor.grown(-0.45 * radius), CUP_COLOUR, 70, 0.35)
    paint(eye.cup, CUP_COLOUR, rng.uniform(14, 26), rng.uniform(0.75, 0.95))
    picture *= 1 + 0.02 * mottle
    return _vessels(rng, eye, picture, size)


def _spots(
    rng: np.random.Generator,
    paint: Callable[..., None],
    eye: Eye,
    colour: Colour,
    radii: tuple[float, float],
    count: int,
) -> None:
    """Paint a cluster of spots away from the disc."""
    turn = rng.uniform(0, 2 * np.pi)
    away = eye.disc.thickness * rng.uniform(1.6, 2.6)
    middle = np.add(eye.disc.centre[1:], away * np.array([np.sin(turn), np.cos(turn)]))
    for _ in range(count):
        y, x = rng.normal(middle, 28)
        spot = Blob((0, y, x), (1e6, *rng.uniform(*radii, 2)), rng.uniform(0, 180))
        paint(spot, colour, 7, 0.8)


def _vessels(
    rng: np.random.Generator, eye: Eye, picture: np.ndarray, size: int
) -> np.ndarray:
    """Paint arteries and veins, which leave the cup and arch round the macula."""
    over = 4  # oversampling, for smooth edges
    scale = size * over / VIEW
    trunk_y = eye.disc.centre[1] + rng.normal(0, 8)
    trunk_x = eye.disc.centre[2] + eye.nasal * 0.12 * eye.disc.thickness
    for colour, width in ((VEIN, 15.0), (ARTERY, 11.0)):
        canvas = Image.new("L", (size * over, size * over))
        pen = ImageDraw.Draw(canvas)
        for up in (-1, 1):
            for temporal, thick in ((True, 1.0), (False, 0.75)):
                # Angles from the temple: arcades start steeply, nasal branches flatly.
                rise = rng.normal(82, 9) if temporal else rng.normal(130, 10)
                heading = np.deg2rad(rise)
                bend = rng.normal(-0.0016, 0.0004) if temporal else rng.normal(0, 6e-4)
                start = (trunk_y + rng.normal(0, 5), trunk_x + rng.normal(0, 7))
                lines = _branch(rng, start, heading, bend, width * thick, 0)
                for line, thickness in lines:
                    _stroke(pen, line, thickness, (up, -eye.nasal), start, scale)
        shade = np.asarray(canvas.resize((size, size), Image.Resampling.BOX))
        weight = (shade / np.float32(255) * np.float32(0.85))[..., None]
        # Vessels absorb: they tint what lies below rather than hide it.
        tint = np.float32(colour) * (0.55 + 0.45 * picture / np.float32(DISC))
        picture = picture + weight * (np.minimum(tint, picture) - picture)
    return np.clip(picture, 0, 1)


def _branch(
    rng: np.random.Generator,
    start: Sequence[float],
    heading: float,
    bend: float,
    width: float,
    depth: int,
) -> list[tuple[np.ndarray, float]]:
    """Walk along a vessel and its branches; give their lines and widths.

    Lines are offsets from the trunk ``(n, 2)``: first away from the midline, then
    towards the temple.
    """
    step, lines = 12.0, []
    points = [np.zeros(2) if depth == 0 else np.asarray(start, float)]
    wander = rng.normal(0, 0.1)
    for i in range(int(rng.uniform(45, 60)) if depth == 0 else 30):
        wander = 0.8 * wander + rng.normal(0, 0.05)
        heading += bend * step + wander * 0.6
        way = np.array([np.sin(heading), np.cos(heading)])
        points.append(points[-1] + step * way)
        if depth < 2 and i > 4 and rng.random() < 0.07:
            turn = rng.choice([-1, 1]) * rng.uniform(0.4, 0.9)
            lines += _branch(
                rng, points[-1], heading + turn, -bend, 0.62 * width, depth + 1
            )
            width *= 0.93
    return [(np.array(points), width), *lines]


def _stroke(
    pen: ImageDraw.ImageDraw,
    line: np.ndarray,
    width: float,
    signs: tuple[int, int],
    start: tuple[float, float],
    scale: float,
) -> None:
    """Draw a tapering line of offsets; `signs` says up or down, left or right."""
    y = (start[0] + signs[0] * line[:, 0]) * scale
    x = (start[1] + signs[1] * line[:, 1]) * scale
    widths = np.linspace(1, 0.45, len(line)) * width * scale
    for i in range(len(line) - 1):
        thick = max(1, round(widths[i]))
        pen.line([(x[i], y[i]), (x[i + 1], y[i + 1])], fill=255, width=thick)
        half = thick / 2
        pen.ellipse((x[i] - half, y[i] - half, x[i] + half, y[i] + half), fill=255)
