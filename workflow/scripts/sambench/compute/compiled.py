"""Compile a network for its training, where a recipe asks for it."""

import logging
import shutil

import torch
from torch import nn

logger = logging.getLogger(__name__)

COMPILERS = ("c++", "g++", "clang++")  # of which torch calls one, for CPUs


def compile_network(network: nn.Module, device: torch.device) -> str:
    """Have torch compile a network in place at its first call; names stay as they are.

    Parameters
    ----------
    network : nn.Module
        What depends on numbers is left uncompiled within it.
    device : torch.device
        Where it computes.

    Returns
    -------
    str
        The backend: ``"inductor"``, or ``"aot_eager"``, which traces forward and
        backward and gains nothing, on a CPU without a C++ compiler.
    """
    backend = "inductor"
    if device.type == "cpu" and not any(map(shutil.which, COMPILERS)):
        backend = "aot_eager"
        logger.warning("no C++ compiler: the network is traced, not compiled")
    network.compile(backend=backend)
    return backend
