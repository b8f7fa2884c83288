"""The order in which the slices of a pool are drawn, epoch by epoch."""

from collections.abc import Iterator
from typing import Any

import numpy as np


class EpochOrder:
    """Shuffle the pool of slices, repeated to a minimum number of steps, per epoch.

    The order of an epoch depends on seed and epoch alone, so that a resumed run sees
    what an uninterrupted one would have seen.

    Parameters
    ----------
    size : int
        Slices in the pool.
    training : mapping
        `batch_size`; `min_steps_per_epoch`, as the pool is repeated whole until it
        fills this many batches; `steps_per_epoch`, exactly so many batches of one
        shuffled pool after another; `sampling`; `drop_last`, whether a last batch that
        is smaller than the others is left out.
    seed : int
        Seed for the order.
    groups : ndarray of int, `(size,)`
        The domain of each slice, for balanced sampling: every domain is then drawn as
        often, slices of larger ones less than once an epoch, of smaller ones more.
    """

    def __init__(
        self, size: int, training: dict[str, Any], seed: int, groups: np.ndarray
    ):
        self.batch_size = training["batch_size"]
        repeats = -(-training.get("min_steps_per_epoch", 1) * self.batch_size // size)
        self._size, self._repeats = size, max(1, repeats)
        self._seed = seed
        sampling = training.get("sampling")
        self._groups = groups if sampling == "balanced" else None
        self._replayed = sampling == "replayed"
        self._drop_last = training.get("drop_last", False)
        self._exactly = training.get("steps_per_epoch")

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        if self._exactly:
            return self._exactly
        drawn = self._size * self._repeats
        whole, rest = divmod(drawn, self.batch_size)
        return whole + (rest > 0 and not self._drop_last)

    def batches(self, epoch: int) -> Iterator[np.ndarray]:
        """Return the positions in the pool of each batch of an epoch."""
        generator = np.random.default_rng([self._seed, 0 if self._replayed else epoch])
        count = self._size * self._repeats
        if self._exactly:
            count = self._exactly * self.batch_size
        if self._groups is not None:
            order = self._balanced(generator, count)
        elif self._exactly:
            order = self._passes(generator, count)
        else:
            order = generator.permutation(count) % self._size
        for number in range(len(self)):
            yield order[number * self.batch_size : (number + 1) * self.batch_size]

    def _passes(self, generator: np.random.Generator, count: int) -> np.ndarray:
        """Shuffle the pool again and again; the rest of a pass is left out."""
        whole = self._size - self._size % self.batch_size or self._size
        passes = [
            generator.permutation(self._size)[:whole] for _ in range(-(-count // whole))
        ]
        return np.concatenate(passes)[:count]

    def _balanced(self, generator: np.random.Generator, count: int) -> np.ndarray:
        """Draw every domain in turn; within a domain, all slices before any again."""
        numbers = np.unique(self._groups)
        share = -(-count // len(numbers))
        columns = []
        for number in numbers:
            pool = np.flatnonzero(self._groups == number)
            rounds = [
                generator.permutation(pool) for _ in range(-(-share // len(pool)))
            ]
            columns.append(np.concatenate(rounds)[:share])
        turns = np.stack(columns, axis=1)
        turns = generator.permuted(turns, axis=1)
        return turns.ravel()[:count]
