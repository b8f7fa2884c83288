"""Train `sam_nano` on drawn scenes with box and point prompts, as SAM is trained.

A box is answered by the mask token for clear prompts. A point is answered by the three
tokens for ambiguous prompts, of which the best alone is trained; the quality head
learns the intersection over union of each answer. A stage with corrections then clicks
where the answer is wrong, and trains the token for clear prompts on what was asked
first, all clicks and the answer before.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional

from sambench.atomic import atomic_path
from sambench.models.sam.box_region import read_boxes_as_regions
from sambench.models.sam.build import build_sam, sam_size
from sambench.models.sam.decoding import decode_prompts
from sambench.models.sam.resizing import interpolated
from sambench.models.sam.scaling import SCALINGS
from sambench.pretrain.shapes import draw_scene
from sambench.progress import Progress


def pretrain(recipe: Mapping[str, Any], threads: int = 1) -> dict[str, Tensor]:
    """Train a small SAM by the recipe of `config/backbones/sam_nano.yaml`.

    Return its state dict in half precision, with the names of SAM's checkpoints.
    """
    torch.set_num_threads(threads)
    state = None
    for stage in recipe["stages"]:
        state = train_stage(recipe, stage, state)
    return state


def train_stage(
    recipe: Mapping[str, Any],
    training: Mapping[str, Any],
    start: Mapping[str, Tensor] | None,
) -> dict[str, Tensor]:
    """Train one stage of a recipe, from weights in half precision or from nothing."""
    torch.manual_seed(training["seed"])
    generator = np.random.default_rng(training["seed"])
    sam = build_sam(sam_size(recipe["backbone"]), recipe["image_size"]).train()
    if start is not None:
        sam.load_state_dict(start)
    scene = [training[key] for key in ("scene_size", "masks_per_scene", "smallest")]
    if training["box_regions"]:
        read_boxes_as_regions(sam)
    scenes = [draw_scene(generator, *scene) for _ in range(training["scenes"])]
    images = np.stack([scene.image for scene in scenes])
    images = torch.from_numpy(images).permute(0, 3, 1, 2)
    masks = torch.from_numpy(np.stack([scene.masks for scene in scenes]))
    optimiser = torch.optim.AdamW(
        sam.parameters(), lr=training["lr"], weight_decay=training["weight_decay"]
    )
    progress = Progress("step", training["steps"])
    for step in range(training["steps"]):
        for group in optimiser.param_groups:
            group["lr"] = _rate(step, training)
        chosen = _batch(generator, images, masks, recipe, training)
        loss = _loss(sam, *chosen, generator, recipe["image_size"], training)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(sam.parameters(), 1.0)
        optimiser.step()
        progress.report(step + 1, f", loss {loss.detach():.3f}")
    return {name: tensor.half() for name, tensor in sam.state_dict().items()}


def _batch(
    generator: np.random.Generator,
    images: Tensor,
    masks: Tensor,
    recipe: Mapping[str, Any],
    training: Mapping[str, Any],
) -> tuple[Tensor, Tensor]:
    """Choose scenes and turn and mirror them; scale the images for the network."""
    rows = generator.integers(0, len(images), training["batch_size"])
    turns = int(generator.integers(4))
    images, masks = images[rows], masks[rows]
    images, masks = (torch.rot90(x, turns, (-2, -1)) for x in (images, masks))
    if generator.random() < 0.5:
        images, masks = images.flip(-1), masks.flip(-1)
    size = (recipe["image_size"],) * 2
    return SCALINGS[recipe["scaling"]](interpolated(images.float(), size)), masks


def _loss(
    sam: nn.Module,
    images: Tensor,
    masks: Tensor,
    generator: np.random.Generator,
    image_size: int,
    training: Mapping[str, Any],
) -> Tensor:
    """Compute the loss of a batch: a box for some masks, a point for the others."""
    embeddings = sam.image_encoder(images).repeat_interleave(masks.shape[1], dim=0)
    masks = masks.flatten(0, 1)
    with_box = generator.random(len(masks)) < training["box_share"]
    total = embeddings.new_zeros(())
    for is_box in (True, False):
        rows = torch.from_numpy(np.flatnonzero(with_box == is_box))
        if not len(rows):
            continue
        chosen = masks[rows]
        scale = image_size / masks.shape[-1]
        if is_box:
            prompt = {"boxes": _boxes(generator, chosen, scale)}
        else:
            prompt = {"points": _points(generator, chosen, scale)}
        tokens = slice(0, 1) if is_box else slice(1, None)
        for correction in range(1 + training["corrections"]):
            logits, quality = decode_prompts(
                sam.prompt_encoder, sam.mask_decoder, embeddings[rows], **prompt
            )
            logits, quality = logits[:, tokens], quality[:, tokens]
            loss = _mask_loss(logits, quality, chosen)
            total = total + len(rows) / len(masks) * loss
            if correction < training["corrections"]:
                best = quality.detach().argmax(1)
                answer = logits.detach()[torch.arange(len(rows)), best][:, None]
                prompt = _corrected(generator, prompt, answer, chosen, scale)
                tokens = slice(0, 1)
    return total / (1 + training["corrections"])


def _corrected(
    generator: np.random.Generator,
    prompt: Mapping[str, Tensor],
    answer: Tensor,
    masks: Tensor,
    scale: float,
) -> dict[str, Tensor]:
    """Add a click on a wrong pixel of the answer `(N, 1, h, w)`, and the answer."""
    found = interpolated(answer, masks.shape[-2:])[:, 0]
    clicks, labels = [], []
    for wrong, mask in zip(((found > 0) != masks).numpy(), masks.numpy(), strict=True):
        places = np.argwhere(wrong if wrong.any() else mask)
        row, column = places[generator.integers(len(places))]
        clicks.append((column, row))
        labels.append(float(mask[row, column]))
    points = _centres(torch.tensor(clicks).float()[:, None], scale)
    marks = torch.tensor(labels)[:, None]
    if "points" in prompt:
        before = prompt.get("labels", torch.ones(prompt["points"].shape[:2]))
        points = torch.cat([prompt["points"], points], dim=1)
        marks = torch.cat([before, marks], dim=1)
    return {**prompt, "points": points, "labels": marks, "masks": answer}


def _mask_loss(logits: Tensor, quality: Tensor, masks: Tensor) -> Tensor:
    """Dice and cross-entropy of the best token, and the error of each quality."""
    logits = interpolated(logits, masks.shape[-2:])
    target = masks[:, None].float().expand_as(logits)
    probability = logits.sigmoid()
    overlap = (probability * target).sum((2, 3))
    sizes = probability.sum((2, 3)) + target.sum((2, 3))
    dice = 1 - (2 * overlap + 1) / (sizes + 1)
    entropy = functional.binary_cross_entropy_with_logits(
        logits, target, reduction="none"
    )
    # A pixel weighs by the size of the shape, else small shapes would not count
    weight = 4 * target[:, 0].sum((1, 2)).clamp_min(16)
    each = dice + entropy.sum((2, 3)) / weight[:, None]
    with torch.no_grad():
        hard = logits > 0
        both = (hard & (target > 0.5)).sum((2, 3)).float()
        either = (hard | (target > 0.5)).sum((2, 3)).clamp_min(1)
    error = functional.mse_loss(quality, both / either)
    return each.min(dim=1).values.mean() + error


def _boxes(generator: np.random.Generator, masks: Tensor, scale: float) -> Tensor:
    """Draw boxes `(N, 4)`, first and last pixels of the network's images.

    Half of them are displaced. The outer edges of the structure are scaled, so that a
    box covers all of it.
    """
    boxes = []
    for mask in masks.numpy():
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        edges = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], float)
        if generator.random() < 0.5:
            sides = np.tile(edges[2:] - edges[:2], 2)
            edges += generator.uniform(-0.1, 0.1, 4) * sides
        boxes.append(np.clip(edges, 0, len(mask)) * scale - [0, 0, 1, 1])
    return torch.from_numpy(np.stack(boxes)).float()


def _points(generator: np.random.Generator, masks: Tensor, scale: float) -> Tensor:
    """Draw a pixel inside each mask: its centre `(N, 1, 2)` in the network's images."""
    points = []
    for mask in masks.numpy():
        inside = np.argwhere(mask)
        points.append(inside[generator.integers(len(inside))][::-1])
    return _centres(torch.from_numpy(np.stack(points)).float()[:, None], scale)


def _centres(pixels: Tensor, scale: float) -> Tensor:
    """Bring pixels of the masks to the network's images: centre to centre."""
    return (pixels + 0.5) * scale - 0.5


def _rate(step: int, training: Mapping[str, Any]) -> float:
    """Warm up linearly, then fall to zero along a cosine."""
    warmup = training["warmup_steps"]
    if step < warmup:
        return training["lr"] * (step + 1) / warmup
    share = (step - warmup) / max(1, training["steps"] - warmup)
    return training["lr"] * 0.5 * (1 + math.cos(math.pi * share))


def write_weights(
    state: Mapping[str, Tensor], recipe: Mapping[str, Any], path: Path
) -> None:
    """Write a state dict as safetensors, with the recipe in its metadata.

    But for the hash of the committed file, which the recipe carries too.
    """
    kept = {name: tensor.contiguous() for name, tensor in state.items()}
    made_by = {key: value for key, value in recipe.items() if key != "sha256"}
    metadata = {"recipe": json.dumps(made_by, sort_keys=True)}
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(kept, metadata=metadata))
