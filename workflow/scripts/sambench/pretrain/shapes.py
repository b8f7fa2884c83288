"""Pictures of shapes on textured grounds, with the masks of some of the shapes.

Nothing here looks like a data set of the benchmarks: ellipses, blobs and polygons of
random place, size and intensity, on smoothed noise, dark on bright and bright on dark.
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter

MIN_VISIBLE = 0.7  # share of a shape that others may not hide, for it to be asked for
MIN_PIXELS = 12


class Scene(NamedTuple):
    """A picture and what may be asked for in it.

    Attributes
    ----------
    image : ndarray of uint8, `(size, size, 3)`
    masks : ndarray of bool, `(K, size, size)`
        One per shape that is asked for.
    """

    image: np.ndarray
    masks: np.ndarray


def draw_scene(
    generator: np.random.Generator,
    size: int,
    n_masks: int,
    smallest: float = 0.03,
) -> Scene:
    """Draw a picture of several shapes, of a size in pixels.

    Parameters
    ----------
    n_masks : int
        Shapes that are asked for; one occurs twice where too few are visible.
    smallest : float
        Least radius as a share of the size. Below 0.03, structures of one pixel and
        lines of one pixel's width are drawn and asked for too.
    """
    while True:
        picture, masks = _paint(generator, size, smallest)
        if masks:
            break
    chosen = generator.permutation(len(masks))[np.arange(n_masks) % len(masks)]
    return Scene(_finish(generator, picture), np.stack([masks[n] for n in chosen]))


def _paint(
    generator: np.random.Generator, size: int, smallest: float
) -> tuple[np.ndarray, list]:
    """Paint shapes over each other; return those that stay visible, too."""
    least = MIN_PIXELS if smallest >= 0.03 else 1
    picture = 0.5 + _texture(generator, size, generator.uniform(0.02, 0.25))
    layers: list[np.ndarray] = []
    areas: list[int] = []
    for _ in range(generator.integers(1, 8)):
        radius = size * np.exp(generator.uniform(np.log(smallest), np.log(0.33)))
        shape = _shape(generator, size, generator.uniform(0, size, 2), radius)
        if shape.sum() < least:
            continue
        _fill(generator, picture, shape)
        layers = [layer & ~shape for layer in layers]
        layers.append(shape)
        areas.append(int(shape.sum()))
        if generator.random() < 0.35:  # a part inside it belongs to it
            rows, columns = np.nonzero(shape)
            centre = np.array([rows.mean(), columns.mean()])
            radius = 0.35 * np.sqrt(shape.sum())
            part = _shape(generator, size, centre, radius) & shape
            if part.sum() >= least:
                _fill(generator, picture, part)
                layers.append(part)
                areas.append(int(part.sum()))
    visible = [
        layer
        for layer, area in zip(layers, areas, strict=True)
        if layer.sum() >= max(least, MIN_VISIBLE * area)
    ]
    return picture, visible


def _shape(
    generator: np.random.Generator,
    size: int,
    centre: np.ndarray,
    radius: float,
) -> np.ndarray:
    """Draw one ellipse, blob or polygon, `(size, size)` of bool."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    y, x = y - centre[0], x - centre[1]
    turn = generator.uniform(0, np.pi)
    aspect = np.exp(generator.uniform(-0.45, 0.45))
    along = (np.cos(turn) * x + np.sin(turn) * y) * aspect
    across = (np.cos(turn) * y - np.sin(turn) * x) / aspect
    distance = np.hypot(along, across)
    angle = np.arctan2(across, along)
    kind = generator.choice(["ellipse", "blob", "polygon"], p=[0.4, 0.4, 0.2])
    if kind == "ellipse":
        edge = radius
    elif kind == "blob":
        edge = np.ones_like(angle)
        for order in range(2, 6):
            amplitude = generator.normal(0, 0.3 / order)
            edge += amplitude * np.cos(order * angle + generator.uniform(0, 2 * np.pi))
        edge = radius * np.clip(edge, 0.3, 1.8)
    else:
        corners = np.sort(generator.uniform(-np.pi, np.pi, generator.integers(4, 9)))
        lengths = radius * generator.uniform(0.6, 1.3, len(corners))
        edge = np.interp(angle, corners, lengths, period=2 * np.pi)
    return distance < edge


def _fill(
    generator: np.random.Generator, picture: np.ndarray, shape: np.ndarray
) -> None:
    """Paint a shape in an intensity that differs from what it covers, with texture."""
    contrast = generator.uniform(0.1, 0.6) * generator.choice([-1, 1])
    level = np.clip(picture[shape].mean() + contrast, -0.2, 1.2)
    texture = _texture(generator, len(picture), generator.uniform(0, 0.08))
    keep = generator.choice([0.0, 0.3])
    picture[shape] = level + texture[shape] + keep * (picture[shape] - 0.5)


def _texture(generator: np.random.Generator, size: int, strength: float) -> np.ndarray:
    """Smoothed noise of one scale and a slope, of about the given deviation."""
    scale = np.exp(generator.uniform(np.log(0.7), np.log(size / 6)))
    noise = gaussian_filter(
        generator.standard_normal((size, size), dtype=np.float32), scale, mode="wrap"
    )
    noise *= strength / max(float(noise.std()), 1e-6)
    slope = np.linspace(-1, 1, size, dtype=np.float32) * generator.normal(0, strength)
    return noise + (slope if generator.random() < 0.5 else slope[:, None])


def _finish(generator: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Blur, add noise, change the contrast and colour a picture."""
    size = len(picture)
    if generator.random() < 0.7:
        picture = gaussian_filter(picture, generator.uniform(0.2, 1.0))
    noise = generator.standard_normal(picture.shape, dtype=np.float32)
    picture = picture + noise * generator.uniform(0, 0.08)
    low, high = np.percentile(picture, generator.uniform([0, 98.5], [1.5, 100]))
    picture = np.clip((picture - low) / max(high - low, 1e-6), 0, 1)
    picture **= np.exp(generator.normal(0, 0.3))
    if generator.random() < 0.5:
        picture = 1 - picture
    if generator.random() < 0.3:  # a border without signal
        margin = generator.integers(0, size // 6, 4)
        picture[: margin[0]] = picture[size - margin[1] :] = 0
        picture[:, : margin[2]] = picture[:, size - margin[3] :] = 0
    image = np.repeat(picture[..., None], 3, axis=-1)
    if generator.random() < 0.35:
        image = image ** np.exp(generator.normal(0, 0.4, 3))
        image *= generator.uniform(0.4, 1, 3)
    return np.round(255 * image).astype(np.uint8)
