"""Find out whether predictions and structures speak of the same label values.

A value that belongs to no structure counts as background. More often than a wrong
prediction it is another unit: 255 for 1, or a structure under another number.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from sambench.data.label_values import refuse_graded
from sambench.errors import InputError

logger = logging.getLogger(__name__)

_SHOWN = 8


class LabelUnits:
    """Collects the values of masks, and compares them when all are known.

    An empty list of a structure's label values means every value but 0; `known` are
    further values that labels may hold.
    """

    def __init__(
        self, structures: Mapping[str, Sequence[int]], known: Iterable[int] = ()
    ):
        self._structures = structures
        self._known = set(known)
        self._labels: set[int] = set()
        self._predicted: set[int] = set()
        self._unions: dict[str, set[int]] = {}

    def add_label(self, name: str, labels: np.ndarray) -> None:
        """Note the values of a label, an array of uint8."""
        self._labels |= self._note(name, labels)

    def add_prediction(self, name: str, labels: np.ndarray) -> None:
        """Note the values of a prediction, an array of uint8."""
        self._predicted |= self._note(name, labels)

    def check(self, where: object) -> None:
        """Compare what was noted; `where` names the predictions.

        Raises
        ------
        InputError
            If no label holds a value of any structure, or values are predicted that
            stand for nothing while a structure that is there is never predicted.
        """
        if self._unions:
            name, values = max(self._unions.items(), key=lambda item: len(item[1]))
            logger.warning(
                f"{name}: {len(values)} values ({_listed(values)}) are taken as one "
                f"structure (such masks: {len(self._unions)}); name the values of each "
                "structure, or threshold masks that were compressed"
            )
        named = {name: set(values) for name, values in self._structures.items()}
        if not self._labels and not self._known:
            logger.warning("every label is empty: there is nothing to find")
        if not all(named.values()):
            return
        every = set().union(*named.values())
        self._check_labels(where, named, every)
        present = self._labels | self._known
        never = [
            name
            for name, values in named.items()
            if values & present and not values & self._predicted
        ]
        unknown = self._predicted - every - present
        if unknown and never:
            raise InputError(
                where=where,
                found=f"values {_listed(unknown)} that are in no structure, and none "
                f"of {', '.join(never)}",
                expected=f"only 0 {_listed(every)}",
                remedy="Name the values of the predictions, or write the labels' own",
            )
        if unknown:
            logger.warning(
                f"{where}: values {_listed(unknown)} are in no structure and count as "
                f"background; expected only 0 {_listed(every)}"
            )
        elif never and self._predicted:
            logger.warning(
                f"{where}: no value of {', '.join(never)} in any prediction (values "
                f"found: {_listed(self._predicted)}), which therefore is missed"
            )

    def _check_labels(
        self, where: object, named: dict[str, set[int]], every: set[int]
    ) -> None:
        if self._known or not self._labels:
            return
        found = f"values found: 0 {_listed(self._labels)}"
        absent = [name for name, values in named.items() if not values & self._labels]
        if not every & self._labels:
            raise InputError(
                where=where,
                found=f"no label with a value of {', '.join(absent)} ({found})",
                expected=f"labels with {_listed(every)}",
                remedy="Correct the values of the structures",
            )
        if absent:
            logger.warning(f"no label holds a value of {', '.join(absent)} ({found})")

    def _note(self, name: str, labels: np.ndarray) -> set[int]:
        counts = np.bincount(labels.ravel(), minlength=1)
        values = set((np.flatnonzero(counts[1:]) + 1).tolist())
        refuse_graded(labels, len(values), name)
        if len(values) > 1 and not all(self._structures.values()):
            self._unions[name] = values
        return values


def _listed(values: Iterable[int]) -> str:
    ordered = [str(value) for value in sorted(values)]
    rest = ["..."] * (len(ordered) > _SHOWN)
    return " ".join(ordered[:_SHOWN] + rest)
