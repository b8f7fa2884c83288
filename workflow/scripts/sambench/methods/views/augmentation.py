"""The augmentation of a recipe: transforms of packed intensities, in order."""

from collections.abc import Sequence
from typing import Any

from sambench.methods.batch import Batch
from sambench.methods.transforms import TRANSFORMS
from sambench.methods.views.view import View


class Augmentation(View):
    """Transforms of a recipe, one after the other.

    Parameters
    ----------
    steps : sequence of dict
        Each with the `name` of a transform, its probability `p` and its ranges.
    """

    space = "packed"

    def __init__(self, steps: Sequence[dict[str, Any]]):
        super().__init__()
        self.transforms = [TRANSFORMS.build(step) for step in steps]

    def draw(self, batch: Batch) -> list[dict[str, Any]]:
        """Return the draws of every transform."""
        return [transform.draw(batch) for transform in self.transforms]

    def apply(self, batch: Batch, draws: list[dict[str, Any]]) -> list[Batch]:
        """Augment images and targets together."""
        for transform, drawn in zip(self.transforms, draws, strict=True):
            batch = transform.apply(batch, drawn)
        return [batch]
