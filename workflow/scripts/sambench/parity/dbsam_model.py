"""A whole DB-SAM against the released code's outputs for the same weights.

A fixture has ``weights/<name>`` with the names of `dbsam_names`, ``image``
`(B, 3, S, S)` uint8, ``box`` `(B, K, 4)` and ``output/<map>``. Its metadata has
``config``, the released code's configuration as JSON. The mask logits, the neck and the
fused map are compared with their own; any other map with the map of ours, of those on
the way, that is nearest: equality to rounding does not happen by chance.
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sambench.errors import InputError
from sambench.models.dbsam.network import DualBranchSam
from sambench.models.sam.build import build_sam
from sambench.models.sam.scaling import mean_std
from sambench.parity.dbsam_names import load_released, model_names
from sambench.parity.dbsam_sizes import (
    channel_attention_sizes,
    cross_attention_sizes,
    fusion_arguments,
    sam_sizes,
    within,
)
from sambench.parity.errors import TOLERANCE, relative_error
from sambench.parity.fixture import WEIGHTS, Fixture

LAYER_NORM_EPSILON = 1e-5
_ADAPTER = "image_encoder.adapter."
_BESIDE_WEIGHTS = ("pixel_mean", "pixel_std")
# Outputs whose map of ours is known
_OWN = {"low_res_logits": "low_res_logits", "neck": "vit.neck", "aggregation": "fusion"}


def compare(fixture: Fixture) -> None:
    """Compare every output, with the map of ours in the name if it had to be found.

    Raises
    ------
    InputError
        If the configuration or the weights do not make a model.
    """
    weights = fixture.under(WEIGHTS)
    weights = {n: t for n, t in weights.items() if n not in _BESIDE_WEIGHTS}
    # All sizes are those of the weights; the configuration has one of the released
    # adapters somewhere within, for what no weight tells: the stages, the order of
    # levels, the place of the channel attention.
    config = fixture.header("config") if fixture.says("config") else {}
    arguments = _adapter_arguments(_find(config, "ImagePyramidAdapter"), weights)
    sam = build_sam(*sam_sizes(weights))
    network = DualBranchSam(sam, layer_norm_epsilon=LAYER_NORM_EPSILON, **arguments)
    load_released(network, weights, model_names(arguments["fusion"]["name"]))
    maps = _run(network.eval(), fixture["image"], fixture["box"])
    for name, expected in fixture.under("output/").items():
        ours, error = _nearest(name, expected, maps)
        fixture.record(_label(name, ours, error), error)


def _adapter_arguments(
    adapter: Mapping[str, Any], weights: Mapping[str, Tensor]
) -> dict[str, Any]:
    """Return the arguments of `DualBranchEncoder` for an adapter of theirs."""
    stacks = within(weights, _ADAPTER + "spatial_prior_module.lcb")
    present = sorted({int(name.split(".")[0]) for name in stacks})
    levels = list(adapter.get("ms_feats_levels_index") or present)
    widths = [len(stacks[f"{levels[0]}.{n}.conv.weight"]) for n in range(1, 7)]
    joint = f"{_ADAPTER}self_attn_blocks.0.attn.value_proj.weight" in weights
    block = "self_attn_blocks" if joint else "vit_cross_attn_blocks"
    sizes = cross_attention_sizes(
        within(weights, f"{_ADAPTER}{block}.0."), len(levels) + joint
    )
    del sizes["dim"]
    # The joint adapter has such blocks at most by name: it does not run them.
    place = "unused" if joint else str(adapter.get("vit_conv_position", "before"))
    attention = within(weights, _ADAPTER + "vit_conv_blocks.0.")
    if attention:
        found = channel_attention_sizes(attention)
        sizes["channel_expansion"] = found["expansion"]
        sizes["channel_squeeze"] = found["squeezed"]
    kind = adapter.get("aggregation") or ""
    kind = kind if isinstance(kind, str) else json.dumps(kind)
    fusion = fusion_arguments(within(weights, _ADAPTER + "aggregation."), kind)
    return {
        "stages": adapter.get("interaction_indexes"),
        "levels": levels,
        "channel_attention": place if attention else None,
        "exchange": "joint" if joint else "bilateral",
        "fusion": fusion,
        "antialias": bool(adapter.get("antialias", False)),
        "widths": widths,
        **sizes,
    }


def _find(config: Any, ending: str) -> Mapping[str, Any]:
    """Find the part of a nested configuration whose key ends so."""
    for key, value in _walk(config):
        if key.endswith(ending) and isinstance(value, Mapping):
            return value
    raise InputError(
        where="the fixture's configuration",
        found=f"keys {', '.join(sorted({key for key, _ in _walk(config)}))}",
        expected=f"a part *{ending}",
        remedy="Store the configuration that the model was built from",
    )


def _walk(config: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(config, Mapping):
        for key, value in config.items():
            yield str(key), value
            yield from _walk(value)
    elif isinstance(config, list):
        for value in config:
            yield from _walk(value)


@torch.no_grad()
def _run(network: DualBranchSam, image: Tensor, box: Tensor) -> dict[str, Tensor]:
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

    encoder = network.image_encoder
    for name, part in encoder.named_modules():
        if (name and not name.startswith("vit.")) or name.endswith(("norm1", "neck")):
            watch(name, part)
    quality: list[Tensor] = []
    network.mask_decoder.iou_prediction_head.register_forward_hook(
        lambda _part, _inputs, output: quality.append(output[:, :1])
    )
    logits = network(mean_std(image), box.float())
    # Theirs has a row for each prompt, whichever image it belongs to.
    maps["low_res_logits"] = logits.flatten(0, 1)[:, None]
    maps["iou_predictions"] = torch.cat(quality)
    return maps


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
