"""Refuse weights that do not fit a network, or are not finite."""

from collections.abc import Mapping

from torch import Tensor

from sambench.errors import InputError, first_few

REPLACE = "Give other weights: these come from a training that failed, or are damaged"


def refuse_misfit(
    found: Mapping[str, Tensor],
    expected: Mapping[str, Tensor],
    where: object,
    network: str,
    remedy: str = "Give the weights that belong to the recipe's network",
) -> None:
    """Check that weights have the names and shapes of a network, no more and no less.

    Raises
    ------
    InputError
        With the tensors that differ, or the prefix that all names of the file have.
    """
    missing = [name for name in expected if name not in found]
    further = [name for name in found if name not in expected]
    other = [
        f"{name} {list(found[name].shape)} for {list(tensor.shape)}"
        for name, tensor in expected.items()
        if name in found and found[name].shape != tensor.shape
    ]
    if not (missing or further or other):
        return
    prefix = _prefix(found, expected)
    if prefix:
        raise InputError(
            where=where,
            found=f"names that all begin with '{prefix}', such as {next(iter(found))}",
            expected=f"the names of {network}, such as {next(iter(expected))}",
            remedy=f"Save the weights without it: {{name.removeprefix('{prefix}'): "
            "tensor for name, tensor in state.items()}",
        )
    parts = [
        f"{len(names)} tensors {what} ({first_few(names, 3)})"
        for what, names in (
            ("missing", missing),
            ("of no such name", further),
            ("of another shape", other),
        )
        if names
    ]
    raise InputError(
        where=where,
        found="; ".join(parts),
        expected=f"the {len(expected)} tensors of {network}",
        remedy=remedy,
    )


def _prefix(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
    """Return what all names begin with, if most are the network's without it."""
    parts = next(iter(found), "").split(".")
    for count in range(len(parts) - 1, 0, -1):
        prefix = ".".join(parts[:count]) + "."
        if all(name.startswith(prefix) for name in found):
            fit = sum(name.removeprefix(prefix) in expected for name in found)
            if 2 * fit > len(expected):
                return prefix
    return ""


def refuse_infinite(
    weights: Mapping[str, Tensor], where: object, remedy: str = REPLACE
) -> None:
    """Check that all weights are finite, wherever they are written or read.

    Raises
    ------
    InputError
        If one is NaN or infinite.
    """
    for name, tensor in weights.items():
        if not (tensor.is_floating_point() or tensor.is_complex()):
            continue
        if not tensor.isfinite().all():
            raise InputError(
                where=f"{where}, weights '{name}'",
                found="values that are not finite (NaN or infinite)",
                expected="finite numbers",
                remedy=remedy,
            )
