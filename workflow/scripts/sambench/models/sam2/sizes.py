"""The published SAM 2.1 and SAM 3: sizes, image scaling, weights. Needs no torch."""

from dataclasses import dataclass, field
from typing import Any

from sambench.errors import find_named


@dataclass(frozen=True)
class Published:
    """A published model.

    Attributes
    ----------
    kind : str
        ``"sam2"`` or ``"sam3"``: which classes of `transformers` it is built of.
    image_size : int
        Rows and columns of its images in pixels.
    mean, std : tuple of float
        Subtracted from and divided into the channels, of images from 0 to 1.
    hiera : dict
        SAM 2: what of its image encoder differs between the sizes.
    """

    kind: str
    image_size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    hiera: dict[str, Any] = field(default_factory=dict)


def _hiera(width: int, heads: int, **more: Any) -> Published:
    widths = [width * 2**stage for stage in range(4)]
    sizes = {
        "hidden_size": width,
        "num_attention_heads": heads,
        "embed_dim_per_stage": widths,
        "num_attention_heads_per_stage": [heads * 2**stage for stage in range(4)],
        **more,
    }
    return Published("sam2", 1024, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), sizes)


# SAM 2 code: sam2/configs/sam2.1/*.yaml and the defaults of its Hiera. SAM 3: the
# defaults of `Sam3TrackerConfig`.
PUBLISHED = {
    "sam2_hiera_tiny": _hiera(
        96, 1, blocks_per_stage=[1, 2, 7, 2], global_attention_blocks=[5, 7, 9]
    ),
    "sam2_hiera_small": _hiera(
        96, 1, blocks_per_stage=[1, 2, 11, 2], global_attention_blocks=[7, 10, 13]
    ),
    "sam2_hiera_base_plus": _hiera(
        112,
        2,
        blocks_per_stage=[2, 3, 16, 3],
        global_attention_blocks=[12, 16, 20],
        window_positional_embedding_background_size=[14, 14],
    ),
    "sam2_hiera_large": _hiera(
        144,
        2,
        blocks_per_stage=[2, 6, 36, 4],
        global_attention_blocks=[23, 33, 43],
        window_size_per_stage=[8, 4, 16, 8],
    ),
    "sam3": Published("sam3", 1008, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
}


def find_published(name: str) -> Published:
    """Look up a published model.

    Raises
    ------
    InputError
        If the name is not known.
    """
    return find_named(PUBLISHED, name, "the recipe's network", "backbone")
