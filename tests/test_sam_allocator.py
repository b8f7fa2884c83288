"""Keeping freed memory."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from sambench.compute.allocator import keep_freed_memory
changed = keep_freed_memory()
import torch
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        torch.ones(40 << 20, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
for _ in range(4):  # until the heap has settled
    faults()
print(int(changed), faults())
"""


def run(**environment):
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, "workflow/scripts"],
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(word) for word in found.stdout.split()]


@pytest.mark.skipif(sys.platform != "linux", reason="an allocator of Linux")
def test_kept_memory_is_not_faulted_in_again():
    changed, faults = run(SAMBENCH_KEEP_MEMORY="1")
    if not changed:
        pytest.skip("the C library is not glibc")
    unchanged, as_usual = run(SAMBENCH_KEEP_MEMORY="0")
    assert not unchanged
    assert faults < as_usual / 10
