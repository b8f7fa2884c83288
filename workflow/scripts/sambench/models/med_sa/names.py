"""Tensor names of the published Med-SA, to ours and back."""

from sambench.models.sam.renaming import Renaming

_BLOCK = "image_encoder.blocks.{i}"
_LAYER = "mask_decoder.transformer.layers.{i}.mlp"
_ADAPTERS = [
    (f"{_BLOCK}.Space_Adapter.D_fc1", "image_encoder.space.{i}.down"),
    (f"{_BLOCK}.Space_Adapter.D_fc2", "image_encoder.space.{i}.up"),
    (f"{_BLOCK}.MLP_Adapter.D_fc1", "image_encoder.beside.{i}.down"),
    (f"{_BLOCK}.MLP_Adapter.D_fc2", "image_encoder.beside.{i}.up"),
]
_SINCE_2024 = [
    (f"{_BLOCK}.attn.rel_h", f"{_BLOCK}.attn.rel_pos_h"),
    (f"{_BLOCK}.attn.rel_w", f"{_BLOCK}.attn.rel_pos_w"),
    (f"{_LAYER}.layers.0.0", f"{_LAYER}.lin1"),
    (f"{_LAYER}.fc", f"{_LAYER}.lin2"),
]

# By variant: in 2023 all but the adapters had SAM's names
NAMES = {
    "released": Renaming([*_ADAPTERS, *_SINCE_2024]),
    "intended": Renaming(_ADAPTERS),
}
UNUSED = "Depth_Adapter"  # of its form for volumes; no gradient in 2D
