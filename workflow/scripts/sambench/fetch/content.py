"""Does a file without a published hash hold what it should: a look at its content."""

import logging
from pathlib import Path

from sambench.data.datasets import DATASETS
from sambench.errors import InputError, count_of
from sambench.settings.datasets import Entry
from sambench.weights.content import Fault, look

logger = logging.getLogger(__name__)


def check_set(entry: Entry, folder: Path) -> None:
    """Check by its file names that a folder holds the set that is meant.

    Raises
    ------
    InputError
        If the set's layout finds no case. Another number of cases than was published
        is logged.
    """
    dataset = DATASETS.get(entry.id)
    if dataset is None:
        return
    try:
        cases = dataset.find_cases(folder)
    except InputError as error:
        raise InputError(
            where=entry.id,
            found=f"an archive of something else ({error.found})",
            expected=error.expected,
            remedy="Nothing was kept or trusted; check the address or the mirror",
        ) from error
    n_expected = entry.expected.get("cases")
    if n_expected and len(cases) != n_expected:
        logger.warning(
            f"{entry.id}: found {count_of(len(cases), 'case')}, the published set has "
            f"{n_expected}"
        )


def check_checkpoint(path: Path, name: str) -> None:
    """Check that a file whose hash nobody knows holds weights.

    Parameters
    ----------
    path : Path
        The file as it was received.
    name : str
        What it is called.

    Raises
    ------
    InputError
        If it is no file of weights, or not a whole one.
    """
    kind = look(path)
    if isinstance(kind, Fault):
        raise InputError(
            where=path,
            found=kind.found,
            expected=f"the weights {name}",
            remedy="Nothing was kept or trusted; check the address or the mirror",
        )
