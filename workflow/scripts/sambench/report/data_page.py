"""The page of `sambench check`: every case with the contour of its label on it."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sambench.data.inspection import Look
from sambench.data.thumbnails import COLOURS
from sambench.errors import count_of
from sambench.tables.templates import template


@dataclass(frozen=True)
class Checked:
    """What was found of one data set.

    Attributes
    ----------
    dataset : str
        Its id.
    structures : tuple of str
        In the order of their colours.
    looks : list of Look
        What was seen of every case.
    faults : list of str
        Faults of the set as a whole: files that do not pair, sites without cases.
    notes : list of str
        What is no fault but may be one.
    """

    dataset: str
    structures: tuple[str, ...]
    looks: list[Look] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def all_faults(self) -> list[str]:
        """Return the faults of the set and of its cases."""
        return [*self.faults, *(f for look in self.looks for f in look.faults)]

    def sites(self) -> dict[str, list[Look]]:
        """Return the cases by site."""
        found: dict[str, list[Look]] = {}
        for look in self.looks:
            found.setdefault(look.case.group, []).append(look)
        return found


def site_summary(looks: Sequence[Look]) -> str:
    """Describe the cases of a site in a line."""
    sizes = list(dict.fromkeys(look.size for look in looks if look.size))
    steps = list(dict.fromkeys(look.spacing for look in looks if look.spacing))
    patients = len({look.case.patient for look in looks})
    words = [f"{count_of(len(looks), 'case')} of {count_of(patients, 'patient')}"]
    words += [_few(sizes, "pixels")] if sizes else []
    words += [_few(steps, "mm")] if steps else []
    read = [look for look in looks if look.shares]
    for name in read[0].shares if read else ():
        shares = sorted(100 * look.shares[name] for look in read)
        words.append(f"{name} {shares[0]:.2g} to {shares[-1]:.2g} % of the image")
    return "; ".join(words)


def render_check(name: str, checked: Sequence[Checked]) -> str:
    """Return the page of a configuration file's data sets as HTML."""
    page = template(
        Path(__file__).with_name("data_page.html.j2"),
        base64=lambda picture: base64.b64encode(picture).decode(),
        count_of=count_of,
        site_summary=site_summary,
    )
    return page.render(name=name, sets=checked, colours=COLOURS)


def _few(values: Sequence[str], unit: str) -> str:
    more = f" and {len(values) - 2} others" if len(values) > 2 else ""
    return ", ".join(values[:2]) + more + f" {unit}"
