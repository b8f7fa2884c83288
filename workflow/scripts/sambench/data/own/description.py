"""The description of a data set as jobs get it: complete, checked, without words."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sambench.data.own.custom_dataset import describe_custom
from sambench.data.own.labels import Labels, labels_of
from sambench.data.own.patterns import compiled
from sambench.errors import InputError

#: Endings of pictures; everything else is a volume.
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
_PER_SITE = ("spacing", "orientation", "channel", "patient")


def describe(dataset: str, entry: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """Complete and check the description of a data set.

    Returns
    -------
    dict
        Plain values: `dataset`, `kind`, `folder`, `sites`, `structures`, `labels`,
        `channels`, `split`, `unpaired`, `empty_masks`.

    Raises
    ------
    InputError
        If a path, a pattern or the meaning of labels is wrong.
    """
    where = f"key data.{dataset}"
    folder = base / entry["folder"]
    if not folder.is_dir():
        raise InputError(
            where=f"{where}.folder",
            found=f"'{folder}', which is no folder",
            expected="the folder of the images",
            remedy="Correct the path; it is relative to the file that holds this key",
        )
    if entry["layout"]:
        return describe_custom(dataset, entry, folder, where)
    for name, site in entry["cases"].items():
        for key in ("images", "masks"):
            if key not in site:
                raise InputError(
                    where=f"{where}.cases.{name}",
                    found=f"no key '{key}'",
                    expected=f"a pattern of the {key}",
                    remedy="Add it, or name your own `layout`",
                )
    labels = labels_of(entry, where)
    sites = {name: _site(entry, name, labels, where, base) for name in entry["cases"]}
    return {
        "dataset": dataset,
        "kind": entry["kind"] or _kind(sites),
        "folder": str(folder),
        "sites": sites,
        "structures": labels.structures,
        "labels": list(labels.values),
        "channels": _channels(sites, where),
        "split": _table(entry["split"], f"{where}.split", base),
        "unpaired": entry["unpaired"],
        "empty_masks": entry["empty_masks"],
    }


def _site(
    entry: Mapping[str, Any], name: str, labels: Labels, where: str, base: Path
) -> dict[str, Any]:
    site, where = entry["cases"][name], f"{where}.cases.{name}"
    images = [site["images"]] if isinstance(site["images"], str) else site["images"]
    masks = site["masks"]
    masks = [masks] if isinstance(masks, str) else list(masks.values())
    for key, patterns in (("images", images), ("masks", masks)):
        for pattern in patterns:
            compiled(pattern, f"{where}.{key}")
    both = {p for p in set(images) & set(masks) if not p.lower().endswith(".npz")}
    if both:
        raise InputError(
            where=f"{where}.masks",
            found=f"'{min(both)}', which is the pattern of images, too",
            expected="the pattern of other files",
            remedy="Correct one of the two",
        )
    given = {key: site.get(key, entry.get(key)) for key in _PER_SITE}
    patient = given["patient"]
    if patient is not None and patient.lower().endswith(".csv"):
        given["patient"] = None
        given["patients"] = _table(patient, f"{where}.patient", base)
    elif patient is not None:
        _check_expression(patient, f"{where}.patient")
    codes = labels.codes[name]
    return {
        "images": list(images),
        "masks": masks,
        **given,
        # Pairs, as the numbers of a mapping become text on their way to a job.
        "codes": None if codes is None else sorted(codes.items()),
        "words": sorted(labels.words[name].items()),
    }


def _channels(sites: Mapping[str, Mapping[str, Any]], where: str) -> int:
    """Return 1, or 3 where several files are one image."""
    counts = {name: len(site["images"]) for name, site in sites.items()}
    if len(set(counts.values())) > 1:
        least, most = min(counts, key=counts.get), max(counts, key=counts.get)
        raise InputError(
            where=f"{where}.cases",
            found=f"{counts[most]} images a case in '{most}', {counts[least]} in "
            f"'{least}'",
            expected="as many in every site",
            remedy="List the files of every site in the same order",
        )
    return 3 if max(counts.values()) > 1 else 1


def _check_expression(text: str, where: str) -> None:
    try:
        re.compile(text)
    except re.error as error:
        raise InputError(
            where=where,
            found=f"'{text}' ({error})",
            expected="a regular expression, or a CSV file",
            remedy="Correct it, e.g. '^(p[0-9]+)' for names that begin with p1",
        ) from error


def _table(name: str | None, where: str, base: Path) -> str | None:
    if name is None:
        return None
    path = base / name
    if not path.is_file():
        raise InputError(
            where=where,
            found=f"'{path}', which is no file",
            expected="a CSV file",
            remedy="Correct the path; it is relative to the file that holds this key",
        )
    return str(path)


def _kind(sites: Mapping[str, Mapping[str, Any]]) -> str:
    """Take cases for photographs if all of them are pictures."""
    patterns = [pattern for site in sites.values() for pattern in site["images"]]
    pictures = [pattern.lower().endswith(PICTURES) for pattern in patterns]
    return "photo" if all(pictures) else "volume"
