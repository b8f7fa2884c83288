"""The released DB-SAM's weights: their names, to ours and back, and sizes of parts."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from sambench.errors import InputError
from sambench.models.sam.renaming import Renaming, below

Weights = Mapping[str, Tensor]
Pairs = list[tuple[str, str]]
ADAPTER = "image_encoder.adapter"
POINTS = 4  # per head and level, in every known configuration
_LEVEL = f"{ADAPTER}.spatial_prior_module.lcb{{i}}"
_OUR_LEVEL = "image_encoder.conv_branch.levels.{i}"
_CONVOLUTIONS = 7  # of a level; theirs resizes the image as layer 0


def _within(theirs: str, ours: str, pairs: Pairs) -> Pairs:
    """Return pairs of names in a part, and that of the part itself."""
    inner = [(f"{theirs}.{their}", f"{ours}.{our}") for their, our in pairs]
    return [*inner, (theirs, ours)]


CROSS_ATTENTION: Pairs = [
    ("attn", "attention"),
    ("ffn_pre_norm", "ffn_norm"),
    ("mlp.dwconv", "ffn.depthwise"),
    ("mlp", "ffn"),
]
CHANNEL_ATTENTION: Pairs = [
    ("pre_norm", "norm"),
    ("conv_dw", "depthwise"),
    ("se.fc1", "squeeze"),
    ("se.fc2", "excite"),
    ("conv_pw", "pointwise"),
]
# The names of the gates' heads are told apart by the fusion that has them.
FUSION: dict[str, Pairs] = {
    "DANE": [("fc_spatial", "pixel_head"), ("fc_channel", "channel_head")],
    "DANE3": [("fc_spatial", "conv_head"), ("fc_channel", "vit_head")],
    "MultiConvFeatsDANE": [("conv_fc", "conv_heads"), ("vit_fc", "vit_head")],
    "Hadamard": [("to_q", "query"), ("to_k", "key"), ("prob", "gate")],
    "Concat": [("conv.0", "merge"), *_within("conv.1", "attention", CHANNEL_ATTENTION)],
    "Add": [],
    "Select": [],
}
# A weight that only this fusion has.
_MARKS = {
    "MultiConvFeatsDANE": "conv_fc.0.0.weight",
    "DANE3": "fc_spatial.3.weight",
    "DANE": "fc_spatial.1.weight",
    "Hadamard": "to_q.weight",
    "Concat": "conv.1.conv_dw.weight",
}


def model_names(fusion: str) -> Renaming:
    """Return the names of a whole model with a fusion, e.g. ``"DANE3"``."""
    pairs = _within(f"{ADAPTER}.aggregation", "image_encoder.fusion", FUSION[fusion])
    for theirs, ours in (
        ("vit_cross_attn_blocks", "to_vit"),
        ("conv_cross_attn_blocks", "to_conv"),
        ("self_attn_blocks", "first"),
        ("self_attn_blocks1", "second"),
    ):
        part = f"{ADAPTER}.{theirs}.{{i}}", f"image_encoder.exchange.{{i}}.{ours}"
        pairs += _within(*part, CROSS_ATTENTION)
    part = f"{ADAPTER}.vit_conv_blocks.{{i}}", "image_encoder.channel_attention.{i}"
    pairs += _within(*part, CHANNEL_ATTENTION)
    for layer in range(_CONVOLUTIONS):
        part = f"{_LEVEL}.{layer + 1}", f"{_OUR_LEVEL}.layers.{layer}"
        pairs += _within(*part, [("bn", "norm")])
    pairs += [
        (f"{_LEVEL}.{_CONVOLUTIONS + 1}", f"{_OUR_LEVEL}.norm"),
        (f"{ADAPTER}.level_embed", "image_encoder.level_embed"),
        (f"{ADAPTER}.conv", "image_encoder.merge"),
        (f"{ADAPTER}.norm", "image_encoder.norm"),
        ("image_encoder", "image_encoder.vit"),
    ]
    return Renaming(pairs)


def cross_attention_sizes(weights: Weights, levels: int) -> dict[str, Any]:
    """Return the arguments of a `CrossAttentionBlock` that reads so many maps."""
    dim = weights["ffn_pre_norm.weight"].numel()
    return {
        "dim": dim,
        "heads": len(weights["attn.attention_weights.weight"]) // (levels * POINTS),
        "ffn": "mix" if "mlp.dwconv.weight" in weights else "mlp",
        "expansion": len(weights["mlp.fc1.weight"]) / dim,
    }


def channel_attention_sizes(weights: Weights) -> dict[str, int]:
    """Return the arguments of a `ChannelAttention`."""
    channels = len(weights["pre_norm.weight"])
    expansion = len(weights["conv_dw.weight"]) // channels
    squeezed = len(weights["se.fc1.weight"])
    return {"channels": channels, "expansion": expansion, "squeezed": squeezed}


def fusion_arguments(weights: Weights, name: str) -> dict[str, Any]:
    """Return the name of a fusion and its arguments.

    What it is called tells those without weights apart.

    Raises
    ------
    InputError
        If no fusion has such weights.
    """
    kind = next((kind for kind, mark in _MARKS.items() if mark in weights), "")
    if not weights:
        kind = next((kind for kind in ("Add", "Select") if kind in name), "")
    if not kind:
        raise InputError(
            where=f"the fusion {name}".rstrip(),
            found=f"weights {', '.join(sorted(weights)) or 'none'}",
            expected=f"those of {', '.join(FUSION)}",
            remedy="Compare with the names in dbsam_weights",
        )
    arguments: dict[str, Any] = {"name": kind}
    if kind == "Concat":
        inner = channel_attention_sizes(below(weights, "conv.1."))
        arguments |= {n: inner[n] for n in ("expansion", "squeezed")}
    elif kind in ("DANE", "DANE3"):
        arguments["hidden"] = len(weights["fc_channel.0.weight"])
    elif kind == "MultiConvFeatsDANE":
        arguments["hidden"] = len(weights["vit_fc.0.weight"])
        heads = {key.split(".")[1] for key in weights if key.startswith("conv_fc.")}
        arguments["maps"] = len(heads)
    elif kind == "Select" and "conv" in name.lower():
        arguments["branch"] = "conv"
    return arguments
