"""Where another program computes: the GPU that it may use, or the CPU."""

import os
import platform
import shutil
import subprocess
import sys
from typing import NamedTuple

from sambench.compute.gpus import hold_free_gpus


class Device(NamedTuple):
    """Where a program computes.

    Attributes
    ----------
    kind : str
        `cuda`, `mps` or `cpu`.
    gpu : str or None
        The value of `CUDA_VISIBLE_DEVICES`.
    description : str
        For the record of a run.
    """

    kind: str
    gpu: str | None
    description: str


def choose_device() -> Device:
    """Choose a GPU that no other job holds, then Apple's MPS, then the CPU."""
    found = _gpus()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        found = {
            name: found.get(name, found and next(iter(found.values())))
            for name in visible.split(",")
            if name not in ("", "-1") and found
        }
    if found:
        names = list(found)
        name = names[hold_free_gpus(names, 1)[0]]
        return Device("cuda", name, found[name])
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return Device("mps", None, "mps")
    return Device("cpu", None, "cpu")


def _gpus() -> dict[str, str]:
    """List NVIDIA's GPUs: index to name of the model."""
    if shutil.which("nvidia-smi") is None:
        return {}
    listed = subprocess.run(
        ["nvidia-smi", "--query-gpu=index,name", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        return {}
    rows = (line.split(", ", 1) for line in listed.stdout.splitlines() if ", " in line)
    return {index.strip(): name.strip() for index, name in rows}
