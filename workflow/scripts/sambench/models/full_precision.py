"""Parts of a network that are computed in float32 whatever the rest is computed in."""

from contextlib import AbstractContextManager, nullcontext

import torch


def full_precision(device: torch.device) -> AbstractContextManager:
    """Return the context in which torch casts nothing to half precision.

    The meta device knows no casts.
    """
    if device.type == "meta":
        return nullcontext()
    return torch.autocast(device.type, enabled=False)
