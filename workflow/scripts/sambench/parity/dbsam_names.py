"""Our parameter names in the names of the released code, and back.

Rules are applied in order to a name of ours; the first that matches a part replaces
it. Names of SAM's own parts are the package's.
"""

import re
from collections.abc import Iterable

from sambench.errors import InputError

Rules = tuple[tuple[str, str], ...]

CROSS_ATTENTION: Rules = (
    (r"^attention\.", "attn."),
    (r"^ffn_norm\.", "ffn_pre_norm."),
    (r"^ffn\.depthwise\.", "mlp.dwconv."),
    (r"^ffn\.", "mlp."),
)
CHANNEL_ATTENTION: Rules = (
    (r"^norm\.", "pre_norm."),
    (r"^depthwise\.", "conv_dw."),
    (r"^squeeze\.", "se.fc1."),
    (r"^excite\.", "se.fc2."),
    (r"^pointwise\.", "conv_pw."),
)
# The names of the gates' heads are told apart by the fusion that has them.
FUSION: dict[str, Rules] = {
    "DANE": ((r"^pixel_head\.", "fc_spatial."), (r"^channel_head\.", "fc_channel.")),
    "DANE3": ((r"^conv_head\.", "fc_spatial."), (r"^vit_head\.", "fc_channel.")),
    "MultiConvFeatsDANE": (
        (r"^conv_heads\.", "conv_fc."),
        (r"^vit_head\.", "vit_fc."),
    ),
    "Hadamard": ((r"^query\.", "to_q."), (r"^key\.", "to_k."), (r"^gate\.", "prob.")),
    "Concat": (
        (r"^merge\.", "conv.0."),
        *(
            (rf"^attention\.{old[1:]}", f"conv.1.{new}")
            for old, new in CHANNEL_ATTENTION
        ),
    ),
    "Add": (),
    "Select": (),
}
_ADAPTER = "image_encoder.adapter."
_BRANCH = _ADAPTER + "spatial_prior_module."
_PARTS = (
    (r"^image_encoder\.exchange\.(\d+)\.to_vit\.", "vit_cross_attn_blocks"),
    (r"^image_encoder\.exchange\.(\d+)\.to_conv\.", "conv_cross_attn_blocks"),
    (r"^image_encoder\.exchange\.(\d+)\.first\.", "self_attn_blocks"),
    (r"^image_encoder\.exchange\.(\d+)\.second\.", "self_attn_blocks1"),
    (r"^image_encoder\.channel_attention\.(\d+)\.", "vit_conv_blocks"),
)
_LAYER = re.compile(r"^image_encoder\.conv_branch\.levels\.(\d+)\.layers\.(\d+)\.")
_PREFIXES: Rules = (
    (r"^image_encoder\.vit\.", "image_encoder."),
    (r"^image_encoder\.conv_branch\.levels\.(\d+)\.norm\.", _BRANCH + r"lcb\1.8."),
    (r"^image_encoder\.level_embed$", _ADAPTER + "level_embed"),
    (r"^image_encoder\.merge\.", _ADAPTER + "conv."),
    (r"^image_encoder\.norm\.", _ADAPTER + "norm."),
)


def apply_rules(name: str, rules: Rules) -> str:
    """Rename by the first rule that matches.

    Parameters
    ----------
    name : str
        Ours.
    rules : tuple of (str, str)
        Pattern and replacement.
    """
    for pattern, replacement in rules:
        renamed, count = re.subn(pattern, replacement, name)
        if count:
            return renamed
    return name


def reference_name(name: str, fusion: str) -> str:
    """Return the released code's name of a tensor of `DualBranchSam`.

    Parameters
    ----------
    name : str
        Ours.
    fusion : str
        Name of the fusion, e.g. ``"DANE3"``.
    """
    if match := _LAYER.match(name):
        level, layer = match.groups()
        rest = apply_rules(name[match.end() :], ((r"^norm\.", "bn."),))
        return f"{_BRANCH}lcb{level}.{int(layer) + 1}.{rest}"
    for pattern, part in _PARTS:
        if match := re.match(pattern, name):
            blocks = part == "vit_conv_blocks"
            rules = CHANNEL_ATTENTION if blocks else CROSS_ATTENTION
            rest = apply_rules(name[match.end() :], rules)
            return f"{_ADAPTER}{part}.{match.group(1)}.{rest}"
    inner = name.removeprefix("image_encoder.fusion.")
    if inner != name:
        return f"{_ADAPTER}aggregation.{apply_rules(inner, FUSION[fusion])}"
    return apply_rules(name, _PREFIXES)


def rename_table(names: Iterable[str], fusion: str) -> dict[str, str]:
    """Return the released code's name of each of ours.

    Parameters
    ----------
    names : iterable of str
        The keys of a `DualBranchSam`'s state.
    fusion : str
        Name of its fusion.

    Raises
    ------
    InputError
        If two names become one, which would lose a tensor.
    """
    table = {name: reference_name(name, fusion) for name in names}
    if len(set(table.values())) < len(table):
        raise InputError(
            where="the names of the released code",
            found="one name for two tensors",
            expected="a name for each",
            remedy="Correct the rules",
        )
    return table
