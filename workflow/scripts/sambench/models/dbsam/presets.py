"""Arguments of `DualBranchEncoder` for each published form.

What all forms share, drop rates among it, are the defaults there and in
`CrossAttentionBlock`.

Which released class is the paper's model is inferred [I]: the figure shows one map of a
256 px image, channel attention after each stage and attention in both directions, and
only ``TwoBranchImagePyramidAdapter`` with level 2 has all three. The released
configuration names ``FourBranchImagePyramidAdapter``, which has no channel attention
and one joint attention instead.

The ablations follow the chain whose 3D Dice a summary of the paper gives as 81.02
(decoder only), 85.25 (channel attention), 86.60 (convolution branch and exchange),
87.05 (gated fusion). The paper's form before the gate is not known; the sum of both
branches keeps all other parts as they are [I].
"""

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "dbsam": {
        "levels": [2],
        "channel_attention": "before",
        "exchange": "bilateral",
        "fusion": {"name": "DANE3"},
    },
    "dbsam_released": {
        "levels": [1, 2, 3, 4],
        "channel_attention": None,
        "exchange": "joint",
        "fusion": {"name": "MultiConvFeatsDANE", "maps": 5},
        # At 1024 px its five maps of all blocks take 18 GiB, the paper's form 5 GiB.
        "checkpointing": True,
    },
    "dbsam_channel_attention": {"channel_attention": "before", "exchange": None},
    "dbsam_conv_branch": {
        "levels": [2],
        "channel_attention": "before",
        "exchange": "bilateral",
        "fusion": {"name": "Add"},
    },
}
