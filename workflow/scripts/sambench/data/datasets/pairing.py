"""Pair images and masks by their names, in known folders or at any depth."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import matching, no_cases
from sambench.data.file_names import files_below, name_key, one_each

#: Regular expressions of any folders, and of the ending of a NIfTI file.
ANY, NIFTI = r"(?:.*/)?", r"\.nii(?:\.gz)?"

#: A folder, the regular expression of names in it, and a name written by `str.format`.
Files = tuple[Path, str, str]


class FoundCases(list[Case]):
    """Cases, sorted, and the names of images that have no mask, in `left_out`."""

    def __init__(self, cases: Iterable[Case], left_out: Iterable[str] = ()):
        super().__init__(sorted(cases))
        self.left_out = sorted(left_out)


def found_below(root: Path, pattern: str) -> dict[str, Path]:
    """Map the first group of `pattern` to the file, at any depth below a folder.

    Several archives are unpacked beside each other, some with a top folder of their
    own: only names are sure.

    Parameters
    ----------
    root : Path
        It need not exist.
    pattern : str
        Regular expression of the whole path relative to `root`, with forward slashes,
        case-insensitive.

    Raises
    ------
    InputError
        If two files are of one name.
    """
    compiled = re.compile(pattern, re.IGNORECASE)
    found = (
        (compiled.fullmatch(path.relative_to(root).as_posix()), path)
        for path in files_below(root)
    )
    return one_each(root, [(match[1], path) for match, path in found if match])


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


def pairs_in(root: Path, images: Files, masks: Files) -> Iterator[tuple[str, str, str]]:
    """List name, image and mask of each case in two folders, or in one.

    Paths are relative to `root`; a missing file is listed as it would be called.
    """
    found = [matching(folder, names) for folder, names, _ in (images, masks)]
    for name in found[0].keys() | found[1].keys():
        paths = (
            files.get(name, folder / written.format(name))
            for files, (folder, _, written) in zip(found, (images, masks), strict=True)
        )
        image, mask = (path.relative_to(root).as_posix() for path in paths)
        yield name, image, mask


def named_pairs(
    dataset: str,
    root: Path,
    *,
    image: str,
    mask: str,
    expected: tuple[str, str],
    example: str,
    series: str = "",
    prefix: str = "",
    keep: Callable[[str], bool] = lambda name: True,
    groups: Callable[[str], Sequence[str]] = lambda name: ("ct",),
) -> FoundCases:
    """List a case for each mask below a folder, even if its image is missing.

    Parameters
    ----------
    dataset : str
        Id of the data set, for the message.
    root : Path
        Folder above images and masks.
    image, mask : str
        Regular expressions as for `found_below`; their group is the name of the case.
    expected : tuple of str
        Paths of image and mask with ``{}`` for the name, for the report on a missing
        file.
    example : str
        Such a name, for the report on a folder without cases.
    series : str
        Regular expression of a name in folders of DICOM files, each of them an image
        where there is no file of `image`.
    prefix : str
        What cases have before their names.
    keep : callable
        Whether a case of this name is listed.
    groups : callable
        Groups of a case by its name, ``ct`` by default; it is listed once in each.

    Raises
    ------
    InputError
        If there is no case, or two files are of one name.
    """
    root = Path(root)
    masks = found_below(root, mask)
    images = series_below(root, series) if series else {}
    images |= found_below(root, image)
    names = [name for name in masks if keep(name)]
    if not names:
        pattern = " with ".join(path.format(example) for path in expected)
        raise no_cases(dataset, root, pattern)
    by_key = {name_key(name): path for name, path in images.items()}
    cases = []
    for name in names:
        path = by_key.get(name_key(name), root / expected[0].format(name))
        files = [file.relative_to(root).as_posix() for file in (path, masks[name])]
        case = prefix + name
        cases += [Case(case, group, case, "", *files) for group in groups(name)]
    masked = {name_key(name) for name in masks}
    bare = (prefix + name for name in images if name_key(name) not in masked)
    return FoundCases(cases, bare)
