"""The networks of the `segment-anything` package, imported without torchvision.

The package's `__init__` imports the predictor, which needs torchvision; torchvision
fails beside a CPU build of torch. Its `modeling` subpackage needs torch only, so it is
imported as if the parent were an empty package. A later ``import segment_anything`` by
other code runs the real `__init__` and finds the same classes.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import torch
from torch import Tensor
from torch.nn import functional

from sambench.errors import InputError

_PARENT = "segment_anything"


def _import_modeling() -> ModuleType:
    name = f"{_PARENT}.modeling"
    if _PARENT in sys.modules or name in sys.modules:
        return import_module(name)
    spec = find_spec(_PARENT)
    if spec is None:
        raise InputError(
            where="the Python environment",
            found=f"no package {_PARENT}",
            expected="segment-anything 1.0",
            remedy="Install it: pip install segment-anything==1.0",
        )
    parent = ModuleType(_PARENT)
    parent.__path__ = list(spec.submodule_search_locations)
    sys.modules[_PARENT] = parent
    try:
        return import_module(name)
    finally:
        del sys.modules[_PARENT]


_modeling = _import_modeling()

ImageEncoderViT = _modeling.ImageEncoderViT
MaskDecoder = _modeling.MaskDecoder
Sam = _modeling.Sam
TwoWayTransformer = _modeling.TwoWayTransformer
DecoderAttention = _modeling.transformer.Attention
Block = _modeling.image_encoder.Block
Attention = _modeling.image_encoder.Attention
relative_table = _modeling.image_encoder.get_rel_pos
window_partition = _modeling.image_encoder.window_partition
window_unpartition = _modeling.image_encoder.window_unpartition
PositionEmbeddingRandom = _modeling.prompt_encoder.PositionEmbeddingRandom
LayerNorm2d = _modeling.common.LayerNorm2d
MLP = _modeling.mask_decoder.MLP


class PromptEncoder(_modeling.PromptEncoder):
    """The package's prompt encoder, which chooses points without waiting for a GPU.

    The same parameters and numbers.
    """

    def _embed_points(self, points: Tensor, labels: Tensor, pad: bool) -> Tensor:
        """Embed points `(N, P, 2)` by their labels: 1 inside, 0 outside, -1 none."""
        points = points + 0.5  # the centre of the pixel
        if pad:
            points = functional.pad(points, (0, 0, 0, 1))
            labels = functional.pad(labels, (0, 1), value=-1)
        found = self.pe_layer.forward_with_coords(points, self.input_image_size)
        kinds = labels[..., None]
        found = self.not_a_point_embed.weight.where(kinds == -1, found)
        for label, embedding in enumerate(self.point_embeddings[:2]):
            found = torch.where(kinds == label, found + embedding.weight, found)
        return found
