"""Make the passes of a network in training cheaper to start, or compile them."""

import logging
import shutil
from typing import Literal

import torch
from torch import nn

from sambench.compute.cast_weights import cast_weights_together
from sambench.compute.precision import Precision
from sambench.errors import InputError

logger = logging.getLogger(__name__)

COMPILERS = ("c++", "g++", "clang++")  # of which torch calls one, for CPUs
GRAPHS = "graphs"


def prepare_passes(
    network: nn.Module, precision: Precision, compiled: bool | Literal["graphs"] | None
) -> None:
    """Prepare a network for a training, in place; names stay as they are.

    Parameters
    ----------
    network : nn.Module
        On its device.
    precision : Precision
        What it is trained in.
    compiled : bool or "graphs", optional
        The recipe's `training.compile`.
    """
    if compiled:
        compile_network(network, precision.device, graphs=compiled == GRAPHS)
    elif precision.name != "float32":
        cast_weights_together(network)


def compile_network(
    network: nn.Module, device: torch.device, graphs: bool = False
) -> str:
    """Have torch compile a network in place at its first call; names stay as they are.

    Parameters
    ----------
    network : nn.Module
        What depends on numbers is left uncompiled within it.
    device : torch.device
        Where it computes.
    graphs : bool
        Also record what the GPU does as CUDA graphs, which start as a whole: then the
        CPU does not set the pace. Torch leaves out what it cannot record.

    Returns
    -------
    str
        The backend: ``"inductor"``, or ``"aot_eager"``, which traces forward and
        backward and gains nothing, on a CPU without a C++ compiler.

    Raises
    ------
    InputError
        If graphs are asked for where there is no CUDA.
    """
    if graphs and device.type != "cuda":
        raise InputError(
            where="the recipe's training.compile",
            found=f"'{GRAPHS}' on the device '{device}'",
            expected="a GPU with CUDA, whose graphs they are",
            remedy="Leave `compile` out, or set it to true",
        )
    backend = "inductor"
    if device.type == "cpu" and not any(map(shutil.which, COMPILERS)):
        backend = "aot_eager"
        logger.warning("no C++ compiler: the network is traced, not compiled")
    mode = "reduce-overhead" if graphs else None
    network.compile(backend=backend, mode=mode)
    return backend
