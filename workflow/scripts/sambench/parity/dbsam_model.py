"""A whole DB-SAM against the released code's outputs for the same weights.

A fixture has ``weights/<name>`` with the names of `dbsam_weights`, ``image``
`(B, 3, S, S)` uint8, ``box`` `(B, K, 4)` and ``output/<map>``. Its metadata has
``config``, the released code's configuration as JSON. The mask logits, the neck and the
fused map are compared with their own; any other map with the map of ours, of those on
the way, that is nearest: equality to rounding does not happen by chance.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sambench.errors import InputError
from sambench.models.dbsam.builder import adapt
from sambench.models.sam.build import build_sam
from sambench.models.sam.decoding import decode_prompts
from sambench.models.sam.renaming import below
from sambench.models.sam.scaling import mean_std
from sambench.parity.dbsam_weights import (
    ADAPTER,
    channel_attention_sizes,
    cross_attention_sizes,
    fusion_arguments,
    model_names,
)
from sambench.parity.errors import TOLERANCE, relative_error
from sambench.parity.fixture import WEIGHTS, Fixture, read_size

# Outputs whose map of ours is known
_OWN = {"low_res_logits": "low_res_logits", "neck": "vit.neck", "aggregation": "fusion"}


def compare(fixture: Fixture) -> None:
    """Compare every output, with the map of ours in the name if it had to be found.

    Raises
    ------
    InputError
        If the configuration or the weights do not make a model.
    """
    config, image = fixture.header("config"), fixture["image"]
    adapter = _find(config, "ImagePyramidAdapter")
    weights = below(fixture.under(WEIGHTS), f"{ADAPTER}.")
    arguments = _adapter_arguments(adapter, weights)
    sam = build_sam(read_size(_find(config, "AdaptedViTEncoder")), image.shape[-1])
    adapt(sam, **arguments)
    names = model_names(arguments["fusion"]["name"])
    fixture.load(sam.eval(), names, unused=("pixel_mean", "pixel_std"))
    maps = _run(sam, image, fixture["box"].float())
    for name, expected in fixture.under("output/").items():
        ours, error = _nearest(name, expected, maps)
        fixture.record(_label(name, ours, error), error)


def _adapter_arguments(
    adapter: Mapping[str, Any], weights: Mapping[str, Tensor]
) -> dict[str, Any]:
    """Return the arguments of `DualBranchEncoder` for an adapter of theirs.

    Sizes are those of the weights; the configuration has what no weight tells: the
    stages, the order of levels, the place of the channel attention.
    """
    stacks = below(weights, "spatial_prior_module.lcb")
    present = sorted({int(name.split(".")[0]) for name in stacks})
    levels = list(adapter.get("ms_feats_levels_index") or present)
    widths = [len(stacks[f"{levels[0]}.{n}.conv.weight"]) for n in range(1, 7)]
    joint = "self_attn_blocks.0.attn.value_proj.weight" in weights
    block = "self_attn_blocks" if joint else "vit_cross_attn_blocks"
    sizes = cross_attention_sizes(below(weights, f"{block}.0."), len(levels) + joint)
    del sizes["dim"]
    # The joint adapter has such blocks at most by name: it does not run them.
    place = "unused" if joint else str(adapter.get("vit_conv_position", "before"))
    attention = below(weights, "vit_conv_blocks.0.")
    if attention:
        found = channel_attention_sizes(attention)
        sizes["channel_expansion"] = found["expansion"]
        sizes["channel_squeeze"] = found["squeezed"]
    called = json.dumps(adapter.get("aggregation"))
    return {
        "stages": adapter.get("interaction_indexes"),
        "levels": levels,
        "channel_attention": place if attention else None,
        "exchange": "joint" if joint else "bilateral",
        "fusion": fusion_arguments(below(weights, "aggregation."), called),
        "antialias": bool(adapter.get("antialias", False)),
        "widths": widths,
        **sizes,
    }


def _find(config: Mapping[str, Any], ending: str) -> Mapping[str, Any]:
    """Find the part of a nested configuration whose key ends so."""
    parts = [config]
    for part in parts:
        for key, value in part.items():
            if isinstance(value, Mapping):
                if key.endswith(ending):
                    return value
                parts.append(value)
    raise InputError(
        where="the fixture's configuration",
        found=f"keys {', '.join(sorted({key for part in parts for key in part}))}",
        expected=f"a part *{ending}",
        remedy="Store the configuration that the model was built from",
    )


@torch.no_grad()
def _run(sam: nn.Module, image: Tensor, boxes: Tensor) -> dict[str, Tensor]:
    """Return all maps on the way, by the part that has them as input or output."""
    maps: dict[str, Tensor] = {}

    def keep(name: str, value: Any) -> None:
        if isinstance(value, Tensor):
            if value.ndim == 4:
                maps[name] = value
        elif isinstance(value, list | tuple):
            for number, each in enumerate(value):
                keep(f"{name}.{number}", each)

    def watch(name: str, part: nn.Module) -> None:
        def hook(_, inputs: Any, output: Any) -> None:
            keep(f"input of {name}", inputs)
            keep(name, output)

        part.register_forward_hook(hook)

    for name, part in sam.image_encoder.named_modules():
        if (name and not name.startswith("vit.")) or name.endswith(("norm1", "neck")):
            watch(name, part)
    embeddings = sam.image_encoder(mean_std(image))
    # Theirs has a row for each prompt, whichever image it belongs to.
    logits, quality = decode_prompts(
        sam.prompt_encoder,
        sam.mask_decoder,
        embeddings.repeat_interleave(boxes.shape[1], 0),
        boxes=boxes.flatten(0, 1),
    )
    return maps | {"low_res_logits": logits[:, :1], "iou_predictions": quality[:, :1]}


def _nearest(
    name: str, expected: Tensor, maps: Mapping[str, Tensor]
) -> tuple[str, float]:
    """Return the map of ours for an output of theirs, and the error."""
    candidates = [_OWN[name]] if name in _OWN else list(maps)
    errors = {
        candidate: min(relative_error(x, expected) for x in _layouts(maps[candidate]))
        for candidate in candidates
    }
    return min(errors.items(), key=lambda item: item[1])


def _layouts(x: Tensor) -> list[Tensor]:
    """Return a map channels last, channels first and as tokens."""
    if x.ndim < 4:
        return [x]
    forms = [x, x.permute(0, 3, 1, 2), x.permute(0, 2, 3, 1)]
    tokens = [form.flatten(1, 2) for form in forms[::2]]
    return forms + tokens + [form.transpose(1, 2) for form in tokens]


def _label(name: str, ours: str, error: float) -> str:
    if name in _OWN:
        return f"output/{name}"
    if math.isinf(error):
        return f"output/{name} (unknown: no map of ours has its shape)"
    if error > TOLERANCE:
        return f"output/{name} (unknown: the nearest is {ours})"
    return f"output/{name} (is {ours})"
