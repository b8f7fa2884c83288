"""Build SAM 2.1 and SAM 3 from recipes, with their published weights."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

from torch import Tensor, nn

from sambench.errors import InputError
from sambench.models.sam2.network import TransformersSam
from sambench.models.sam2.sizes import Published, find_published
from sambench.weights.fitting import refuse_misfit
from sambench.weights.reading import read_state_dict

# The weights of SAM 3 hold its detector and its tracker, which share an encoder. Only
# what answers boxes and points is read: the tracker, without its memory. The tracker
# leaves out the coarsest of four feature maps.
_RENAMED = (
    (r"^detector_model\.vision_encoder\.backbone\.", "vision_encoder.backbone."),
    (r"^tracker_neck\.", "vision_encoder.neck."),
    (r"^tracker_model\.", ""),
)
_IMAGE_CODE = "shared_image_embedding.positional_embedding"
_PROMPT_CODE = "prompt_encoder.shared_embedding.positional_embedding"


def build(
    *, backbone: Annotated[str, "sambench.models.sam2.sizes:PUBLISHED"], weights: Path
) -> TransformersSam:
    """Build a SAM 2.1 or a SAM 3 that answers a prompt per structure, frozen.

    Parameters
    ----------
    backbone : str
        A name in `PUBLISHED`.
    weights : Path
        Its weights, a safetensors file of `transformers`.

    Raises
    ------
    InputError
        If `transformers` is not installed, or the weights are not those of the model.
    """
    published = find_published(backbone)
    model = build_model(published)
    load_weights(model, read_state_dict(Path(weights)), Path(weights))
    return TransformersSam(model, published.image_size, published.mean, published.std)


def build_model(published: Published, **changes: Any) -> nn.Module:
    """Build the network of `transformers` with random weights, in evaluation mode.

    `changes` are parts of the configuration that differ, for small models.
    """
    transformers = _package()
    if published.kind == "sam3":
        vision = {"scale_factors": [4.0, 2.0, 1.0], **changes.pop("vision", {})}
        config = transformers.Sam3TrackerConfig(
            vision_config=transformers.Sam3VisionConfig(**vision), **changes
        )
        return transformers.Sam3TrackerModel(config).eval()
    hiera = transformers.Sam2HieraDetConfig(**published.hiera)
    vision = {
        "backbone_config": hiera,
        "backbone_channel_list": published.hiera["embed_dim_per_stage"][::-1],
        **changes.pop("vision", {}),
    }
    config = transformers.Sam2Config(
        vision_config=transformers.Sam2VisionConfig(**vision), **changes
    )
    return transformers.Sam2Model(config).eval()


def load_weights(model: nn.Module, state: Mapping[str, Tensor], where: Path) -> None:
    """Load published weights; every tensor of the model has to be there.

    What is published beside it, the memory of the video model and the detector of
    SAM 3, is left out.

    Raises
    ------
    InputError
        If a tensor is missing or has another shape.
    """
    found: dict[str, Tensor] = {}
    for name, tensor in state.items():
        for pattern, put in _RENAMED:
            name = re.sub(pattern, put, name)
        found[name] = tensor
    for one, other in ((_IMAGE_CODE, _PROMPT_CODE), (_PROMPT_CODE, _IMAGE_CODE)):
        if one in found:  # one tensor under two names, of which a file may hold one
            found.setdefault(other, found[one])
    own = model.state_dict()
    state = {name: found[name] for name in own if name in found}
    network = f"a {type(model).__name__} of this size"
    remedy = "Give the file that belongs to the recipe's backbone"
    refuse_misfit(state, own, where, network, remedy)
    model.load_state_dict(state)


def _package() -> ModuleType:
    try:
        import transformers
    except ImportError as error:
        raise InputError(
            where="the Python environment",
            found="no package transformers",
            expected="the optional packages of SAM 2 and SAM 3",
            remedy="Run with --use-conda, or install them: pip install -e '.[sam2]'",
        ) from error
    return transformers
