"""Whole-model fixtures of DB-SAM, made from our own network under the released names.

They have the format that a dump of the released code has, so what reads them is tested;
that the numbers are the released code's is for a fixture made by that code.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from sambench.models.dbsam.builder import adapt
from sambench.models.dbsam.presets import PRESETS
from sambench.models.sam.build import SamSize, build_sam
from sambench.models.sam.decoding import decode_prompts
from sambench.parity.dbsam_weights import model_names

SIZE = SamSize(24, 4, 2, (1, 3), window=14)
HEADS = 12  # of the exchange, whatever the ViT has
ADAPTERS = {
    "dbsam": "TwoBranchImagePyramidAdapter",
    "dbsam_conv_branch": "TwoBranchImagePyramidAdapter",
    "dbsam_released": "FourBranchImagePyramidAdapter",
}


def adapted(size: SamSize | str, image_size: int, **options: Any) -> nn.Module:
    """Build a DB-SAM of random weights; options are those of `adapt`."""
    sam = build_sam(size, image_size)
    adapt(sam, **options)
    return sam


def segment(
    sam: nn.Module, images: Tensor, boxes: Tensor, prefix: Tensor | None = None
) -> Tensor:
    """Return the logits of boxes `(B, K, 4)` in images, `(B, K, s, s)`."""
    count = boxes.shape[1]
    embeddings = sam.image_encoder(images, prefix).repeat_interleave(count, 0)
    parts = sam.prompt_encoder, sam.mask_decoder
    logits, _ = decode_prompts(*parts, embeddings, boxes=boxes.flatten(0, 1))
    return logits[:, 0].unflatten(0, (-1, count))


def make_network(preset: str, image_size: int, **changes: Any) -> nn.Module:
    """Build a small network in evaluation mode whose tensors are all random."""
    torch.manual_seed(len(preset))
    arguments = {"fusion": fusion_of(preset), "heads": HEADS, **changes}
    network = adapted(SIZE, image_size, preset=preset, **arguments).eval()
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                noise = 0.1 * torch.randn_like(tensor)
                tensor.add_(noise.abs() if name.endswith("running_var") else noise)
    return network


def fusion_of(preset: str) -> dict[str, Any]:
    """Return a preset's fusion with heads of eight channels.

    A twelfth of this small network's would be two, and a layer norm over two channels
    is close to a step: it makes much of rounding.
    """
    fusion = dict(PRESETS[preset].get("fusion", {"name": "DANE3"}))
    return fusion if fusion["name"] == "Add" else {**fusion, "hidden": 8}


def write_model_fixture(
    path: Path, preset: str, image_size: int, **changes: Any
) -> None:
    """Write a fixture with the logits, the neck, the fused map and stage maps."""
    network = make_network(preset, image_size, **changes)
    fusion = PRESETS[preset]["fusion"]
    names = model_names(fusion["name"])
    weights = names.state_to_theirs(network.state_dict())
    tensors = {f"weights/{name}": tensor for name, tensor in weights.items()}
    tensors["image"] = torch.randint(0, 256, (1, 3, image_size, image_size)).byte()
    corners = torch.tensor([0.2, 0.3, 0.6, 0.8]) * image_size
    tensors["box"] = corners.round().view(1, 1, 4)
    outputs = compute(network, tensors["image"], tensors["box"])
    tensors |= {f"output/{name}": map_ for name, map_ in outputs.items()}
    save_file(
        {name: tensor.contiguous() for name, tensor in tensors.items()},
        path,
        {"config": json.dumps(released_config(preset))},
    )


@torch.no_grad()
def compute(network: nn.Module, image: Tensor, box: Tensor) -> dict[str, Tensor]:
    """Return the outputs of a fixture, by following the description step by step."""
    mean = torch.tensor([123.675, 116.28, 103.53]).view(3, 1, 1)
    std = torch.tensor([58.395, 57.12, 57.375]).view(3, 1, 1)
    x_in = (image.float() - mean) / std
    encoder, outputs = network.image_encoder, {}
    vit = encoder.vit
    x = vit.patch_embed(x_in) + vit.pos_embed
    conv = [
        level(x_in) + encoder.level_embed[n]
        for n, level in enumerate(encoder.conv_branch.levels.values())
    ]
    for k, (first, last) in enumerate(encoder.stages):
        for block in vit.blocks[first : last + 1]:
            x = block(x)  # the package's own attention
        if encoder.channel_attention is not None:
            x = encoder.channel_attention[k](x)
        exchange = encoder.exchange[k]
        if encoder.merge is not None:
            (new_x,) = exchange.to_vit([x], conv)
            conv = exchange.to_conv(conv, [x])
            x = new_x
        else:
            x, *conv = exchange.first([x, *conv], [x, *conv])
            x, *conv = exchange.second([x, *conv], [x, *conv])
        outputs[f"stage{k}_vit"] = x
        outputs[f"stage{k}/ms_feats/0"] = conv[0].permute(0, 3, 1, 2)
    if encoder.merge is not None:
        weight, bias = encoder.merge.weight[:, :, 0, 0], encoder.merge.bias
        conv = [torch.cat(conv, -1) @ weight.T + bias]
    outputs["aggregation"] = x = encoder.fusion(x, conv)
    outputs["neck"] = neck = vit.neck(encoder.norm(x).permute(0, 3, 1, 2))
    sparse, dense = network.prompt_encoder(points=None, boxes=box[0], masks=None)
    outputs["low_res_logits"], outputs["iou_predictions"] = network.mask_decoder(
        image_embeddings=neck,
        image_pe=network.prompt_encoder.get_dense_pe(),
        sparse_prompt_embeddings=sparse,
        dense_prompt_embeddings=dense,
        multimask_output=False,
    )
    return outputs


def released_config(preset: str) -> dict[str, Any]:
    """Return the configuration as the released code nests it."""
    arguments = PRESETS[preset]
    adapter = {
        "ms_feats_levels_index": arguments["levels"],
        "interaction_indexes": [[k, k] for k in range(SIZE.depth)],
        "vit_conv_position": arguments["channel_attention"] or "None",
        "expand_ratio": 4,
        "aggregation": {arguments["fusion"]["name"]: {}},
    }
    vit = {
        "embed_dim": SIZE.embed_dim,
        "depth": SIZE.depth,
        "num_heads": SIZE.num_heads,
        "global_attn_indexes": list(SIZE.global_blocks),
        "window_size": SIZE.window,
        "out_chans": SIZE.channels,
        "adapter": {ADAPTERS[preset]: adapter},
    }
    return {"AdaptedSam": {"image_encoder": {"AdaptedViTEncoder": vit}}}
