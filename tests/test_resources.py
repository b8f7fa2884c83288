"""What jobs ask for: threads, GPUs, and waiting without spinning."""

import os
import subprocess
import sys

import pytest

from sambench.settings.resources import MANY, gpus_of, has_gpu, threads_of

UNET = {"predictor": "network", "network": {"name": "unet"}}
CONTROL = {"predictor": "label_shape", "network": None}


@pytest.mark.parametrize(
    ("recipe", "sides", "threads"),
    [
        (UNET, {"a": 96}, 1),
        (UNET, {"a": 96, "b": 192}, 1),
        (UNET, {"a": 384}, MANY),
        (UNET, {"a": 96, "b": 256}, MANY),
        (UNET, {}, MANY),  # slices keep the size of their files
        (UNET | {"network": {"image_size": 1024}}, {"a": 96}, MANY),
        (CONTROL, {"a": 1024}, 1),
    ],
)
def test_small_networks_and_controls_ask_for_one_thread(recipe, sides, threads):
    assert threads_of(recipe, sides) == threads


def test_a_gpu_is_asked_for_where_there_is_one_or_jobs_go_elsewhere():
    assert gpus_of(UNET, elsewhere=True) == 1
    assert gpus_of(UNET, elsewhere=False) == int(has_gpu())
    assert gpus_of(CONTROL, elsewhere=True) == 0


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, "1000"),
        ({"GOMP_SPINCOUNT": "7"}, "7"),
        ({"OMP_WAIT_POLICY": "active"}, "None"),
    ],
)
def test_threads_do_not_spin_unless_the_user_says_so(given, found, repository):
    names = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
    environment = {k: v for k, v in os.environ.items() if k not in names}
    environment["PYTHONPATH"] = str(repository / "workflow" / "scripts")
    code = "import sambench, os; print(os.environ.get('GOMP_SPINCOUNT'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | given,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == found
