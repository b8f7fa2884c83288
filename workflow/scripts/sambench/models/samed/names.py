"""Tensor names of the published SAMed, to ours and back."""

from sambench.models.sam.renaming import Renaming

_QKV = "sam.image_encoder.blocks.{i}.attn.qkv"

NAMES = Renaming(
    [
        (f"{_QKV}.qkv", f"{_QKV}.layer"),
        (f"{_QKV}.linear_a_q", f"{_QKV}.down_q"),
        (f"{_QKV}.linear_b_q", f"{_QKV}.up_q"),
        (f"{_QKV}.linear_a_v", f"{_QKV}.down_v"),
        (f"{_QKV}.linear_b_v", f"{_QKV}.up_v"),
    ]
)
