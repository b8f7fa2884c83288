"""The fundus archive: five domains, six raters, lists that name no rater."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from sambench.phantoms.bodies import Grid, Part, case_generator, paint
from sambench.phantoms.files import Members

VIEW = 800.0
"""Pixels a side of the originals; lengths here are in these pixels."""


class Camera(NamedTuple):
    """How a clinic photographs.

    Parameters
    ----------
    gain : tuple of float
        Factor on red, green and blue.
    gamma : float
        Contrast curve; above 1 darkens the middle.
    saturation : float
        1 keeps the colours, 0 is grey.
    haze : float
        Share of scattered light, which a cataract adds.
    blur : float
        Point spread in pixels of the originals.
    vignette : float
        Loss of light in the corners, 0 to 1.
    noise : float
        Noise of the sensor, 0 to 1.
    zoom : float
        Size of the disc against that of the first camera.
    """

    gain: tuple[float, float, float]
    gamma: float
    saturation: float
    haze: float
    blur: float
    vignette: float
    noise: float
    zoom: float


# Made up, to differ as clinics do: the first two are sources, the others targets.
CAMERAS = {
    "BinRushed": Camera((1.05, 0.95, 0.80), 1.00, 1.00, 0.00, 2.5, 0.25, 0.012, 1.00),
    "Magrabia": Camera((0.85, 0.99, 0.95), 1.25, 0.75, 0.04, 4.0, 0.45, 0.020, 0.88),
    "MESSIDOR_Base1": Camera((1.21, 0.84, 0.58), 1.1, 1.2, 0.02, 3.0, 0.35, 0.02, 0.82),
    "MESSIDOR_Base2": Camera((0.88, 0.74, 0.48), 0.85, 0.95, 0.1, 5.5, 0.5, 0.03, 0.95),
    "MESSIDOR_Base3": Camera((0.81, 0.74, 0.71), 1.35, 0.65, 0.1, 6.5, 0.6, 0.03, 0.76),
}  # fmt: skip

FOLDERS = {
    "BinRushed": tuple(f"BinRushed{i}" for i in range(1, 5)),
    "Magrabia": ("MagrabiFemale", "MagrabiaMale"),  # spelt so in the original
    **{f"MESSIDOR_Base{i}": ("Labeled",) for i in (1, 2, 3)},
}


def draw_riga_plus(seed: int, cases: int, size: int) -> Members:
    """Draw RIGA+: six masks an image; lists whose masks lack the suffix of the rater.

    Numbers of training images are odd, of test images even, so that more cases never
    rename an image.
    """
    for domain in CAMERAS:
        base = domain.startswith("MESSIDOR")
        for split, first, step, count in (
            ("train", 1, 2, cases if base else 2 * cases),
            ("test", 2, 2, cases if base else cases // 2 + 1),
            ("unlabeled", 1, 1, cases if base else 0),
        ):
            if not count:
                continue
            rated = split != "unlabeled"
            rows = ["image,mask"] if rated else ["image"]
            folders = FOLDERS[domain] if rated else ("Unlabeled",)
            for i in range(count):
                turn, place = divmod(i, len(folders))
                name = f"{domain}/{folders[place]}/image{first + step * turn}"
                yield from _eye(seed, domain, name, rated, size)
                mask = f",RIGA-mask/{name}.tif" if rated else ""
                rows.append(f"RIGA/{name}.tif{mask}")
            yield f"{domain}_{split}.csv", "\n".join(rows) + "\n"


def _eye(seed: int, domain: str, name: str, rated: bool, size: int) -> Members:
    """Draw one image and, if there are any, its six masks."""
    rng = case_generator(seed, "riga_plus", name)
    # A zoom above 1 shows less of the eye. Bent, so that no outline is an ellipse.
    step = VIEW / size / (CAMERAS[domain].zoom * rng.normal(1, 0.03))
    grid = Grid((1, size, size), (1.0, step, step), (0, VIEW / 2, VIEW / 2))
    grid = grid.bent(rng, 9, 150)
    eye = random_eye(rng)
    colours, _ = paint(rng, grid, fundus(rng, eye), RED_GREEN_BLUE, jitter=0)
    mottle, streaks, stain = (grid.noise(rng, scale) for scale in (26, 60, 240))
    colours *= 1 + 0.03 * mottle + 0.05 * streaks + 0.08 * stain
    picture = np.moveaxis(colours[:, 0], 0, -1)
    yield f"RIGA/{name}.tif", photograph(rng, CAMERAS[domain], picture)
    for rater in range(1, 7) if rated else ():
        own = case_generator(seed, "riga_plus", name, f"rater{rater}")
        yield f"RIGA-mask/{name}-{rater}.tif", draw_mask(*as_rated(own, eye, grid))


def photograph(
    rng: np.random.Generator, camera: Camera, picture: np.ndarray
) -> np.ndarray:
    """Turn an ideal picture ``(H, W, 3)``, 0 to 1, into one that a camera stores."""
    size = picture.shape[0]
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    lit_y, lit_x = rng.normal(0, 0.25, 2)
    apart = (axis[:, None] - lit_y) ** 2 + (axis[None] - lit_x) ** 2
    uneven = Grid((1, size, size), (1.0, VIEW / size, VIEW / size)).noise(rng, 350)
    light = (1 - camera.vignette * apart / 2.5) * (1 + 0.05 * uneven[0])
    light = np.maximum(light, 0.1) * rng.normal(1, 0.05)

    colours = np.maximum(picture, 0) ** np.float32(camera.gamma * rng.normal(1, 0.04))
    grey = colours.mean(axis=2, keepdims=True)
    colours = grey + camera.saturation * (colours - grey)
    colours = colours * np.float32(camera.gain) * light[..., None]
    colours = colours * (1 - camera.haze) + camera.haze * np.float32((0.6, 0.5, 0.45))
    colours = ndimage.gaussian_filter(colours, camera.blur * size / VIEW, axes=(0, 1))
    colours = colours + rng.normal(0, camera.noise, colours.shape)
    return np.clip(255 * colours, 0, 255).astype(np.uint8)


_COLOURS = {
    "air": (0.72, 0.36, 0.17),  # the retina
    "macula": (0.44, 0.19, 0.09),
    "disc": (0.93, 0.66, 0.36),
    "cup": (0.98, 0.83, 0.58),
    "atrophy": (0.82, 0.53, 0.31),
    "exudate": (0.92, 0.75, 0.40),
    "blood": (0.50, 0.10, 0.07),
    "vein": (0.48, 0.15, 0.08),
    "artery": (0.63, 0.21, 0.11),
}
RED_GREEN_BLUE = [{name: rgb[i] for name, rgb in _COLOURS.items()} for i in range(3)]


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


def _flat(tissue: str, y: float, x: float, height: float, width: float, **more) -> Part:
    return Part(tissue, (0, y, x), (1e6, height, width), **more)


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
        _flat("disc", y, x, radius * oval, radius, angle=rng.normal(0, 10)),
        _flat("cup", y, x - nasal * off, size * tall, size, angle=rng.normal(0, 20)),
        nasal,
    )


def draw_mask(eye: Eye, grid: Grid) -> np.ndarray:
    """Draw the mask of an eye on a grid of one slice: uint8 ``(H, W)``."""
    place = grid.coordinates()
    disc = eye.disc.level(place)[0]
    # A rim all round, of a pixel at least.
    margin = max(0.06, 2.5 * grid.spacing[1] / min(eye.disc.radii))
    cup = np.maximum(eye.cup.level(place)[0], disc + np.float32(margin))
    # Rim and cup together are the disc.
    return np.where(cup < 1, 128, np.where(disc < 1, 255, 0)).astype(np.uint8)


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


def fundus(rng: np.random.Generator, eye: Eye) -> list[Part]:
    """Return what an ideal camera would see, from the macula to the vessels."""
    y, x = eye.disc.centre[1:]
    radius, temple = min(eye.disc.radii), -eye.nasal
    parts = [_flat("macula", y + 30, x + temple * 4.6 * radius, 150, 170, soft=160)]
    if rng.random() < 0.5:  # atrophy: bright, touches the disc, is not disc
        side = temple * rng.uniform(0.12, 0.3) * radius
        parts.append(_flat("atrophy", y, x + side, 1.15 * radius, 1.08 * radius))
    for kind, often in (("exudate", 1.2), ("blood", 0.3)):
        for _ in range(rng.poisson(often)):
            turn, away = rng.uniform(0, 2 * np.pi), radius * rng.uniform(1.6, 2.6)
            spot = (y + away * np.sin(turn), x + away * np.cos(turn))
            places = rng.normal(spot, 28, (5, 2))
            parts += [_flat(kind, *place, *rng.uniform(5, 16, 2)) for place in places]
    halo = replace(eye.disc.grown(14), tissue="atrophy", soft=30)
    parts += [halo, eye.disc, replace(eye.cup, soft=rng.uniform(14, 26))]

    def add_vessel(kind, up, start, heading, bend, width, branches=2) -> None:
        """Add a vessel that tapers, segment by segment, and its branches."""
        count, step = (25 if branches else 15), 24
        headings = heading + np.cumsum(rng.normal(bend, 0.12, count))
        ahead = step * np.stack([up * np.sin(headings), temple * np.cos(headings)], 1)
        path = start + np.cumsum(ahead, axis=0)
        widths = np.linspace(width, 0.45 * width, count)
        for place, thick, (dy, dx) in zip(path, widths, ahead, strict=True):
            angle = np.rad2deg(np.arctan2(dy, dx))
            parts.append(_flat(kind, *place, thick, 0.75 * step, angle=angle))
        for i in rng.integers(3, count, branches):
            turn = headings[i] + rng.choice([-1, 1]) * rng.uniform(0.4, 0.9)
            add_vessel(kind, up, path[i], turn, -bend, 0.62 * widths[i], 0)

    for kind, width in (("vein", 7.5), ("artery", 5.5)):
        for up in (-1, 1):  # they leave the disc and arch round the macula
            for share, rise, bend in ((1, 82, -0.038), (0.8, 130, 0.0)):
                start, heading = rng.normal((y, x), 7), np.deg2rad(rng.normal(rise, 9))
                add_vessel(kind, up, start, heading, bend, share * width)
    return parts
