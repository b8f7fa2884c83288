"""Which GPUs processes take: whole ones, or shares of their memory."""

import os
import subprocess
import sys

import pytest

from sambench.train.job import TrainingJob, memory_needed

HOLDER = """
import logging, sys
from sambench.compute.gpus import hold_free_gpus, share_gpu
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
names, sizes, memory = ["a", "b"], [10 * 2**30] * 2, float(sys.argv[1]) * 2**30
index = share_gpu(names, sizes, int(memory)) if memory else hold_free_gpus(names, 1)[0]
print(index, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def start(repository, tmp_path):
    """A function that starts a process which holds GiB of a GPU (0: a whole one)."""
    running = []

    def start(gib):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(gib)],
            env={
                **os.environ,
                "PYTHONPATH": str(repository / "workflow" / "scripts"),
                "TMPDIR": str(tmp_path),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


def said(process):
    return process.stdout.readline().strip()


def test_gpus_are_filled_one_after_the_other(start):
    places = [said(start(gib)) for gib in (6, 6, 4, 3.5)]
    assert places == ["0", "1", "0", "1"]


def test_a_process_waits_until_there_is_room(start):
    first, second = start(7), start(7)
    places = [said(first), said(second)]
    assert sorted(places) == ["0", "1"]
    third = start(4)
    assert said(third) == "waiting for 4.0 GiB of a GPU"
    first.kill()  # nothing of it is left to be cleared
    first.wait()
    assert said(third) == places[0]


def test_who_needs_more_than_a_gpu_has_gets_a_whole_one(start):
    assert said(start(1)) == "0"
    assert said(start(99)) == "1"


def test_whole_gpus_and_shared_ones_are_apart(start):
    assert said(start(0)) == "0"
    assert said(start(1)) == "1"
    refused = start(0)
    assert said(refused) == ""  # it ended: no GPU is free as a whole
    assert refused.wait() == 1


def test_a_training_asks_for_more_with_more_slices_a_step(small_training, pack_discs):
    folder = str(pack_discs().folder)
    needed = []
    for batch_size in (2, 8):
        training = small_training["training"] | {"batch_size": batch_size}
        recipe = small_training | {"training": training}
        job = TrainingJob("run", recipe, [folder], 1, 1, "resume.pt", "run")
        needed.append(memory_needed(job))
    assert 2**30 < needed[0] < needed[1] < 2**33
