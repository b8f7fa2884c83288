"""Random numbers that depend on seed, step and process alone.

Nothing has to be saved to resume: the generators are set before every update.
"""

import os
import random

import numpy as np
import torch


def make_repeatable(seed: int) -> None:
    """Ask torch for deterministic kernels and seed for weight initialisation.

    Best effort: equal seeds give equal weights on one CPU with the same number of
    threads; GPU kernels without a deterministic form only warn.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    seed_generators(seed)


def seed_generators(*numbers: int) -> None:
    """Seed torch, NumPy and Python from some non-negative integers."""
    state = np.random.SeedSequence(numbers).generate_state(4)
    torch.manual_seed(int(state[0]) << 32 | int(state[1]))
    np.random.seed(state[2])  # noqa: NPY002 (libraries draw from it)
    random.seed(int(state[3]))
