"""Weights that are not finite are refused wherever they are written or read."""

from collections.abc import Mapping

from torch import Tensor

from sambench.errors import InputError

REPLACE = "Give other weights: these come from a training that failed, or are damaged"


def refuse_infinite(
    weights: Mapping[str, Tensor], where: object, remedy: str = REPLACE
) -> None:
    """Check that all weights are finite.

    Parameters
    ----------
    weights : mapping of str to Tensor
        Weights by name.
    where : object
        Where they come from, for the message.
    remedy : str
        What to do if they are not.

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
