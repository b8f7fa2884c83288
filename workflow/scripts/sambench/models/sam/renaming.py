"""Names of tensors in our networks and in the published code, both ways."""

import re
from collections.abc import Iterable, Mapping

from torch import Tensor

Rules = list[tuple[re.Pattern[str], str]]


class Renaming:
    """Rules between names of theirs and of ours.

    Parameters
    ----------
    pairs : iterable of (str, str)
        Beginnings of names, theirs and ours, whole up to a dot; ``{i}`` stands for a
        number. The first that fits replaces its part; other names are equal in both.
    within : iterable of (str, str)
        Parts of names, theirs and ours, that are replaced wherever they stand.
    older : iterable of (str, str)
        Beginnings of names as the code once had them, and theirs now.
    """

    def __init__(
        self,
        pairs: Iterable[tuple[str, str]],
        within: Iterable[tuple[str, str]] = (),
        older: Iterable[tuple[str, str]] = (),
    ):
        pairs, within = list(pairs), list(within)
        self._to_ours = [
            [_beginning(old, new) for old, new in older],
            [_beginning(theirs, ours) for theirs, ours in pairs],
            [_inner(theirs, ours) for theirs, ours in within],
        ]
        self._to_theirs = [
            [_beginning(ours, theirs) for theirs, ours in pairs],
            [_inner(ours, theirs) for theirs, ours in within],
        ]

    def to_ours(self, name: str) -> str:
        """Translate one of their names, with or without ``module.``."""
        return _renamed(name.removeprefix("module."), self._to_ours)

    def to_theirs(self, name: str) -> str:
        """Translate one of our names."""
        return _renamed(name, self._to_theirs)

    def state_to_ours(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Rename a state dict of theirs."""
        return {self.to_ours(name): tensor for name, tensor in state.items()}

    def state_to_theirs(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Rename a state dict of ours."""
        return {self.to_theirs(name): tensor for name, tensor in state.items()}


def below(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin so, without the beginning."""
    return {n.removeprefix(prefix): t for n, t in state.items() if n.startswith(prefix)}


def _beginning(source: str, target: str) -> tuple[re.Pattern[str], str]:
    pattern = re.escape(source).replace(r"\{i\}", r"(\d+)")
    first, *others = target.split("{i}")
    numbered = (rf"\{number}{part}" for number, part in enumerate(others, 1))
    return re.compile(rf"^{pattern}(?=\.|$)"), first + "".join(numbered)


def _inner(source: str, target: str) -> tuple[re.Pattern[str], str]:
    return re.compile(rf"(?<=\.){re.escape(source)}(?=\.|$)"), target


def _renamed(name: str, passes: Iterable[Rules]) -> str:
    """Rename by the first rule of each pass that fits."""
    for rules in passes:
        matching = (rule for rule in rules if rule[0].search(name))
        for pattern, replacement in matching:
            name = pattern.sub(replacement, name)
            break
    return name
