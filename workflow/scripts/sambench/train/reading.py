"""Read batches ahead of their use, in a thread."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import torch
from torch import Tensor

from sambench import distributed
from sambench.methods.batch import Batch, map_tensors
from sambench.train.slices import SourceSlices

AHEAD = 2


def read_batches(
    slices: SourceSlices, batches: Iterable[Sequence[int]], device: torch.device
) -> Iterator[Batch]:
    """Read this process's share of each batch and copy it to the device.

    A batch that the processes cannot share evenly loses the slices that are left over.

    Parameters
    ----------
    slices : SourceSlices
        The pool.
    batches : iterable of sequence of int
        Positions in the pool, of the whole batch of all processes.
    device : torch.device
        Where the batches go. Memory is pinned for GPUs, so that copies do not wait.
    """
    rank, world = distributed.rank(), distributed.world_size()
    on_gpu = device.type == "cuda"

    def read(indices: Sequence[int]) -> Batch:
        even = len(indices) // world * world
        batch = slices.batch(indices[:even][rank::world])
        return map_tensors(Tensor.pin_memory, batch) if on_gpu else batch

    with ThreadPoolExecutor(1) as reader:
        rest = iter(batch for batch in batches if len(batch) >= world)
        waiting = [reader.submit(read, indices) for indices in islice(rest, AHEAD)]
        while waiting:
            batch = waiting.pop(0).result()
            waiting += [reader.submit(read, indices) for indices in islice(rest, 1)]
            yield map_tensors(lambda t: t.to(device, non_blocking=True), batch)
