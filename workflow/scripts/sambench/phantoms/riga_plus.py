"""The fundus archive: five domains, six raters, lists that name no rater."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from sambench.phantoms.bodies import Grid, case_generator
from sambench.phantoms.files import Members
from sambench.phantoms.fundus import VIEW, as_rated, draw_fundus, draw_mask, random_eye

RATERS = 6


@dataclass(frozen=True)
class Camera:
    """How a clinic photographs.

    Parameters
    ----------
    gain : tuple of float
        Factor on red, green and blue.
    gamma : float
        Contrast curve; above 1 darkens the middle.
    exposure : float
        Factor on all, before clipping.
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
    quality : int
        Quality of the lossy compression that the file once went through.
    zoom : float
        Size of the disc against that of the first camera.
    """

    gain: tuple[float, float, float]
    gamma: float
    exposure: float
    saturation: float
    haze: float
    blur: float
    vignette: float
    noise: float
    quality: int
    zoom: float


# Made up, to differ as clinics do: the first two are sources, the others targets.
CAMERAS = {
    "BinRushed": Camera(
        (1.05, 0.95, 0.80), 1.00, 1.00, 1.00, 0.00, 2.5, 0.25, 0.012, 92, 1.00),
    "Magrabia": Camera(
        (0.95, 1.10, 1.05), 1.25, 0.90, 0.75, 0.04, 4.0, 0.45, 0.020, 80, 0.88),
    "MESSIDOR_Base1": Camera(
        (1.15, 0.80, 0.55), 1.10, 1.05, 1.20, 0.02, 3.0, 0.35, 0.015, 75, 0.82),
    "MESSIDOR_Base2": Camera(
        (1.10, 0.92, 0.60), 0.85, 0.80, 0.95, 0.10, 5.5, 0.50, 0.025, 60, 0.95),
    "MESSIDOR_Base3": Camera(
        (0.85, 0.78, 0.75), 1.35, 0.95, 0.65, 0.14, 6.5, 0.60, 0.030, 50, 0.76),
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
    picture = photograph(rng, CAMERAS[domain], draw_fundus(rng, eye, grid))
    yield f"RIGA/{name}.tif", picture
    for rater in range(1, RATERS + 1) if rated else ():
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
    flat = Grid((1, size, size), (1.0, VIEW / size, VIEW / size))
    uneven = flat.noise(rng, 350)[0]
    light = (1 - camera.vignette * apart / 2.5) * (1 + 0.05 * uneven)
    light = np.maximum(light, 0.1) * camera.exposure * rng.normal(1, 0.05)

    colours = np.maximum(picture, 0) ** np.float32(camera.gamma * rng.normal(1, 0.04))
    grey = colours.mean(axis=2, keepdims=True)
    colours = grey + camera.saturation * (colours - grey)
    colours = colours * np.float32(camera.gain) * light[..., None]
    colours = colours * (1 - camera.haze) + camera.haze * np.float32((0.6, 0.5, 0.45))
    sigma = camera.blur * size / VIEW
    colours = ndimage.gaussian_filter(colours, sigma, axes=(0, 1), truncate=3)
    colours = colours + rng.normal(0, camera.noise, colours.shape)
    stored = Image.fromarray(np.clip(255 * colours, 0, 255).astype(np.uint8))
    buffer = io.BytesIO()
    stored.save(buffer, format="JPEG", quality=camera.quality)
    return np.asarray(Image.open(buffer))
