"""Compare our networks with what reference implementations gave for given weights.

A fixture is a safetensors file with weights under the reference's names, inputs, and
the reference's outputs, features and gradient norms; its metadata has the sizes.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from sambench.errors import InputError
from sambench.models.sam.linear import VARIABLE, multiplied_by
from sambench.parity.errors import Comparison
from sambench.parity.fixture import Fixture
from sambench.parity.kinds import KINDS, MARKS
from sambench.weights.content import check_weights_file


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
        If the file is no fixture, or of a kind that is not known, or lacks what is
        compared.
    """
    tensors, metadata = _read(path)
    name = _kind(path, tensors, metadata)
    kind = KINDS.entry(name)
    dtype = torch.float64 if kind.double else torch.float32
    fixture = Fixture(tensors, metadata, kind.tolerance, dtype)
    try:
        with multiplied_by(os.environ.get(VARIABLE, "torch")):
            KINDS[name](fixture)
    except KeyError as error:
        raise InputError(
            where=path,
            found=f"nothing named {error}",
            expected=f"a fixture of {name}",
            remedy="Write the fixture with everything that the comparison needs",
        ) from error
    if not fixture.rows:
        raise InputError(
            where=path,
            found=f"weights of {name} and no output",
            expected="what the reference gave",
            remedy="Write the fixture with the reference's outputs",
        )
    return sorted(fixture.rows, key=lambda row: "grad" in row.name)


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read the tensors and the metadata of a fixture."""
    from safetensors import SafetensorError, safe_open

    check_weights_file(path, "Give the path of a fixture")
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


def _kind(path: Path, names: Iterable[str], metadata: Mapping[str, str]) -> str:
    """Return the kind of a fixture: its header's `method`, else told by its names."""
    method = metadata.get("method")
    if method is not None:
        method = method.strip('"')
        if method in KINDS:
            return method
        found = f"the method '{method}'"
    else:
        for kind, mark in MARKS.items():
            if any(re.search(mark, name) for name in names):
                return kind
        found = f"tensors such as {', '.join(sorted(names)[:3]) or '(none)'}"
    raise InputError(
        where=path,
        found=found,
        expected=f"a fixture of {', '.join(KINDS)}",
        remedy="Name the method in the header, and weights as the published code does",
    )
