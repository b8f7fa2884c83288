"""Names of the released DB-SAM, to ours and back, and its weights in parts of ours."""

import re
from collections.abc import Mapping

from torch import Tensor, nn

from sambench.models.sam.renaming import Renaming
from sambench.parity.errors import without_ones
from sambench.weights.fitting import refuse_misfit

Pairs = list[tuple[str, str]]
_ADAPTER = "image_encoder.adapter"
_LEVEL = f"{_ADAPTER}.spatial_prior_module.lcb{{i}}"
_OUR_LEVEL = "image_encoder.conv_branch.levels.{i}"
_CONVOLUTIONS = 7  # of a level; theirs resizes the image as layer 0


def _below(theirs: str, ours: str, pairs: Pairs) -> Pairs:
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
    "Concat": [("conv.0", "merge"), *_below("conv.1", "attention", CHANNEL_ATTENTION)],
    "Add": [],
    "Select": [],
}


def model_names(fusion: str) -> Renaming:
    """Return the names of a whole model with a fusion, e.g. ``"DANE3"``."""
    pairs = _below(f"{_ADAPTER}.aggregation", "image_encoder.fusion", FUSION[fusion])
    for theirs, ours in (
        ("vit_cross_attn_blocks", "to_vit"),
        ("conv_cross_attn_blocks", "to_conv"),
        ("self_attn_blocks", "first"),
        ("self_attn_blocks1", "second"),
    ):
        part = f"{_ADAPTER}.{theirs}.{{i}}", f"image_encoder.exchange.{{i}}.{ours}"
        pairs += _below(*part, CROSS_ATTENTION)
    part = f"{_ADAPTER}.vit_conv_blocks.{{i}}", "image_encoder.channel_attention.{i}"
    pairs += _below(*part, CHANNEL_ATTENTION)
    for layer in range(_CONVOLUTIONS):
        part = f"{_LEVEL}.{layer + 1}", f"{_OUR_LEVEL}.layers.{layer}"
        pairs += _below(*part, [("bn", "norm")])
    pairs += [
        (f"{_LEVEL}.{_CONVOLUTIONS + 1}", f"{_OUR_LEVEL}.norm"),
        (f"{_ADAPTER}.level_embed", "image_encoder.level_embed"),
        (f"{_ADAPTER}.conv", "image_encoder.merge"),
        (f"{_ADAPTER}.norm", "image_encoder.norm"),
        ("image_encoder", "image_encoder.vit"),
    ]
    return Renaming(pairs)


_FEED_FORWARD_WEIGHT = re.compile(r"(.*?)(mlp|ffn)\.(.+)\.weight")


def feed_forward_names(weights: Mapping[str, Tensor]) -> dict[str, str]:
    """Find the layers of the exchange's feed-forward, whatever they are called.

    The released code lacks the class, so its names are anyone's guess; the layers are
    told apart by their shapes.

    Returns
    -------
    dict of str to str
        From names as they are to ``mlp.fc1``, ``mlp.dwconv`` and ``mlp.fc2``, from
        anything below ``mlp.`` or ``ffn.``; names that need no change are left out.
    """
    names = {}
    seen = set()
    for name in sorted(weights):
        match = _FEED_FORWARD_WEIGHT.fullmatch(name)
        if not match or f"{match[1]}attn.sampling_offsets.weight" not in weights:
            continue
        prefix, part, layer = match.groups()
        weight = weights[name]
        dim = weights[f"{prefix}ffn_pre_norm.weight"].numel()
        if weight.ndim == 4 and weight.shape[-1] > 1:
            role = "dwconv"
        elif weight.shape[1] == dim and f"{prefix}fc1" not in seen:
            role = "fc1"
        else:
            role = "fc2"
        seen.add(f"{prefix}{role}")
        for kind in ("weight", "bias"):
            theirs = f"{prefix}{part}.{layer}.{kind}"
            usual = f"{prefix}mlp.{role}.{kind}"
            if theirs in weights and theirs != usual:
                names[theirs] = usual
    return names


def usual_names(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights with the usual names of feed-forward layers."""
    renamed = feed_forward_names(weights)
    return {renamed.get(name, name): tensor for name, tensor in weights.items()}


def load_released(
    module: nn.Module, weights: Mapping[str, Tensor], names: Renaming
) -> None:
    """Load weights under the released code's names into a network or part of ours.

    A 1 x 1 convolution stands for a linear layer and the other way round; counters of
    batch norms may lack.

    Raises
    ------
    InputError
        If a tensor is missing, left over or of another shape.
    """
    own = module.state_dict()
    state = names.state_to_ours(usual_names(weights))
    for name in state.keys() & own.keys():
        if without_ones(state[name]) == without_ones(own[name]):
            state[name] = state[name].reshape(own[name].shape)
    counters = {n for n in own if n.endswith("num_batches_tracked")} - state.keys()
    needed = {name: tensor for name, tensor in own.items() if name not in counters}
    remedy = "Check that sizes and parts are those of the configuration"
    refuse_misfit(state, needed, "the weights", "the released model", remedy)
    module.load_state_dict(state, strict=False)
