"""In which number format a device computes."""

from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import torch

from sambench.errors import InputError

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


def choose_precision(
    device: torch.device, wanted: str = "auto", key: str = "training.precision"
) -> Precision:
    """Choose the number format in which a device computes.

    Parameters
    ----------
    device : torch.device
        Where it computes.
    wanted : str
        ``"float32"``, ``"bfloat16"`` or ``"float16"``, or ``"auto"``: bfloat16 on GPUs
        that compute in it (it keeps the range of float32), float16 on those that have
        tensor cores for it only (compute capability 7), else float32.
    key : str
        The key of the recipe that says so, for the message.

    Raises
    ------
    InputError
        If the device does not compute in the wanted format.
    """
    on_gpu = device.type == "cuda"
    formats = ["float32"]
    if not on_gpu:
        formats += ["bfloat16"] * (device.type == "cpu")
    else:
        if torch.cuda.is_bf16_supported(including_emulation=False):
            formats.append("bfloat16")
        if torch.cuda.get_device_capability(device) >= (7, 0):
            formats.append("float16")
    if wanted == "auto":
        return Precision(
            formats[1] if on_gpu and len(formats) > 1 else "float32", device
        )
    if wanted not in formats:
        raise InputError(
            where=f"the recipe's {key}",
            found=f"'{wanted}' on the device '{device}'",
            expected=f"one of {', '.join(formats)}",
            remedy="Choose one of them, or auto",
        )
    return Precision(wanted, device)
