"""Write what was guessed of a folder as a configuration, with what to check."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from sambench.data.own.description import PICTURES
from sambench.data.own.guess.labels import SiteLabels
from sambench.data.own.guess.pairs import Guess, Site
from sambench.errors import count_of

_SHOWN = 6
_BEFORE_LAST = r"^(.*\d.*?)[_.-][^_.-]*$"


def write_guess(
    dataset: str,
    folder: Path,
    guess: Guess,
    labels: Mapping[str, SiteLabels],
    file: Path,
) -> str:
    """Return a configuration as text.

    Parameters
    ----------
    dataset : str
        Id for the data set.
    folder : Path
        The folder that was looked at.
    guess : Guess
        Its pairs and sites.
    labels : mapping
        Site to the numbers in its masks.
    file : Path
        Where the text will be, for the commands in its comments.
    """
    words = _words(labels)
    lines = [
        f"# Written by `sambench init {folder}`: a guess. CHECK the lines that say so.",
        "#",
        f"#   python -m sambench check {file}",
        f"#   snakemake --cores all --configfile {file}",
        "#",
        "# docs/your_own_data.md goes through it; every key is described in",
        "# workflow/schemas/own_data.schema.yaml.",
        f"title: {json.dumps(folder.name, ensure_ascii=False)}",
        "data:",
        f"  {dataset}:",
        f"    folder: {json.dumps(str(folder), ensure_ascii=False)}",
    ]
    lines += _unpaired(guess)
    lines += ["    cases:"]
    for site in guess.sites:
        lines += _site(site, labels[site.name], words)
    lines += _structures(labels, words)
    lines += ["", "benchmarks:", *_benchmark(dataset, guess.sites)]
    lines += [
        "methods: [erm, sam_box, oracle, empty, box, ellipse]",
        "preset: small # minutes on two cores; without this line, the published sizes",
        "show_images: false # no picture of a case in the report",
        f"pathvars: {{results: results/{dataset}}}",
    ]
    return "\n".join(lines) + "\n"


def _words(labels: Mapping[str, SiteLabels]) -> list[str]:
    """Return a word for each number but the background, if sites need words."""
    if all(found.background == 0 for found in labels.values()):
        numbers = sorted((set(found.order) for found in labels.values()), key=len)
        alike = all(small <= numbers[-1] for small in numbers)
        if alike or _is_any(labels):
            return []
    most = max((len(found.order) for found in labels.values()), default=0)
    if most == 1:
        return ["label"]
    return ["outer", "inner"] if most == 2 else [f"label_{n + 1}" for n in range(most)]


def _is_any(labels: Mapping[str, SiteLabels]) -> bool:
    """Report whether some masks tell one structure from 0 and no more."""
    return any(len(found.order) == 1 for found in labels.values())


def _site(site: Site, labels: SiteLabels, words: Sequence[str]) -> list[str]:
    about = f"{count_of(len(site.pairs), 'case')}, {_few(labels.sizes)}"
    if labels.spacings:
        about += f", {_few(labels.spacings)} mm"
    lines = [
        f"      {site.name}: # {about}",
        f"        images: {json.dumps(site.images, ensure_ascii=False)}",
        f"        masks: {json.dumps(site.masks, ensure_ascii=False)}",
    ]
    if labels.spacings == ["1 x 1 x 1"]:
        lines.append(
            "        # spacing: [10, 1.5, 1.5] # CHECK: headers say 1 mm; or: unknown"
        )
    shares = [
        f"{value}: {share:.3g} % of pixels, in {held:.0f} % of masks"
        for value, (share, held) in sorted(labels.values.items())
    ]
    lines += [f"        # {text}" for text in shares[: 2 * _SHOWN]]
    if words:
        named = {"background": labels.background}
        named |= dict(zip(words, labels.order, strict=False))
        lacking = "".join(f", {word}: []" for word in words[len(labels.order) :])
        shown = ", ".join(f"{word}: {value}" for word, value in named.items())
        lines.append(f"        values: {{{shown}{lacking}}}")
    lines += _patient(site)
    lines += [f"        # COULD NOT READ {fault}" for fault in labels.faults[:_SHOWN]]
    return lines


def _structures(labels: Mapping[str, SiteLabels], words: Sequence[str]) -> list[str]:
    note = "    # CHECK: names, and which numbers belong to which structure"
    if any(found.background for found in labels.values()):
        note += "; background is what fills the corners"
    if len(words) == 2 and all(found.nested for found in labels.values()):
        note += "; outer lies around inner"
        listed = f"whole: [{words[0]}, {words[1]}], {words[1]}: [{words[1]}]"
    elif words:
        listed = ", ".join(f"{word}: [{word}]" for word in words)
    elif _is_any(labels):
        note += "; any: all but 0"
        listed = "label: any"
    else:
        numbers = sorted({v for found in labels.values() for v in found.order})
        listed = ", ".join(f"label_{value}: [{value}]" for value in numbers)
    return [note, f"    structures: {{{listed}}}"]


def _patient(site: Site) -> list[str]:
    """Take what comes before the last separator for the patient, if it repeats."""
    if "{patient}" in site.images:
        return []
    found = [re.match(_BEFORE_LAST, name) for name in site.names]
    if not found or not all(found):
        return []
    patients = {match[1] for match in found}
    if not 1 < len(patients) < len(site.names):
        return []
    return [
        f"        # CHECK: {len(patients)} patients, by all before the last _ or -",
        f"        patient: '{_BEFORE_LAST}'",
    ]


def _unpaired(guess: Guess) -> list[str]:
    if not guess.unpaired:
        return []
    return [
        f"    # CHECK: {count_of(len(guess.unpaired), 'file')} without a partner, "
        "left out:",
        *(f"    #   {path}" for path in guess.unpaired[:_SHOWN]),
        *(["    #   ..."] if len(guess.unpaired) > _SHOWN else []),
        "    unpaired: leave_out # or: stop",
    ]


def _benchmark(dataset: str, sites: Sequence[Site]) -> list[str]:
    if len(sites) > 1:
        roles = f"train: [{sites[0].name}], test: others"
    else:
        roles = "train: all, test: held_out"
    note = " # CHECK: who trains, who tests"
    mixed = {site.images.lower().endswith(PICTURES) for site in sites}
    about = ["  # pictures count as slices of unknown spacing"] * (len(mixed) > 1)
    return [
        *about,
        f"  - {{id: {dataset}, data: {dataset}, {roles}, size: 128}}{note}",
        "",
    ]


def _few(values: Sequence[str]) -> str:
    more = f" and {len(values) - 2} other sizes" if len(values) > 2 else ""
    return ", ".join(values[:2]) + more
