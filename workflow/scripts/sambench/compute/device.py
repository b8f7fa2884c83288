"""Which devices a job computes on, and how many threads it uses."""

import os

import torch

from sambench.compute.allocator import keep_freed_memory
from sambench.compute.gpus import SHARING, hold_free_gpus, share_gpu

USABLE = 0.9  # of the memory of a GPU that is shared
ASKED = 4 * 2**30  # bytes of a job that does not know what it needs, e.g. a prediction


def prepare(threads: int, device: str | None = None) -> torch.device:
    """Set the CPU threads of the job and its allocator, and return its device.

    Parameters
    ----------
    threads : int
        CPU threads.
    device : str, optional
        A device that the caller has reserved; by default the first that is free.
    """
    torch.set_num_threads(threads)
    found = torch.device(device or reserve_devices(1)[0])
    if found.type == "cpu":
        keep_freed_memory()
    return found


def shares_gpus() -> bool:
    """Return whether the user lets jobs share GPUs (`SAMBENCH_SHARE_GPUS=1`)."""
    return os.environ.get(SHARING) == "1" and torch.cuda.is_available()


def reserve_devices(count: int, memory: int = ASKED) -> list[str]:
    """Reserve GPUs for this process until it ends: CUDA, then MPS, then the CPU.

    On a machine with several GPUs, each process takes the first that no other process
    of this user holds: Snakemake limits how many jobs use a GPU but not which one.
    `CUDA_VISIBLE_DEVICES`, as a cluster sets it, narrows the choice as usual. Without
    CUDA there is one device, however many were asked for. Where jobs share GPUs, one
    that asks for a single device waits until a GPU has the bytes of memory it needs.

    Returns
    -------
    list of str
        Names of devices, e.g. ``["cuda:0", "cuda:1"]``.

    Raises
    ------
    InputError
        If other jobs hold too many of the GPUs.
    """
    if torch.cuda.is_available():
        if shares_gpus() and count <= 1:
            return [f"cuda:{_shared_gpu(memory)}"]
        return [f"cuda:{index}" for index in hold_free_gpus(_visible(), max(1, count))]
    return ["mps" if torch.backends.mps.is_available() else "cpu"]


def _shared_gpu(memory: int) -> int:
    names = _visible()
    total = [
        torch.cuda.get_device_properties(i).total_memory for i in range(len(names))
    ]
    return share_gpu(names, [round(USABLE * size) for size in total], memory)


def _visible() -> list[str]:
    """Return the names of the GPUs that this process sees."""
    total = torch.cuda.device_count()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    names = visible.split(",") if visible else [str(index) for index in range(total)]
    return names[:total]


def describe(device: torch.device) -> str:
    """Return the name of a device for the run record, e.g. ``"NVIDIA H100"``."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return device.type


def peak_memory(device: torch.device) -> int:
    """Return the peak memory of this process in bytes: GPU memory on CUDA, else RAM.

    On Linux from /proc: `getrusage` begins with the peak of the process that started
    this one.
    """
    import resource
    import sys
    from pathlib import Path

    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
