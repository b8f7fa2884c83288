"""Encode the slices of a domain with the frozen encoder of a backbone."""

import logging
import time
from pathlib import Path

import numpy as np
import torch

from sambench.atomic import atomic_path
from sambench.data.packed import PackedSlices
from sambench.methods.inputs import byte_input, channels_first
from sambench.models.promptable.build import build_promptable
from sambench.train.device import precision, prepare

logger = logging.getLogger(__name__)
BATCH = 4
SECONDS_BETWEEN_MESSAGES = 10.0


def encode_domain(
    packed: PackedSlices,
    backbone: str,
    weights: Path,
    image_size: int,
    path: Path,
    threads: int,
) -> None:
    """Write the embeddings of every slice, in the order of the packed slices.

    Parameters
    ----------
    packed : PackedSlices
        The domain.
    backbone : str
        A name in `BACKBONES`.
    weights : Path
        Of the backbone.
    image_size : int
        Side of the network's images in pixels.
    path : Path
        Array `(N, c, g, g)` of float16 to write.
    threads : int
        CPU threads.
    """
    device = prepare(threads)
    network = build_promptable(
        structures=1,
        backbone=backbone,
        weights=weights,
        tuning={"name": "frozen"},
        image_size=image_size,
    )
    network = network.to(device).eval()
    begin = last = time.perf_counter()
    with atomic_path(path) as temporary:
        out = None
        for start in range(0, len(packed), BATCH):
            slices = packed.images[start : start + BATCH]
            images = np.stack(
                [byte_input(image, slices.dtype) for image in channels_first(slices)]
            )
            with torch.inference_mode(), precision(device):
                found = network.encode(torch.from_numpy(images).to(device))
            block = found.half().cpu().numpy()
            if out is None:
                shape = (len(packed), *block.shape[1:])
                out = np.lib.format.open_memmap(temporary, "w+", np.float16, shape)
            out[start : start + BATCH] = block
            now = time.perf_counter()
            if now - last > SECONDS_BETWEEN_MESSAGES:
                last = now
                done = start + len(slices)
                left = (now - begin) / done * (len(packed) - done)
                logger.info(f"{done}/{len(packed)} slices, {left:.0f} s left")
        if out is None:
            np.save(temporary.open("wb"), np.empty((0, 1, 1, 1), np.float16))
        else:
            out.flush()
