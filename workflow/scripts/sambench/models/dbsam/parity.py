"""The DB-SAM fixtures: which kind a file is, and how far we are from it.

The kinds are single blocks (`parity_blocks`) and a whole model (`parity_model`).
"""

from collections.abc import Mapping

from torch import Tensor

from sambench.models.dbsam.parity_blocks import blocks_errors
from sambench.models.dbsam.parity_model import model_errors

__all__ = ["blocks_errors", "is_blocks", "is_model", "model_errors"]


def is_blocks(tensors: Mapping[str, Tensor]) -> bool:
    """Whether a fixture holds single blocks of DB-SAM.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        The fixture.
    """
    return any("/weights/" in name for name in tensors)


def is_model(tensors: Mapping[str, Tensor]) -> bool:
    """Whether a fixture holds a whole DB-SAM model.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        The fixture.
    """
    return any(name.startswith("weights/image_encoder.adapter.") for name in tensors)
