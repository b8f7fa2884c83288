"""Names of tensors in our networks and in the published code, both ways."""

import re
from collections.abc import Iterable, Mapping

from torch import Tensor


class Renaming:
    """Rules between names of theirs and of ours.

    Parameters
    ----------
    pairs : iterable of (str, str)
        Beginnings of names, theirs and ours, whole up to a dot; ``{i}`` stands for a
        number. The first that fits replaces its part; other names are equal in both.
    within : iterable of (str, str), optional
        Parts of names, theirs and ours, that are replaced wherever they stand.
    """

    def __init__(
        self,
        pairs: Iterable[tuple[str, str]],
        within: Iterable[tuple[str, str]] = (),
    ):
        pairs, within = list(pairs), list(within)
        self._to_ours = [_rule(theirs, ours) for theirs, ours in pairs]
        self._to_theirs = [_rule(ours, theirs) for theirs, ours in pairs]
        self._within_to_ours = [_inner(*pair) for pair in within]
        self._within_to_theirs = [_inner(ours, theirs) for theirs, ours in within]

    def to_ours(self, name: str) -> str:
        """Translate one of their names."""
        name = _first_match(name, self._to_ours)
        return _first_match(name, self._within_to_ours)

    def to_theirs(self, name: str) -> str:
        """Translate one of our names."""
        name = _first_match(name, self._to_theirs)
        return _first_match(name, self._within_to_theirs)

    def state_to_ours(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Rename a state dict of theirs."""
        return {self.to_ours(name): tensor for name, tensor in state.items()}

    def state_to_theirs(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Rename a state dict of ours."""
        return {self.to_theirs(name): tensor for name, tensor in state.items()}


def _rule(source: str, target: str) -> tuple[re.Pattern[str], str]:
    pattern = re.escape(source).replace(r"\{i\}", r"(\d+)")
    parts = target.split("{i}")
    replacement = parts[0]
    for number, part in enumerate(parts[1:], 1):
        replacement += rf"\{number}{part}"
    return re.compile(rf"^{pattern}(?=\.|$)"), replacement


def _inner(source: str, target: str) -> tuple[re.Pattern[str], str]:
    return re.compile(rf"(?<=\.){re.escape(source)}(?=\.|$)"), target


def _first_match(name: str, rules: list[tuple[re.Pattern[str], str]]) -> str:
    for pattern, replacement in rules:
        renamed, count = pattern.subn(replacement, name)
        if count:
            return renamed
    return name
