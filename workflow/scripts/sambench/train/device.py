"""Where the arithmetic runs: device, threads, precision, determinism."""

import os
import random
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch

from sambench.allocator import keep_freed_memory
from sambench.gpus import hold_free_gpu


def prepare(threads: int) -> torch.device:
    """Set the CPU threads of the job, then choose the device and its allocator."""
    torch.set_num_threads(threads)
    device = choose_device()
    if device.type == "cpu":
        keep_freed_memory()
    return device


def make_repeatable(seed: int) -> None:
    """Seed Python, NumPy and torch, and ask torch for deterministic kernels.

    Best effort: equal seeds give equal weights on one CPU with the same number of
    threads; GPU kernels without a deterministic form only warn.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (libraries draw from it)
    torch.manual_seed(seed)


def choose_device() -> torch.device:
    """Choose CUDA, then Apple's MPS, then the CPU.

    On a machine with several GPUs, each process takes the first that no other process
    of this user holds: Snakemake limits how many jobs use a GPU but not which one.
    `CUDA_VISIBLE_DEVICES`, as a cluster sets it, narrows the choice as usual.
    """
    if torch.cuda.is_available():
        return torch.device("cuda", _free_gpu(torch.cuda.device_count()))
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _free_gpu(count: int) -> int:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    names = visible.split(",") if visible else [str(index) for index in range(count)]
    return hold_free_gpu(names[:count])


def precision(device: torch.device) -> AbstractContextManager:
    """Run in bfloat16 where it pays and keeps the range of float32: on CUDA."""
    if device.type == "cuda":
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return nullcontext()


def describe(device: torch.device) -> str:
    """Name the device for the run record, e.g. ``"NVIDIA H100"`` or ``"cpu"``."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return device.type


def peak_memory(device: torch.device) -> int:
    """Give the peak memory of this process in bytes: GPU memory on CUDA, else RAM."""
    import resource
    import sys

    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
