"""Look at every case of a data set: what is wrong with it, and how it looks."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from sambench.data.case_checks import case_faults, reading_fault
from sambench.data.case_doubts import case_doubts, directions, mixed_directions
from sambench.data.cases import Case, mask_files
from sambench.data.copies import copied_images, shared_images, shared_patients
from sambench.data.data_version import hashes
from sambench.data.datasets import Dataset
from sambench.data.own.description import PICTURES
from sambench.data.pairs import read_pair
from sambench.data.thumbnails import thumbnail
from sambench.data.volume import in_words
from sambench.errors import InputError, first_few

_SHOWN = 3
_WORKERS = 4


@dataclass(frozen=True)
class Look:
    """One case as it was found.

    Attributes
    ----------
    case : Case
        Its name and files.
    faults, doubts : tuple of str
        Sentences; a case with a fault stops the workflow.
    picture : bytes
        WebP image with the contours of structures; empty if the case cannot be read.
    shares : dict
        Structure to the share of pixels that it covers.
    corners : dict
        Structure to whether it covers the corners of the image.
    size : str
        Such as ``24 x 384 x 384``.
    spacing : str
        In mm; empty if unknown.
    directions : str
        Where columns, rows and slices point to, such as ``LPS``; empty if unknown.
    """

    case: Case
    faults: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    picture: bytes = b""
    shares: Mapping[str, float] = field(default_factory=dict)
    corners: Mapping[str, bool] = field(default_factory=dict)
    size: str = ""
    spacing: str = ""
    directions: str = ""


def inspect_cases(
    cases: Sequence[Case],
    root: Path,
    dataset: Dataset,
    structures: Mapping[str, Sequence[int]],
    progress: Callable[[int], None] = lambda number: None,
) -> list[Look]:
    """Read, check and draw every case.

    Parameters
    ----------
    structures : mapping
        Structure to its label values.
    progress : callable
        Called with the number of cases that are done.
    """
    look = partial(_look, root=root, dataset=dataset, structures=structures)
    looks = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        for found in pool.map(look, cases):
            looks.append(found)
            progress(len(looks))
    return looks


def notes_of(looks: Sequence[Look], root: Path) -> list[str]:
    """List what no single case shows: sentences on sites and the whole set."""
    notes = []
    by_site: dict[str, list[Look]] = {}
    for look in looks:
        by_site.setdefault(look.case.group, []).append(look)
    for site, found in by_site.items():
        read = [look for look in found if look.shares]
        for name in read[0].shares if read else ():
            empty = sum(look.shares[name] == 0 for look in read)
            corners = sum(look.corners[name] for look in read)
            if empty == len(read):
                notes.append(f"{site}: '{name}' is in no mask; is its value right?")
            elif empty:
                notes.append(f"{site}: '{name}' is absent from {empty} of {len(read)}")
            if corners > len(read) / 2:
                notes.append(
                    f"{site}: '{name}' covers the corners of {corners} of {len(read)} "
                    "images; is it the background?"
                )
        if read and {look.spacing for look in read} == {"1 x 1 x 1"}:
            notes.append(
                f"{site}: every header says 1 x 1 x 1 mm, as programs write that do "
                "not know it; `spacing` in the configuration overrules it"
            )
        coloured = [look for look in found if _is_coloured(root, look.case)]
        if coloured:
            notes.append(
                f"{site}: {len(coloured)} masks are colour pictures, such as "
                f"{mask_files(coloured[0].case.mask)[0]}; with three equal channels "
                "they are read as grey"
            )
    codes = {f"{k.case.group}/{k.case.case}": k.directions for k in looks}
    if mixed := mixed_directions(codes):
        notes.append(
            f"slices that are cut or turned in different directions: {mixed}; "
            "`orientation: canonical` turns all alike"
        )
    if shared := shared_patients(look.case for look in looks):
        notes.append(f"patients in several sites: {first_few(shared)}")
    return notes + _copies(looks, root)


def _look(
    case: Case, root: Path, dataset: Dataset, structures: Mapping[str, Sequence[int]]
) -> Look:
    try:
        pair = read_pair(case, root, dataset)
    except InputError as error:
        return Look(case, (f"{reading_fault(error, root)}. {error.remedy}",))
    faults = case_faults(case, pair, dataset)
    doubts = [] if faults else [doubt.found for doubt in case_doubts(case, pair)]
    if pair.plane != pair.mask.shape:
        return Look(case, tuple(faults), size=in_words(pair.mask.shape, "d"))
    masks = {
        name: np.isin(pair.mask, list(values)) for name, values in structures.items()
    }
    spacing = pair.spacing
    return Look(
        case,
        tuple(faults),
        tuple(doubts),
        thumbnail(pair.image, masks, spacing),
        {name: float(mask.mean()) for name, mask in masks.items()},
        {name: _covers_corners(mask) for name, mask in masks.items()},
        in_words(pair.mask.shape, "d"),
        in_words(spacing or (), ".3g"),
        directions(pair),
    )


def _covers_corners(mask: np.ndarray) -> bool:
    planes = mask if mask.ndim == 3 else mask[None]
    corners = planes[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    return bool(corners.all(axis=1).any())


def _is_coloured(root: Path, case: Case) -> bool:
    from PIL import Image

    path = root / mask_files(case.mask)[0]
    if path.suffix.lower() not in PICTURES:
        return False
    try:
        with Image.open(path) as picture:
            return picture.mode.startswith("RGB")
    except OSError:
        return False


def _copies(looks: Sequence[Look], root: Path) -> list[str]:
    """Name images that are copies of each other, which would leak between sites."""
    paths = {mask_files(look.case.image)[0] for look in looks}
    paths = sorted(path for path in paths if (root / path).is_file())
    sizes = Counter((root / path).stat().st_size for path in paths)
    alike = [path for path in paths if sizes[(root / path).stat().st_size] > 1]
    contents = dict(zip(alike, hashes(root, alike), strict=True))
    cases = [look.case for look in looks]
    copies = copied_images(cases, contents) + shared_images(cases)
    notes = [f"the same image: {', '.join(found)}" for found in copies[:_SHOWN]]
    if len(copies) > _SHOWN:
        notes.append(f"and {len(copies) - _SHOWN} more images that are copies")
    return notes
