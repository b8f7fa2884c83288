"""Weights that are not finite are refused wherever they are written or read."""

from collections.abc import Mapping

from torch import Tensor

from sambench.errors import InputError

DIVERGED = (
    "Lower the learning rate (`training.optimiser.lr` of the method, in `overrides`), "
    "add `clip_norm` to the optimiser, or look for extreme intensities in the inventory"
)


def refuse_infinite(
    weights: Mapping[str, Tensor], where: str, remedy: str = DIVERGED
) -> None:
    """Check that all weights are finite.

    Parameters
    ----------
    weights : mapping of str to Tensor
        Weights by name.
    where : str
        Where they come from, for the message.
    remedy : str
        What to do if they are not.

    Raises
    ------
    InputError
        If one is NaN or infinite.
    """
    for name, tensor in weights.items():
        if not tensor.isfinite().all():
            raise InputError(
                where=f"{where}, weights '{name}'",
                found="values that are not finite (NaN or infinite)",
                expected="finite numbers",
                remedy=remedy,
            )
