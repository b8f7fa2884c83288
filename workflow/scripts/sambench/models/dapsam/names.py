"""Tensor names of the published DAPSAM weights, to ours and back."""

from sambench.models.sam.renaming import Renaming

_ADAPTER = "image_encoder.l_adapter"
_BESIDE = "image_encoder.blocks.{i}.channel_adapter"

# Names since 1d9e04a; the others are SAM's in both. The release tag v1.0.0 has the
# adapters under older names.
NAMES = Renaming(
    [
        (f"{_ADAPTER}.embedding_generator", "image_encoder.low_level"),
        (f"{_ADAPTER}.lightweight_mlp_{{i}}.0", "image_encoder.before.{i}.down"),
        (f"{_ADAPTER}.lightweight_mlp_{{i}}.2", "image_encoder.before.{i}.up"),
        (f"{_BESIDE}.D_fc1", "image_encoder.parallel.{i}.down"),
        (f"{_BESIDE}.D_fc2", "image_encoder.parallel.{i}.up"),
        ("prompt_generator.memory_bank.weight", "prompt_generator.memory"),
        ("prompt_generator.pe_layer", "prompt_generator.position"),
        ("prompt_generator.fuse_conv", "prompt_generator.fuse"),
    ],
    older=[
        ("image_encoder.prompt_generator", _ADAPTER),
        ("image_encoder.blocks.{i}.Channel_MLP_Adapter", _BESIDE),
    ],
)
