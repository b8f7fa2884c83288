"""Look at the numbers in masks: how often, where, and which is the background."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy import ndimage

from sambench.data.image_files import read_photo_mask
from sambench.data.own.description import PICTURES
from sambench.data.own.guess.pairs import Site
from sambench.data.readers import read_label_volume, read_volume
from sambench.data.volume import in_words
from sambench.errors import InputError

_SAMPLE = 24  # masks of a site that are read
_MOST = 40  # values of a mask; more are an image's


@dataclass(frozen=True)
class SiteLabels:
    """The numbers in the masks of a site.

    Attributes
    ----------
    values : dict
        Number to its share of all pixels, in percent, and of the masks that hold it.
    background : int
        The number in most corners; 0 if there is none.
    order : list of int
        The others, those farther from the middle of the labelled region first.
    nested : bool
        Whether each of `order` lies inside the one before it.
    read : int
        How many masks were read.
    sizes, spacings : list of str
        Different ones, in words.
    faults, remedies : list of str
        Sentences on masks that could not be read, and what to do about them.
    """

    values: dict[int, tuple[float, float]]
    background: int
    order: list[int]
    nested: bool
    read: int
    sizes: list[str]
    spacings: list[str]
    faults: list[str]
    remedies: list[str]


def look_at_labels(site: Site, root: Path) -> SiteLabels:
    """Read masks of a guessed site, evenly spaced in their list."""
    masks, faults, remedies, sizes, spacings = [], [], [], [], []
    chosen = np.linspace(0, len(site.pairs) - 1, min(_SAMPLE, len(site.pairs)))
    for number in dict.fromkeys(chosen.round().astype(int).tolist()):
        image, mask = site.pairs[number]
        try:
            array, steps = _read(root / mask)
            spacings.append(steps or _spacing(root / image))
        except InputError as error:
            faults.append(f"{mask}: found {error.found}")
            remedies.append(error.remedy)
            continue
        if (count := len(np.unique(array))) > _MOST:
            faults.append(f"{mask}: found {count} values, as in an image")
            continue
        sizes.append(in_words(array.shape, "d"))
        masks.append(array if array.ndim == 3 else array[None])
    counts = sum((np.bincount(m.ravel(), minlength=256) for m in masks), np.zeros(256))
    held = sum((np.bincount(np.unique(m), minlength=256) for m in masks), np.zeros(256))
    values = {
        int(v): (100 * counts[v] / counts.sum(), 100 * held[v] / len(masks))
        for v in np.flatnonzero(counts)
    }
    background = _background(masks)
    order, nested = _order(masks, background, [v for v in values if v != background])
    return SiteLabels(
        values,
        background,
        order,
        nested,
        len(masks),
        list(dict.fromkeys(sizes)),
        list(dict.fromkeys(text for text in spacings if text)),
        faults,
        list(dict.fromkeys(remedies)),
    )


def _read(path: Path) -> tuple[np.ndarray, str]:
    if path.suffix.lower() in PICTURES:
        return read_photo_mask(path), ""
    volume = read_label_volume(path)
    return volume.array, in_words(volume.spacing, ".3g")


def _spacing(path: Path) -> str:
    if path.suffix.lower() in PICTURES:
        return ""
    return in_words(read_volume(path).spacing, ".3g")


def _background(masks: Sequence[np.ndarray]) -> int:
    """Return the number that is in most corners of slices."""
    corners = np.zeros(256)
    for mask in masks:
        found = mask[:, [0, 0, -1, -1], [0, -1, 0, -1]]
        corners += np.bincount(found.ravel(), minlength=256)
    return int(corners.argmax())


def _order(
    masks: Sequence[np.ndarray], background: int, values: Sequence[int]
) -> tuple[list[int], bool]:
    """Order numbers from the rim to the middle; whether each encloses the next."""
    distances: dict[int, list[float]] = {value: [] for value in values}
    enclosed: list[bool] = []
    for mask in masks:
        plane = mask[int((mask != background).sum(axis=(1, 2)).argmax())]
        labelled = np.argwhere(plane != background)
        if not len(labelled):
            continue
        middle = labelled.mean(axis=0)
        for value in values:
            places = np.argwhere(plane == value)
            if len(places):
                distance = np.linalg.norm(places - middle, axis=1).mean()
                distances[value].append(float(distance))
    order = sorted(values, key=lambda v: -np.mean(distances[v] or [0.0]))
    for mask in masks:
        for outer, inner in pairwise(order):
            enclosed.append(_encloses(mask, background, outer, inner))
    return order, bool(enclosed) and sum(enclosed) > 0.8 * len(enclosed)


def _encloses(planes: np.ndarray, background: int, outer: int, inner: int) -> bool:
    """Report whether little of a region touches the background."""
    inside = planes == inner
    if not inside.any() or not (planes == outer).any():
        return True
    beside = ndimage.generate_binary_structure(2, 1)[None]
    near = ndimage.binary_dilation(planes == background, beside)
    rim = inside & ndimage.binary_dilation(~inside, beside)
    return (near & rim).sum() < 0.2 * rim.sum()
