"""Return how weights differ from those that a network has, in one sentence."""

from collections.abc import Mapping

from torch import Tensor

from sambench.errors import InputError

_SHOWN = 3


def refuse_misfit(
    found: Mapping[str, Tensor],
    expected: Mapping[str, Tensor],
    where: object,
    network: str,
    remedy: str = "Give the weights that belong to the recipe's network",
) -> None:
    """Check that weights have the names and shapes of a network, no more and no less.

    Parameters
    ----------
    found, expected : mapping of str to Tensor
        Tensors of the file and of the network.
    where : object
        The file.
    network : str
        Whose weights are expected.
    remedy : str
        What the user can do.

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
        f"{len(names)} tensors {what} ({', '.join(names[:_SHOWN])}"
        f"{', ...' if len(names) > _SHOWN else ''})"
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
