"""Tensor names of the published SAM-Med2D, to ours and back."""

from sambench.models.sam.renaming import Renaming

_THEIRS = "image_encoder.blocks.{i}.Adapter"
_OURS = "image_encoder.adapters.{i}"

NAMES = Renaming(
    [
        (f"{_THEIRS}.channel.0", f"{_OURS}.squeeze"),
        (f"{_THEIRS}.channel.2", f"{_OURS}.excite"),
        (f"{_THEIRS}.spatial.0", f"{_OURS}.down"),
        (f"{_THEIRS}.spatial.2", f"{_OURS}.up"),
        (f"{_THEIRS}.norm", f"{_OURS}.norm"),
    ]
)
