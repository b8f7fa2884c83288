"""Label values for other programs: 1, 2, 3, ... in place of those of a data set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sambench.errors import InputError


@dataclass(frozen=True)
class LabelCode:
    """Structures under values that count from 1, an outer structure before an inner.

    A voxel has the value of the innermost structure that it belongs to.

    Attributes
    ----------
    structures : dict of str to list of int
        In the order of the data set's: the value of a structure, and of all inside it.
    table : ndarray of uint8, `(256,)`
        From value in the data set to value here.
    order : tuple of str
        Structures by their own value, which is 1 for the first.
    """

    structures: dict[str, list[int]]
    table: np.ndarray
    order: tuple[str, ...]

    @property
    def nested(self) -> bool:
        """Whether a structure lies inside another."""
        return any(len(values) > 1 for values in self.structures.values())


def label_code(structures: Mapping[str, Sequence[int]]) -> LabelCode:
    """Assign structures numbers, so that one map of labels holds them all.

    Raises
    ------
    InputError
        If two structures overlap and neither holds the other: no map of labels can say
        that a voxel is one, the other or both.
    """
    values = {name: set(found) for name, found in structures.items()}
    for one, other in combinations(values, 2):
        shared = values[one] & values[other]
        if shared and shared not in (values[one], values[other]):
            raise InputError(
                where=f"structures {one} and {other}",
                found=f"an overlap in {sorted(shared)}, and a part of each outside it",
                expected="structures inside each other or apart, for one map of labels",
                remedy="Leave out this method for the benchmark",
            )
    order = sorted(values, key=lambda name: -len(values[name]))
    table = np.zeros(256, np.uint8)
    for number, name in enumerate(order, start=1):
        table[sorted(values[name])] = number
    inside = {
        name: [
            number
            for number, inner in enumerate(order, start=1)
            if number > order.index(name) and values[inner] <= values[name]
        ]
        for name in values
    }
    return LabelCode(inside, table, tuple(order))
