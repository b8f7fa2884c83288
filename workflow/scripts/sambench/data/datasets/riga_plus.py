"""RIGA+: fundus photographs of five domains, optic disc and cup, six raters.

Layout: ``<domain>_{train,test}.csv`` at the root with columns ``image,mask``; images
``RIGA/<domain>/[<folder>/]<stem>.tif``, masks
``RIGA-mask/<domain>/[<folder>/]<stem>-<rater>.tif``. The mask column lacks the rater's
suffix, and one folder of Magrabia is spelt ``MagrabiFemale``. Mask values: 0
background, 128 cup, 255 rim, so the disc is {128, 255}. Unlabelled lists are not read.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from sambench.data.cases import Case, join_files
from sambench.data.csv_list import read_csv_list
from sambench.data.datasets.dataset import Dataset, base_folder, no_cases

if TYPE_CHECKING:
    import numpy as np

DOMAINS = (
    "BinRushed",
    "Magrabia",
    "MESSIDOR_Base1",
    "MESSIDOR_Base2",
    "MESSIDOR_Base3",
)
RATERS = range(1, 7)
MAJORITY = "majority"

_SPLITS = ("train", "test")
_CUP, _RIM = 128, 255


def find_cases(root: Path, rater: int | str = 1) -> list[Case]:
    """List the photographs in the train and test lists of every domain.

    Parameters
    ----------
    root : Path
        Folder of the lists, or the one above it.
    rater : int or str
        Whose masks to use, 1 to 6, or `MAJORITY` of the six; published results use
        rater 1.
    """
    root = Path(root)
    base = base_folder(root, lambda folder: bool(_lists(folder)))
    above = PurePosixPath(base.relative_to(root).as_posix())
    cases = [
        _case(above, domain, split, row["image"], row["mask"], rater)
        for path, domain, split in _lists(base)
        for row in read_csv_list(path, ("image", "mask"))
        if row["image"]
    ]
    if not cases:
        pattern = f"<domain>_{{train,test}}.csv, domain one of {', '.join(DOMAINS)}"
        raise no_cases("riga_plus", base, pattern)
    return sorted(cases)


def check_polarity(mask: np.ndarray) -> str | None:
    """Check that 0 is outside, and that the rim (255) lies around the cup (128).

    Descriptions of this data set contradict each other about the three values.

    Returns
    -------
    str or None
        What is wrong.
    """
    from scipy import ndimage

    corners = mask[[0, 0, -1, -1], [0, -1, 0, -1]]
    if corners.any():
        return "found corners other than 0, expected 0 to be the background"
    beside = ndimage.binary_dilation(mask == 0) & (mask > 0)
    if (mask[beside] == _CUP).sum() > (mask[beside] == _RIM).sum():
        return (
            "found more of value 128 than of 255 along the background, "
            "expected 128 (cup) inside 255 (rim)"
        )
    if mask.any() and not (mask == _CUP).any():
        return "found no pixel of value 128, expected a cup"
    return None


def majority_mask(masks: np.ndarray) -> np.ndarray:
    """Keep what at least half of the raters drew, disc and cup each.

    Masks ``(raters, H, W)`` become one ``(H, W)`` uint8 of the same values, 0, 128 and
    255. A cup lies in its rater's disc, so the majority's cup is in the majority's
    disc. Three of six are enough in the open re-run of single-source methods whose
    published numbers are called `audit_majority`.
    """
    import numpy as np

    enough = len(masks) / 2
    disc = np.count_nonzero(masks, axis=0) >= enough
    cup = np.count_nonzero(masks == _CUP, axis=0) >= enough
    return np.where(cup, _CUP, np.where(disc, _RIM, 0)).astype(np.uint8)


def _lists(folder: Path) -> list[tuple[Path, str, str]]:
    named = [
        (folder / f"{domain}_{split}.csv", domain, split)
        for domain in DOMAINS
        for split in _SPLITS
    ]
    return [item for item in named if item[0].is_file()]


def _case(
    above: PurePosixPath,
    domain: str,
    split: str,
    image: str,
    mask: str,
    rater: int | str,
) -> Case:
    # Lists that Windows wrote have its slashes.
    image, mask = image.replace("\\", "/"), mask.replace("\\", "/")
    image_path = PurePosixPath(image)
    listed = PurePosixPath(mask or image.replace("RIGA", "RIGA-mask", 1))
    masks = [
        (above / listed.with_name(f"{image_path.stem}-{n}{image_path.suffix}"))
        for n in (RATERS if rater == MAJORITY else [rater])
    ]
    name, path = _name(domain, image_path), (above / image_path).as_posix()
    mask = join_files([path.as_posix() for path in masks])
    return Case(name, domain, name, split, path, mask)


def _name(domain: str, image: PurePosixPath) -> str:
    """Name a case after its folders below the domain; stems repeat between them."""
    parts = list(image.with_suffix("").parts)
    if domain in parts:
        parts = parts[parts.index(domain) + 1 :]
    # BinRushed1 and MagrabiFemale tell the domain themselves; Labeled does not.
    if not parts[0].startswith(domain[:6]):
        parts = [domain, *parts]
    return "_".join(parts).replace(" ", "_")


DATASET = Dataset(
    id="riga_plus",
    kind="photo",
    labels=frozenset({0, _CUP, _RIM}),
    find_cases=find_cases,
    options={"rater": (*RATERS, MAJORITY)},
    check_mask=check_polarity,
    polarity="0 outside, the rim (255) around the cup (128)",
    combine_masks=majority_mask,
)
