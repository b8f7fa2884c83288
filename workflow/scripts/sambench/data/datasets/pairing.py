"""Pair images and masks by their names, at any depth below a folder."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import no_cases
from sambench.data.file_names import files_below, name_key, one_each

#: Regular expressions of any folders, and of the ending of a NIfTI file, which may be a
#: folder that holds the file: some programs unpack so.
ANY, NIFTI = r"(?:.*/)?", r"\.nii(?:\.gz)?(?:/[^/]+)?"


class FoundCases(list[Case]):
    """Cases, sorted, and the names of images that have no mask, in `left_out`."""

    def __init__(self, cases: Iterable[Case], left_out: Iterable[str] = ()):
        super().__init__(sorted(cases))
        self.left_out = sorted(left_out)


def found_below(root: Path, *patterns: str) -> list[dict[str, Path]]:
    """Map what the groups of each pattern match to the file, at any depth in a folder.

    Several archives are unpacked beside each other, some with a top folder of their
    own: only names are sure.

    Parameters
    ----------
    root : Path
        It need not exist.
    patterns : str
        Regular expressions of the whole path relative to `root`, with forward slashes,
        case-insensitive. What several groups match is joined by slashes.

    Raises
    ------
    InputError
        If two files are of one name.
    """
    files = [(path.relative_to(root).as_posix(), path) for path in files_below(root)]
    named = []
    for pattern in patterns:
        compiled = re.compile(pattern, re.IGNORECASE)
        found = ((compiled.fullmatch(name), path) for name, path in files)
        names = [("/".join(match.groups()), path) for match, path in found if match]
        named.append(one_each(root, names))
    return named


def series_below(root: Path, name: str) -> dict[str, Path]:
    """Map each name, a regular expression, to the folder with most DICOM files.

    Contours and segmentations of the same patient are one file each, in folders of
    their own.
    """
    slices = (path for path in files_below(root) if path.suffix.lower() == ".dcm")
    counts = Counter(path.parent for path in slices)
    found: dict[str, Path] = {}
    for folder, _ in counts.most_common():
        named = re.findall(name, folder.relative_to(root).as_posix())
        if named:
            found.setdefault(named[0], folder)
    return found


def own_patient(name: str, *groups: str) -> list[Case]:
    """Return a case that is a patient, in each group; its files are not set."""
    return [Case(name, group, name, "") for group in groups]


def named_pairs(
    dataset: str,
    root: Path,
    *,
    image: str,
    mask: str,
    expected: tuple[str, str],
    example: str,
    series: str = "",
    cases: Callable[..., Iterable[Case]] = lambda name: own_patient(name, "ct"),
    keep: Callable[..., bool] = lambda *name: True,
    every_image: bool = False,
) -> FoundCases:
    """List a case for each mask below a folder, even if its image is missing.

    Parameters
    ----------
    dataset : str
        Id of the data set, for the message.
    root : Path
        Folder above images and masks.
    image, mask : str
        Regular expressions as for `found_below`; what their groups match is the name.
    expected : tuple of str
        Paths of image and mask with ``{}`` for each part of the name, for the report on
        a missing file.
    example : str
        A name, for the report on a folder without cases.
    series : str
        Regular expression of a name in folders of DICOM files, each of them an image
        where there is no file of `image`.
    cases : callable
        Makes what is listed of a name's parts, without files: by default one case of
        group ``ct``, named so.
    keep : callable
        Whether the name of these parts is listed.
    every_image : bool
        Whether an image without a mask is a case that lacks it; otherwise it is left
        out.

    Raises
    ------
    InputError
        If there is no case, or two files are of one name.
    """
    root = Path(root)
    images, masks = found_below(root, image, mask)
    if series:
        images = series_below(root, series) | images
    sides = [
        {name_key(n): path for n, path in found.items()} for found in (images, masks)
    ]
    bare = [name for name in images if name_key(name) not in sides[1]]
    names = [*masks, *bare] if every_image else list(masks)
    names = [name for name in names if keep(*name.split("/"))]
    if not names:
        wanted = [path.format(*example.split("/")) for path in expected]
        raise no_cases(dataset, root, " with ".join(dict.fromkeys(wanted)))
    listed = []
    for name in names:
        parts, top = name.split("/"), root
        wanted = [path.format(*parts) for path in expected]
        found = [side.get(name_key(name)) for side in sides]
        if every_image:  # folders are known, so that a file's tells its partner's
            side = 0 if found[0] else 1
            top = found[side].parents[wanted[side].count("/")]
        paths = (path or top / file for path, file in zip(found, wanted, strict=True))
        files = [path.relative_to(root).as_posix() for path in paths]
        listed += [
            replace(case, image=files[0], mask=files[1]) for case in cases(*parts)
        ]
    left_out = [] if every_image else bare
    return FoundCases(
        listed, {c.case for name in left_out for c in cases(*name.split("/"))}
    )
