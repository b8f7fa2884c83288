"""Sizes of parts, read from the shapes of weights under the released code's names."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from sambench.errors import InputError
from sambench.models.sam.build import SamSize
from sambench.parity.dbsam_names import usual_names

Weights = Mapping[str, Tensor]
POINTS = 4  # per head and level, in every known configuration
# A weight that only this fusion has.
_MARKS = {
    "MultiConvFeatsDANE": "conv_fc.0.0.weight",
    "DANE3": "fc_spatial.3.weight",
    "DANE": "fc_spatial.1.weight",
    "Hadamard": "to_q.weight",
    "Concat": "conv.1.conv_dw.weight",
}


def within(weights: Weights, prefix: str) -> dict[str, Tensor]:
    """Return the weights below a prefix, without it."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in weights.items()
        if name.startswith(prefix)
    }


def cross_attention_sizes(weights: Weights, levels: int) -> dict[str, Any]:
    """Return the arguments of a `CrossAttentionBlock` that reads so many maps."""
    weights = usual_names(weights)
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


def sam_sizes(weights: Weights) -> tuple[SamSize, int]:
    """Return the sizes of the SAM within a model, and its image size in pixels."""
    vit = within(weights, "image_encoder.")
    _, grid, _, dim = vit["pos_embed"].shape
    patch = vit["patch_embed.proj.weight"].shape[-1]
    tables = {
        int(name.split(".")[1]): tensor
        for name, tensor in vit.items()
        if name.startswith("blocks.") and name.endswith(".attn.rel_pos_h")
    }
    sides = {block: (len(table) + 1) // 2 for block, table in tables.items()}
    decoder = within(weights, "mask_decoder.transformer.layers.0.mlp.")
    size = SamSize(
        embed_dim=dim,
        depth=len(tables),
        num_heads=dim // tables[0].shape[1],
        global_blocks=tuple(sorted(b for b, side in sides.items() if side == grid)),
        window=next((side for side in sides.values() if side != grid), 0),
        patch=patch,
        channels=len(vit["neck.0.weight"]),
        decoder_mlp=len(decoder["lin1.weight"]),
    )
    return size, grid * patch


def fusion_arguments(weights: Weights, name: str = "") -> dict[str, Any]:
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
            expected=f"those of {', '.join([*_MARKS, 'Add', 'Select'])}",
            remedy="Compare with the names in dbsam_names",
        )
    arguments: dict[str, Any] = {"name": kind}
    if kind == "Concat":
        inner = channel_attention_sizes(within(weights, "conv.1."))
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
