"""The optic disc and what surrounds it, on a photograph of the back of the eye."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from sambench.phantoms.bodies import Grid, Part

VIEW = 800.0
"""Pixels a side of the originals; lengths here are in these pixels."""

RIM, CUP = 255, 128
"""Grey values of the masks: rim and cup together are the disc."""

_COLOURS = {
    "retina": (0.72, 0.36, 0.17),
    "macula": (0.38, 0.15, 0.08),
    "disc": (0.93, 0.66, 0.36),
    "cup": (0.99, 0.86, 0.62),
    "atrophy": (0.86, 0.60, 0.36),
    "exudate": (0.95, 0.82, 0.45),
    "blood": (0.50, 0.10, 0.07),
    "vein": (0.45, 0.13, 0.07),
    "artery": (0.62, 0.19, 0.10),
}


class Eye(NamedTuple):
    """The true outlines of an optic nerve head.

    Parameters
    ----------
    disc, cup : Part
        Flat ellipses at z = 0, in pixels of the originals.
    nasal : int
        Side of the nose: 1 at high x, -1 at low x. The macula is on the other side.
    """

    disc: Part
    cup: Part
    nasal: int


def _flat(tissue: str, y: float, x: float, height: float, width: float, angle=0.0):
    return Part(tissue, (0, y, x), (1e6, height, width), angle=angle)


def random_eye(rng: np.random.Generator) -> Eye:
    """Draw an optic nerve head, healthy or with the large cup of glaucoma."""
    nasal = int(rng.choice([-1, 1]))
    y, x = rng.normal(VIEW / 2, 22, 2)
    radius, oval = rng.normal(128, 14), rng.normal(1.09, 0.04)
    ratio = np.clip(rng.normal(0.5, 0.13), 0.25, 0.78)
    # The cup sits off the centre towards the temple, but inside the disc.
    off = (1 - ratio) * radius * rng.uniform(0.05, 0.3)
    size, tall = ratio * radius, oval * rng.normal(1, 0.04)
    return Eye(
        _flat("disc", y, x, radius * oval, radius, rng.normal(0, 10)),
        _flat("cup", y, x - nasal * off, size * tall, size, rng.normal(0, 20)),
        nasal,
    )


def draw_mask(eye: Eye, grid: Grid) -> np.ndarray:
    """Draw the mask of an eye on a grid of one slice: uint8 ``(H, W)``."""
    place = grid.coordinates()
    disc = eye.disc.level(place)[0]
    # A rim all round, of a pixel at least.
    margin = max(0.06, 2.5 * grid.spacing[1] / min(eye.disc.radii))
    cup = np.maximum(eye.cup.level(place)[0], disc + np.float32(margin))
    return np.where(cup < 1, CUP, np.where(disc < 1, RIM, 0)).astype(np.uint8)


def as_rated(rng: np.random.Generator, eye: Eye, grid: Grid) -> tuple[Eye, Grid]:
    """Return the outlines as one rater sees them: biased, and wavy in their own way."""

    def seen(part: Part, bias: float) -> Part:
        size = min(part.radii) * bias
        return replace(
            part.grown(rng.normal(0, size)),
            centre=(0, *rng.normal(part.centre[1:], 0.5 * size)),
        )

    wavy = grid.bent(rng, 3, 120)
    wavy = replace(wavy, bend=wavy.bend + grid.bend)
    return Eye(seen(eye.disc, 0.018), seen(eye.cup, 0.06), eye.nasal), wavy


def draw_fundus(rng: np.random.Generator, eye: Eye, grid: Grid) -> np.ndarray:
    """Draw what an ideal camera would see: float32 ``(H, W, 3)``, 0 to 1."""
    mottle, streaks, stain = (
        grid.noise(rng, scale)[0][..., None] for scale in (26, 60, 240)
    )
    picture = np.float32(_COLOURS["retina"]) * (
        1 + 0.03 * mottle + 0.05 * streaks + 0.08 * stain
    )
    place = grid.coordinates()
    y, x = eye.disc.centre[1:]
    radius, temple = min(eye.disc.radii), -eye.nasal

    def add(part: Part, soft: float, share: float = 1.0) -> None:
        depth = (1 - part.level(place)[0]) * min(part.radii) / soft
        weight = share / (1 + np.exp(np.clip(-4 * depth, -50, 50)))
        colour = np.float32(_COLOURS[part.tissue])
        picture[:] += weight[..., None] * (colour - picture)

    add(_flat("macula", y + 30, x + temple * 4.6 * radius, 150, 170), 160, 0.75)
    if rng.random() < 0.5:  # atrophy: bright, touches the disc, is not disc
        side = temple * rng.uniform(0.12, 0.3) * radius
        add(_flat("atrophy", y, x + side, 1.15 * radius, 1.08 * radius), 14, 0.7)
    for kind, often in (("exudate", 1.2), ("blood", 0.3)):
        for _ in range(rng.poisson(often)):
            turn, away = rng.uniform(0, 2 * np.pi), radius * rng.uniform(1.6, 2.6)
            for _ in range(5):
                place_y, place_x = rng.normal(
                    (y + away * np.sin(turn), x + away * np.cos(turn)), 28
                )
                add(_flat(kind, place_y, place_x, *rng.uniform(5, 16, 2)), 7, 0.8)
    add(replace(eye.disc.grown(14), tissue="atrophy"), 30, 0.5)
    add(eye.disc, 9)
    add(eye.cup, rng.uniform(14, 26), rng.uniform(0.75, 0.95))
    picture *= 1 + 0.02 * mottle
    return _with_vessels(rng, eye, picture)


def _with_vessels(
    rng: np.random.Generator, eye: Eye, picture: np.ndarray
) -> np.ndarray:
    """Paint arteries and veins, which leave the disc and arch round the macula."""
    size, over = len(picture), 4  # oversampled, for smooth edges
    scale = size * over / VIEW

    def branch(point, heading, bend, width, depth=0) -> None:
        """Draw a vessel that tapers, and its branches."""
        wander, steps = rng.normal(0, 0.1), 50 if depth == 0 else 30
        for i in range(steps):
            wander = 0.8 * wander + rng.normal(0, 0.05)
            heading += bend + 0.6 * wander
            after = point + 12 * signs * (np.sin(heading), np.cos(heading))
            thick = max(1, round(width * scale * (1 - 0.55 * i / steps)))
            line = [tuple(place[::-1] * scale) for place in (point, after)]
            pen.line(line, fill=255, width=thick)
            pen.circle(line[1], thick / 2, 255)
            point = after
            if depth < 2 and i > 4 and rng.random() < 0.07:
                turn = rng.choice([-1, 1]) * rng.uniform(0.4, 0.9)
                branch(point, heading + turn, -bend, 0.62 * width, depth + 1)

    for kind, width in (("vein", 15.0), ("artery", 11.0)):
        canvas = Image.new("L", (size * over, size * over))
        pen = ImageDraw.Draw(canvas)
        for up in (-1, 1):
            signs = np.array((up, -eye.nasal))  # which mirror a vessel about the disc
            for share, rise, bend in ((1, 82, -0.019), (0.8, 130, 0.0)):
                start = np.add(eye.disc.centre[1:], rng.normal(0, 7, 2))
                branch(start, np.deg2rad(rng.normal(rise, 9)), bend, width * share)
        shade = np.asarray(canvas.resize((size, size), Image.Resampling.BOX))
        weight = (shade / np.float32(255) * np.float32(0.85))[..., None]
        # Vessels absorb: they tint what lies below rather than hide it.
        tint = 0.55 + 0.45 * picture / np.float32(_COLOURS["disc"])
        dark = np.minimum(np.float32(_COLOURS[kind]) * tint, picture)
        picture = picture + weight * (dark - picture)
    return np.clip(picture, 0, 1)
