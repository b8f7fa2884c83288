"""Read batches ahead of their use, in a thread."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import torch
from torch import Tensor

from sambench.compute import distributed
from sambench.methods.batch import Batch, map_tensors
from sambench.train.resident import ResidentSlices
from sambench.train.slices import SourceSlices

AHEAD = 2


def read_batches(
    slices: SourceSlices | ResidentSlices,
    batches: Iterable[Sequence[int]],
    device: torch.device,
) -> Iterator[Batch]:
    """Read this process's share of each batch and copy it to the device.

    A batch that the processes cannot share evenly loses the slices that are left over.

    Parameters
    ----------
    slices : SourceSlices or ResidentSlices
        The pool; if it lies on the device, batches are gathered there.
    batches : iterable of sequence of int
        Positions in the pool, of the whole batch of all processes.
    device : torch.device
        Where the batches go. Memory is pinned for GPUs, so that copies do not wait.
    """
    rank, world = distributed.rank(), distributed.world_size()
    on_gpu = device.type == "cuda"
    shared = (
        batch[: len(batch) // world * world][rank::world]
        for batch in batches
        if len(batch) >= world
    )
    if isinstance(slices, ResidentSlices):
        yield from map(slices.batch, shared)
        return

    def read(indices: Sequence[int]) -> Batch:
        batch = slices.batch(indices)
        return map_tensors(Tensor.pin_memory, batch) if on_gpu else batch

    with ThreadPoolExecutor(1) as reader:
        waiting = [reader.submit(read, indices) for indices in islice(shared, AHEAD)]
        while waiting:
            batch = waiting.pop(0).result()
            waiting += [reader.submit(read, indices) for indices in islice(shared, 1)]
            yield map_tensors(lambda t: t.to(device, non_blocking=True), batch)
