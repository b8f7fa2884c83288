"""Encode the slices of a domain with what is frozen of a network."""

from pathlib import Path

import numpy as np
import torch

from sambench.atomic import atomic_path
from sambench.compute.device import prepare
from sambench.compute.precision import choose_precision
from sambench.data.channels import channels_first
from sambench.data.packed import PackedSlices
from sambench.errors import InputError
from sambench.methods.normalisation import uint8_range
from sambench.models import NETWORKS
from sambench.models.encoding import Encoding
from sambench.progress import Progress

BATCH = 4


def encode_domain(
    packed: PackedSlices, encoding: Encoding, weights: Path, path: Path, threads: int
) -> None:
    """Write the encodings of every slice, in the order of the packed slices.

    They are an array of float16, `(N, ...)`: what the `encode` of the network gives.

    Raises
    ------
    InputError
        If a value does not fit into float16.
    """
    device = prepare(threads)
    arguments = {"name": encoding.network, "backbone": encoding.backbone}
    arguments["image_size"] = encoding.side
    network = NETWORKS.build(arguments, structures=1, weights=weights)
    network = network.to(device).eval()
    progress = Progress("slices", len(packed))
    with atomic_path(path) as temporary:
        out = None
        for start in range(0, len(packed), BATCH):
            slices = packed.images[start : start + BATCH]
            images = torch.from_numpy(channels_first(slices)).to(device)
            images = uint8_range(images, slices.dtype == np.uint8)
            with torch.inference_mode(), choose_precision(device).autocast():
                found = network.encode(images)
            block = found.half().cpu().numpy()
            if not np.isfinite(block).all():
                raise InputError(
                    where=f"{packed.folder}, slices {start} to {start + len(slices)}",
                    found=f"values of {encoding.network} beyond half precision",
                    expected="values of at most 65504",
                    remedy="Run the method without these files",
                )
            if out is None:
                shape = (len(packed), *block.shape[1:])
                out = np.lib.format.open_memmap(temporary, "w+", np.float16, shape)
            out[start : start + BATCH] = block
            progress.report(start + len(slices))
        out.flush()
