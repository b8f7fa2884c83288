"""Numbers of the host on a device, without waiting for it.

`torch.tensor(values, device=...)` copies from memory that is not pinned, so that the
host waits until a GPU has done all that it was given before.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def constant(
    values: Sequence[float], device: torch.device, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Return a few numbers as a tensor that the device itself writes.

    Nothing is copied, so that a compiled network or a CUDA graph can hold it. Each
    number is a call, so there should be few.

    Parameters
    ----------
    values : sequence of float
        `n` numbers.
    device, dtype
        Of the tensor, `(n,)`.
    """
    if device.type == "cpu":
        return torch.tensor(values, dtype=dtype)
    return torch.stack([torch.full((), v, device=device, dtype=dtype) for v in values])


def send(
    values: Tensor | Sequence, device: torch.device, dtype: torch.dtype | None = None
) -> Tensor:
    """Copy numbers to a device, from pinned memory if it is a GPU.

    Parameters
    ----------
    values : Tensor or nested sequence of float
        What is on the device already is cast alone.
    device, dtype
        Of the result; by default values keep their type.
    """
    values = torch.as_tensor(values, dtype=dtype)
    if device.type == "cuda" and values.device.type == "cpu":
        values = values.pin_memory()
    return values.to(device, non_blocking=True)
