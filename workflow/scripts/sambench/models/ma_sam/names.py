"""Tensor names of the published MA-SAM, to ours and back."""

from sambench.models.sam.renaming import Renaming

_VIT = "sam.image_encoder.ImageEncoderViT"
_BLOCK = f"{_VIT}.blocks.{{i}}.Block"
_OURS = "sam.image_encoder"


def _adapter(ending: str, place: str) -> list[tuple[str, str]]:
    parts = {
        "norm": "norm",
        "linear_down": "down",
        "conv": "conv",
        "linear_up": "up",
    }
    return [
        (f"{_BLOCK}.adapter_{theirs}{ending}", f"{_OURS}.{place}.{{i}}.{ours}")
        for theirs, ours in parts.items()
    ]


NAMES = Renaming(
    [
        ("FacTu", f"{_OURS}.fact_down"),
        ("FacTv", f"{_OURS}.fact_up"),
        *_adapter("", "before_attention"),
        *_adapter("_2", "before_mlp"),
        (f"{_BLOCK}.attn.Attention.qkv.qkv", f"{_OURS}.blocks.{{i}}.attn.qkv.layer"),
        (
            f"{_BLOCK}.attn.Attention.qkv.q_FacTs",
            f"{_OURS}.blocks.{{i}}.attn.qkv.core_q",
        ),
        (
            f"{_BLOCK}.attn.Attention.qkv.v_FacTs",
            f"{_OURS}.blocks.{{i}}.attn.qkv.core_v",
        ),
        (f"{_BLOCK}.attn.Attention", f"{_OURS}.blocks.{{i}}.attn"),
        (_BLOCK, f"{_OURS}.blocks.{{i}}"),
        (_VIT, _OURS),
    ]
)
