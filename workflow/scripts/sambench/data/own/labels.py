"""From the numbers in the masks of the user's data to the label values of sambench.

In sambench 0 is background and a structure is a set of values above 0. Masks of others
hold anything: 0 for the cup and 255 for the background, or a file for each structure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sambench.errors import InputError, require_known

BACKGROUND = "background"
ANY = "any"
_NUMBERS = "numbers from 1 to 255, or words of the key 'values'"
_MOST_FILES = 7  # each file is a bit of a uint8 label value


@dataclass(frozen=True)
class Labels:
    """The label values of one data set.

    Attributes
    ----------
    structures : dict
        Structure to its label values, all above 0.
    values : tuple of int
        Every label value that a mask may hold, 0 among them.
    codes : dict
        Site to its translation: number in the file to label value. None if each
        structure has its own file, in which everything but 0 is the structure.
    words : dict
        Site to the word of each number in the file, for messages.
    """

    structures: dict[str, list[int]]
    values: tuple[int, ...]
    codes: dict[str, dict[int, int] | None]
    words: dict[str, dict[int, str]]


def labels_of(entry: Mapping[str, Any], where: str) -> Labels:
    """Work out the label values of a data set.

    Raises
    ------
    InputError
        If sites mix files by structure with one file, words are unknown or missing,
        a number has two words, the background has none, or 0 is a structure without
        words.
    """
    sites = entry["cases"]
    several = [name for name in sites if isinstance(sites[name]["masks"], Mapping)]
    if several and len(several) < len(sites):
        other = next(name for name in sites if name not in several)
        raise InputError(
            where=f"{where}.cases",
            found=f"a file for each structure in '{several[0]}', one file in '{other}'",
            expected="the same in every site",
            remedy="Describe the sites as two data sets",
        )
    if several:
        return _by_file(entry, where)
    words = {
        name: site.get("values") or entry.get("values") for name, site in sites.items()
    }
    if any(words.values()):
        return _by_word(entry, words, where)
    return _by_number(entry, where)


def file_codes(description: Mapping[str, Any] | None) -> dict[int, int] | None:
    """Return the translation of the numbers in masks of one site to label values.

    It is None if they are equal, and if each structure has its own file. The
    description is of one site, or None for a data set that sambench knows.
    """
    if description is None:
        return None
    (site,) = description["sites"].values()
    return None if site["codes"] is None else dict(site["codes"])


def _by_file(entry: Mapping[str, Any], where: str) -> Labels:
    names = list(
        dict.fromkeys(n for site in entry["cases"].values() for n in site["masks"])
    )
    for site, cases in entry["cases"].items():
        lacking = [name for name in names if name not in cases["masks"]]
        if lacking:
            raise InputError(
                where=f"{where}.cases.{site}.masks",
                found=f"no file of {lacking[0]}",
                expected=f"files of {', '.join(names)} as in the other sites",
                remedy="Add the pattern",
            )
    if len(names) > _MOST_FILES:
        raise InputError(
            where=f"{where}.cases",
            found=f"{len(names)} mask files for a case",
            expected=f"at most {_MOST_FILES}",
            remedy="Join structures that do not overlap in one file",
        )
    # A label value is a set of files, one bit each: overlaps are kept.
    every = range(1, 2 ** len(names))
    codes = {
        name: [code for code in every if code >> n & 1] for n, name in enumerate(names)
    }
    structures = _structures(entry, codes, where)
    sites = dict.fromkeys(entry["cases"])
    return Labels(structures, (0, *every), sites, {site: {} for site in sites})


def _by_word(
    entry: Mapping[str, Any], given: Mapping[str, Mapping | None], where: str
) -> Labels:
    codes: dict[str, list[int]] = {}
    numbers: dict[str, dict[int, int]] = {}
    words: dict[str, dict[int, str]] = {}
    for site, values in given.items():
        place = f"{where}.cases.{site}.values"
        if not values:
            raise InputError(
                where=place,
                found="nothing, while other sites have words for their values",
                expected="words for the numbers in these masks",
                remedy="Add the key",
            )
        words[site] = _words_of(values, entry["ignore"], place)
        numbers[site] = {}
        for number, word in words[site].items():
            if word != BACKGROUND:
                codes.setdefault(word, [len(codes) + 1])
            numbers[site][number] = codes[word][0] if word != BACKGROUND else 0
    structures = _structures(entry, codes, where)
    used = {w for words in entry["structures"].values() for w in _listed(words)}
    for site, values in given.items():
        for word in codes:
            if word not in values and (word in used or not used):
                raise InputError(
                    where=f"{where}.cases.{site}.values",
                    found=f"no value of '{word}'",
                    expected=f"every word of the structures: {', '.join(codes)}",
                    remedy=f"Add it; '{word}: []' if these masks never hold it",
                )
    return Labels(structures, tuple(range(len(codes) + 1)), numbers, words)


def _words_of(
    values: Mapping[str, Any], ignore: Sequence[int], where: str
) -> dict[int, str]:
    """Return the word of each number of one site."""
    found: dict[int, str] = {}
    for word, numbers in [*values.items(), (BACKGROUND, ignore)]:
        for number in numbers if isinstance(numbers, Sequence) else [numbers]:
            if found.setdefault(number, word) != word:
                raise InputError(
                    where=where,
                    found=f"{number} for '{found[number]}' and for '{word}'",
                    expected="one word for each number",
                    remedy="Correct the numbers; structures may share words",
                )
    if 0 not in found and BACKGROUND not in values:
        found[0] = BACKGROUND
    if BACKGROUND not in found.values():
        raise InputError(
            where=where,
            found=f"'{found[0]}' for 0, and no background",
            expected="the number of the background",
            remedy="Add it, e.g. background: 255",
        )
    return found


def _by_number(entry: Mapping[str, Any], where: str) -> Labels:
    if not entry["structures"]:
        raise InputError(
            where=where,
            found="neither 'structures' nor 'values'",
            expected="what the numbers in the masks mean",
            remedy="Add e.g. structures: {gland: any}, or structures: {liver: [1]}",
        )
    ignored = entry["ignore"]
    given = {name: _listed(values) for name, values in entry["structures"].items()}
    numbers = {value for values in given.values() for value in values} - {ANY}
    wrong = sorted(str(n) for n in numbers if isinstance(n, str) or not 0 < n < 256)
    if "0" in wrong:
        raise InputError(
            where=f"{where}.structures",
            found="the value 0 in a structure",
            expected=_NUMBERS,
            remedy="Name the numbers, values: {background: 255, cup: 0}, and list "
            "words",
        )
    if wrong:
        raise InputError(
            where=f"{where}.structures",
            found=f"'{wrong[0]}'",
            expected=_NUMBERS,
            remedy="Add the key 'values' with the number of this word",
        )
    shared = sorted(numbers & set(ignored))
    if shared:
        raise InputError(
            where=f"{where}.ignore",
            found=f"{shared[0]}, which is in a structure",
            expected="numbers of no structure",
            remedy="Remove it from one of the two",
        )
    every = any(ANY in values for values in given.values())
    kept = [n for n in range(1, 256) if n not in ignored] if every else sorted(numbers)
    code = {number: number for number in kept} | dict.fromkeys([0, *ignored], 0)
    structures = {
        name: kept if ANY in values else sorted(values)
        for name, values in given.items()
    }
    sites = dict.fromkeys(entry["cases"], code)
    return Labels(structures, (0, *kept), sites, {site: {} for site in sites})


def _structures(
    entry: Mapping[str, Any], codes: Mapping[str, list[int]], where: str
) -> dict[str, list[int]]:
    """Return the label values of structures that are sets of words."""
    given = entry["structures"] or {word: [word] for word in codes}
    found = {}
    for name, listed in given.items():
        members = list(codes) if ANY in _listed(listed) else _listed(listed)
        require_known(f"{where}.structures.{name}", "word", members, codes)
        found[name] = sorted({code for word in members for code in codes[word]})
    return found


def _listed(values: Any) -> list:
    return list(values) if isinstance(values, list | tuple) else [values]
