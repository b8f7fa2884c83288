"""SAM-Med2D: the best of three masks for each prompt."""

from torch import Tensor

from sambench.models.sam.network import PromptableSam


class SamMed2d(PromptableSam):
    """A SAM that answers each prompt by that of masks 1 to 3 it thinks best of."""

    def choose(self, masks: Tensor, quality: Tensor) -> tuple[Tensor, Tensor]:
        """Choose a mask per prompt, `(K, 1, s, s)`, and its quality `(K, 1)`."""
        best = 1 + quality[:, 1:].argmax(1)
        rows = best.new_tensor(range(len(best)))
        return masks[rows, best][:, None], quality[rows, best][:, None]
