"""What is no fault of a case, but may well be one: it is told, and nothing stops."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nibabel.orientations import inv_ornt_aff

from sambench.data.cases import Case
from sambench.data.findings import WARNING, Finding
from sambench.data.geometry import PLACE_TOLERANCE, axis_codes, displacement
from sambench.data.pairs import CasePair
from sambench.data.volume import in_words
from sambench.errors import first_few

_SHOWN = 3
_ELONGATED = 2  # pixels of slices along a scan, not across it, have such sides
_EXPECTED = {
    "headers": "every header without a contradiction",
    "equal places": "voxels of a mask where those of its image are",
    "slices": "slices across the axis with the largest spacing",
}


class Doubt(NamedTuple):
    """One thing to look at: a key of `_EXPECTED`, the case, and "<file>: found ..."."""

    check: str
    case: str
    found: str


def case_doubts(case: Case, pair: CasePair) -> list[Doubt]:
    """List what is doubtful of a case that has passed every check."""
    doubts = [Doubt("headers", case.case, found) for found in pair.doubts]
    if pair.affines is not None:
        image, mask = pair.affines
        apart = displacement(mask, image, pair.grid.shape)
        # Of two origins one is wrong, or both fit all the same: the voxels decide.
        if apart > PLACE_TOLERANCE:
            found = f"{case.mask}: found a grid {apart:.4g} voxels from the image's"
            doubts.append(Doubt("equal places", case.case, found))
    if pair.spacing is not None:
        apart, *sides = pair.spacing
        if max(sides) > _ELONGATED * max(apart, min(sides)):
            found = (
                f"{case.image}: found slices {apart:.4g} mm apart with pixels of "
                f"{in_words(sides)} mm; the scan seems to be cut along another axis"
            )
            doubts.append(Doubt("slices", case.case, found))
    return doubts


def directions(pair: CasePair) -> str:
    """Return where columns, rows and slices point to; "" if that is not known."""
    if pair.grid is None or pair.grid.affine is None:
        return ""
    turn = inv_ornt_aff(pair.grid.turn, pair.grid.shape)
    return axis_codes(pair.grid.affine @ turn)


def mixed_directions(by_case: Mapping[str, str]) -> str | None:
    """Describe cases of which some are flipped or cut otherwise; None if none is."""
    cases: dict[str, list[str]] = {}
    for case, codes in by_case.items():
        if codes:
            cases.setdefault(codes, []).append(case)
    if len(cases) < 2:
        return None
    (most, usual), *others = sorted(cases.items(), key=lambda item: -len(item[1]))
    count = len(by_case)
    words = [f"{most} in {len(usual)} of {count}"]
    words += [
        f"{codes} in {len(names)} of {count} ({first_few(names, 3)})"
        for codes, names in others
    ]
    return ", ".join(words)


def list_doubts(dataset: str, n_cases: int, doubts: Sequence[Doubt]) -> list[Finding]:
    """Make a warning of the doubts of each check."""
    findings = []
    for check, expected in _EXPECTED.items():
        found = [doubt for doubt in doubts if doubt.check == check]
        if found:
            names = tuple(dict.fromkeys(doubt.case for doubt in found))
            shown = first_few([doubt.found for doubt in found], _SHOWN, "; ")
            findings.append(
                Finding(dataset, check, expected, shown, WARNING, n_cases, names)
            )
    return findings
