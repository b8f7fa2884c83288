"""Guess which files are masks, of which images, and which folders are sites."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from sambench.data.file_names import without_accents
from sambench.data.own.description import PICTURES

#: Endings of images, longest first.
_ENDINGS = (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd", ".npz", *PICTURES)
#: Words in names of masks and of images, in five languages and without accents; plurals
#: and nnU-Net's endings are understood.
_MASK = (
    "mask|label|seg|segmentation|gt|groundtruth|ground_truth|annotation|annot|roi"
    "|manual|masken?|segmentierung(?:en)?|masque|mascara|maschera|maschere"
)
_IMAGE = (
    "image|img|photo|scan|picture|original|raw|data|volume|bild(?:er)?|aufnahmen?"
    "|imagen(?:es)?|immagin[ei]"
)
_WORD = r"(?<![a-z])(?:{words})s?(?:tr|ts|va)?(?![a-z])"
_IS_MASK = re.compile(_WORD.format(words=_MASK))
_ANY = re.compile(_WORD.format(words=f"{_MASK}|{_IMAGE}"))
_CHANNEL = re.compile(r"_0000$")  # nnU-Net's image of a case
_FEWEST_FOLDERS = 4  # from so many folders of one pattern on they are patients


@dataclass(frozen=True)
class Site:
    """Pairs that share one pattern.

    Attributes
    ----------
    name : str
        Usable as a key of the configuration.
    images, masks : str
        Patterns with `{name}` and perhaps `{patient}`.
    pairs : list of tuple
        Image and mask of each case.
    names : list of str
        What stands for `{name}` in each.
    """

    name: str
    images: str
    masks: str
    pairs: list[tuple[str, str]]
    names: list[str]


@dataclass(frozen=True)
class Guess:
    """What a folder seems to hold.

    Attributes
    ----------
    sites : list of Site
        Largest first.
    unpaired : list of str
        Images and masks for which no partner was found.
    others : dict
        Number of files by ending that are no images.
    """

    sites: list[Site]
    unpaired: list[str] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)


def guess_pairs(files: Iterable[str]) -> Guess:
    """Guess the pairs among the files below a folder, by their paths in it."""
    images: dict[tuple[str, ...], list[str]] = defaultdict(list)
    masks: dict[tuple[str, ...], list[str]] = defaultdict(list)
    others: Counter[str] = Counter()
    for path in files:
        stem, ending = _split(path)
        if not ending:
            others[path.rpartition(".")[2].lower() if "." in path else "no ending"] += 1
            continue
        (masks if _is_mask(stem) else images)[_key(stem)].append(path)
    pairs, unpaired = [], []
    for key in sorted(images.keys() | masks.keys()):
        found = images.get(key, []), masks.get(key, [])
        if len(found[0]) == len(found[1]) == 1:
            pairs.append((found[0][0], found[1][0]))
        else:
            unpaired += [*found[0], *found[1]]
    return Guess(_sites(pairs), sorted(unpaired), dict(others))


def _split(path: str) -> tuple[str, str]:
    """Return a path without its ending, and the ending if it is an image's."""
    ending = next((e for e in _ENDINGS if path.lower().endswith(e)), "")
    return (path[: -len(ending)], ending) if ending else (path, "")


def _is_mask(stem: str) -> bool:
    """Report whether the name says mask, or else the last telling word of folders."""
    folder, _, name = without_accents(stem).lower().rpartition("/")
    if _IS_MASK.search(name):
        return True
    found = _ANY.findall(folder)
    return bool(found) and bool(_IS_MASK.search(found[-1]))


def _key(stem: str) -> tuple[str, ...]:
    """Return what image and mask have in common: the path without telling words."""
    parts = map(_plain, _CHANNEL.sub("", stem).split("/"))
    return tuple(part for part in parts if part)


def _plain(part: str) -> str:
    """Return a name in lower case, without telling words and separators."""
    words = _ANY.sub("", without_accents(part).lower())
    return re.sub(r"[\W_]+", "_", words).strip("_")


def _sites(pairs: list[tuple[str, str]]) -> list[Site]:
    groups: dict[tuple[str, str], list[tuple[tuple[str, str], str]]] = defaultdict(list)
    written: dict[str, tuple[str, str]] = {}  # .png and .PNG are one pattern
    for pair in pairs:
        *patterns, name = _patterns(*pair)
        key = written.setdefault("\n".join(patterns).lower(), tuple(patterns))
        groups[key].append((pair, name))
    groups = _join_patients(groups)
    found = []
    for (image, mask), members in groups.items():
        chosen = [pair for pair, _ in members]
        names = [name for _, name in members]
        found.append(Site(_site_name(image), image, mask, chosen, names))
    found.sort(key=lambda site: (-len(site.pairs), site.name))
    return _distinct(found)


def _patterns(image: str, mask: str) -> tuple[str, str, str]:
    """Replace what the names of image and mask share by `{name}`."""
    stems = [_split(path)[0].rpartition("/")[2] for path in (image, mask)]
    shared = _shared(*stems)
    patterns = []
    for path in (image, mask):
        folder, slash, name = path.rpartition("/")
        name = re.sub(re.escape(shared), "{name}", name, count=1, flags=re.IGNORECASE)
        patterns.append(folder + slash + name)
    return patterns[0], patterns[1], shared


def _shared(first: str, second: str) -> str:
    """Return the longest text that both names hold, without separators at its ends.

    It is written as in the first; case does not count.
    """
    pair = SequenceMatcher(None, first.lower(), second.lower(), autojunk=False)
    match = pair.find_longest_match()
    best = first[match.a : match.a + match.size]
    return best.strip("_-. ") or best


def _join_patients(groups: dict) -> dict:
    """Join groups whose patterns differ in one folder alone: one for each patient."""
    alike: dict[tuple, list] = defaultdict(list)
    written: dict[str, tuple[str, ...]] = {}  # case does not count in patterns
    for image, mask in groups:
        parts = image.split("/")[:-1]
        for place, part in enumerate(parts):
            general = tuple(_general(pattern, part) for pattern in (image, mask))
            general = written.setdefault("\n".join(general).lower(), general)
            alike[place, general].append((image, mask))
    joined = dict(groups)
    for (_, general), members in sorted(alike.items(), key=lambda i: -len(i[1])):
        present = [key for key in members if key in joined]
        few = sum(len(joined[key]) for key in present) <= 5 * len(present)
        if len(present) >= _FEWEST_FOLDERS and few:
            joined[general] = [pair for key in present for pair in joined.pop(key)]
    return joined


def _general(pattern: str, folder: str) -> str:
    """Write `{patient}` for a folder, even if the file's name begins with it."""
    parts = pattern.split("/")
    return "/".join("{patient}" if part == folder else part for part in parts)


def _site_name(pattern: str) -> str:
    """Name a site by its folders, without words such as images."""
    parts = [part for part in pattern.split("/")[:-1] if "{" not in part]
    parts = [without_accents(part) for part in parts if _plain(part)]
    kept = (re.sub(r"[^A-Za-z0-9]+", "_", part) for part in parts)
    return "_".join(filter(None, (part.strip("_") for part in kept))) or "all"


def _distinct(sites: list[Site]) -> list[Site]:
    counts: Counter[str] = Counter()
    found = []
    for site in sites:
        counts[site.name] += 1
        number = counts[site.name]
        name = site.name if number == 1 else f"{site.name}_{number}"
        found.append(replace(site, name=name))
    return found
