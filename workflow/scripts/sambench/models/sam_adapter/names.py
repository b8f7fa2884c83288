"""Tensor names of the published SAM-Adapter, to ours and back."""

from sambench.models.sam.renaming import Renaming

_PROMPT = "image_encoder.prompt_generator"

NAMES = Renaming(
    [
        (f"{_PROMPT}.embedding_generator", "image_encoder.task"),
        (f"{_PROMPT}.prompt_generator.proj", "image_encoder.frequency"),
        (f"{_PROMPT}.lightweight_mlp_{{i}}.0", "image_encoder.each.{i}"),
        (f"{_PROMPT}.shared_mlp", "image_encoder.up"),
    ]
)
