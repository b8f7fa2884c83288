"""The slices of a source in the memory of the device."""

from collections.abc import Sequence

import numpy as np
import torch

from sambench.compute.constants import send
from sambench.methods.batch import Batch, join, map_tensors
from sambench.train.slices import SourceSlices

SHARE = 0.4  # of the free memory of a GPU that slices may take
ROWS_AT_ONCE = 256


class ResidentSlices:
    """All slices of a pool on a device, from which batches are gathered there.

    Parameters
    ----------
    slices : SourceSlices
        The pool.
    device : torch.device
        Where they go.
    """

    def __init__(self, slices: SourceSlices, device: torch.device):
        places: dict[tuple[int, int], int] = {}
        windows = [slices.window(index) for index in range(len(slices))]
        for number, rows in windows:
            for row in rows.tolist():
                places.setdefault((number, row), len(places))
        parts = []
        known = list(places)
        for start in range(0, len(known), ROWS_AT_ONCE):
            chosen = known[start : start + ROWS_AT_ONCE]
            read = slices.read((number, np.array([row])) for number, row in chosen)
            read = read._replace(targets=read.targets.to(torch.uint8))
            parts.append(map_tensors(lambda tensor: tensor.to(device), read))
        self._all = join(parts)
        self._windows = torch.tensor(
            [[places[number, row] for row in rows.tolist()] for number, rows in windows]
        )

    def batch(self, indices: Sequence[int]) -> Batch:
        """Gather slices of the pool; see `SourceSlices.batch`."""
        chosen = self._windows[torch.as_tensor(indices)].flatten()
        chosen = send(chosen, self._all.images.device)
        batch = map_tensors(lambda tensor: tensor[chosen], self._all)
        return batch._replace(targets=batch.targets.float())


def fits(slices: SourceSlices, device: torch.device) -> bool:
    """Return whether the slices of a pool take at most `SHARE` of a GPU's memory."""
    if device.type != "cuda":
        return False
    free, _ = torch.cuda.mem_get_info(device)
    return slices.bytes() <= SHARE * free
