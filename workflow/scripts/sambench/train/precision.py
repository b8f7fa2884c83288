"""In which number format a device computes."""

from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import torch

MIXED = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Precision(NamedTuple):
    """A number format on a device.

    Attributes
    ----------
    name : str
        ``"float32"``, ``"bfloat16"`` or ``"float16"``.
    device : torch.device
        Where it computes.
    """

    name: str
    device: torch.device

    def autocast(self) -> AbstractContextManager:
        """Return the context in which networks run."""
        if self.name == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=MIXED[self.name])

    def scaler(self) -> torch.amp.GradScaler | None:
        """Return what keeps small gradients from vanishing, for float16 only."""
        if self.name != "float16":
            return None
        return torch.amp.GradScaler(self.device.type)


def choose_precision(device: torch.device) -> Precision:
    """Choose the quickest format in which the device computes.

    bfloat16 on GPUs that compute in it (it keeps the range of float32), float16 on
    those that have tensor cores for it only (compute capability 7), else float32.
    """
    if device.type != "cuda":
        return Precision("float32", device)
    if torch.cuda.is_bf16_supported(including_emulation=False):
        return Precision("bfloat16", device)
    capable = torch.cuda.get_device_capability(device) >= (7, 0)
    return Precision("float16" if capable else "float32", device)
