"""What is no fault of a case, but may well be one: it is told, and nothing stops."""

from collections.abc import Sequence
from typing import NamedTuple

from sambench.data.cases import Case
from sambench.data.findings import WARNING, Finding
from sambench.data.geometry import PLACE_TOLERANCE, displacement
from sambench.data.pairs import CasePair

_SHOWN = 3
_EXPECTED = {
    "headers": "every header without a contradiction",
    "equal places": "voxels of a mask where those of its image are",
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
    return doubts


def list_doubts(dataset: str, n_cases: int, doubts: Sequence[Doubt]) -> list[Finding]:
    """Make a warning of the doubts of each check."""
    findings = []
    for check, expected in _EXPECTED.items():
        found = [doubt for doubt in doubts if doubt.check == check]
        if found:
            names = tuple(dict.fromkeys(doubt.case for doubt in found))
            shown = "; ".join(doubt.found for doubt in found[:_SHOWN])
            more = f"; and {len(found) - _SHOWN} more" * (len(found) > _SHOWN)
            findings.append(
                Finding(dataset, check, expected, shown + more, WARNING, n_cases, names)
            )
    return findings
