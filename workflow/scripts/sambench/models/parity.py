"""Hold our networks against what reference implementations gave for given weights.

A fixture is a safetensors file with weights under the reference's names, inputs, and
the reference's outputs, features and gradient norms; its metadata has the sizes.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from sambench.errors import InputError
from sambench.models.sam.linear import VARIABLE, multiplied_by

TOLERANCE = 1e-5  # of the largest expected value

Fixture = Mapping[str, Tensor]
Errors = Mapping[str, float]


class Comparison(NamedTuple):
    """How far one quantity is from the reference.

    Attributes
    ----------
    name : str
        The fixture's name of the output, feature or gradient.
    error : float
        Largest difference over the largest expected value; infinite where the
        quantity is missing or of another shape.
    """

    name: str
    error: float

    @property
    def equal(self) -> bool:
        """Whether the error is within `TOLERANCE`."""
        return self.error <= TOLERANCE


def parity_report(path: Path) -> list[Comparison]:
    """Compare our implementation with a fixture.

    Matrices are multiplied by torch's own choice, as they were for the reference: the
    order of sums alone makes up to 6e-6. The environment variable SAMBENCH_LINEAR
    overrides it.

    Parameters
    ----------
    path : Path
        A fixture.

    Returns
    -------
    list of Comparison
        In the fixture's order, gradients last.

    Raises
    ------
    InputError
        If the file is no fixture or of a kind that is not known.
    """
    tensors, metadata = read_fixture(path)
    with multiplied_by(os.environ.get(VARIABLE, "torch")):
        errors = _errors(path, tensors, metadata)
    rows = [Comparison(name, float(error)) for name, error in errors.items()]
    return sorted(rows, key=lambda row: "grad" in row.name)


def read_fixture(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read the tensors and the metadata of a fixture."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, FileNotFoundError) as error:
        raise InputError(
            where=path,
            found=str(error),
            expected="a fixture in safetensors format",
            remedy="Give the path of a fixture",
        ) from error
    return tensors, metadata


def _errors(path: Path, tensors: Fixture, metadata: Mapping[str, str]) -> Errors:
    for kind, compare in _KINDS.items():
        try:
            errors = compare(tensors, metadata)
        except KeyError as error:
            raise InputError(
                where=path,
                found=f"nothing named {error}",
                expected=f"a fixture of {kind}",
                remedy="Write the fixture with everything that the comparison needs",
            ) from error
        if errors == {}:
            raise InputError(
                where=path,
                found=f"weights of {kind} and no output",
                expected="what the reference gave",
                remedy="Write the fixture with the reference's outputs",
            )
        if errors is not None:
            return errors
    raise InputError(
        where=path,
        found=f"tensors such as {', '.join(sorted(tensors)[:3]) or '(none)'}",
        expected=f"a fixture of {', '.join(_KINDS)}",
        remedy="Write the weights under the names of the published code",
    )


def _dapsam(tensors: Fixture, metadata: Mapping[str, str]) -> Errors | None:
    from sambench.models.dapsam import parity

    return parity.model_errors(tensors, metadata) if parity.is_model(tensors) else None


def _dbsam_blocks(tensors: Fixture, metadata: Mapping[str, str]) -> Errors | None:
    from sambench.models.dbsam import parity

    return parity.blocks_errors(tensors) if parity.is_blocks(tensors) else None


def _dbsam(tensors: Fixture, metadata: Mapping[str, str]) -> Errors | None:
    from sambench.models.dbsam import parity

    return parity.model_errors(tensors, metadata) if parity.is_model(tensors) else None


# Each compares a fixture of its kind, and gives None for another's.
_KINDS = {"DAPSAM": _dapsam, "DB-SAM blocks": _dbsam_blocks, "DB-SAM": _dbsam}
