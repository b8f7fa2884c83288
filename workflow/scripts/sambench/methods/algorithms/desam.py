"""DeSAM's training: Dice of the mask, and the quality that a point should have."""

from typing import Annotated, Any

import torch
from torch import Tensor
from torch.nn import functional

from sambench.compute.distributed import pooled_mean
from sambench.errors import InputError
from sambench.methods.batch import Batch, join
from sambench.methods.method import Method
from sambench.methods.objectives import SquaredDiceBCE


def desam_losses(
    logits: Tensor,
    quality: Tensor,
    targets: Tensor,
    inside: Tensor | None,
    given: Tensor | None = None,
) -> dict[str, Tensor]:
    """Compute DeSAM's losses (training.py of the code at f377da2, monai 1.1.0).

    Its DiceCELoss of one channel is Dice alone: monai is pinned to a version in which
    the cross-entropy of one channel is 0.

    Parameters
    ----------
    logits, targets : Tensor, `(K, h, w)`
        Logits and targets of every prompt; the target is the whole label for points in
        the background too.
    quality : Tensor, `(K,)`
        Predicted by the prompt module.
    inside : Tensor, `(K,)`, optional
        1 for a point inside the structure, 0 for one outside; None for boxes, with
        which the quality is not trained.
    given : Tensor of bool, `(K,)`, optional
        Prompts that there are; all, if left out.

    Returns
    -------
    dict of str to Tensor
        `loss` and, of points, `loss_quality`; their sum is minimised.
    """
    shown = None if given is None else given[:, None]
    dice = SquaredDiceBCE(dice_only=True)
    found = {"loss": dice(logits[:, None], targets[:, None], shown)}
    if inside is not None:
        found["loss_quality"] = pooled_mean((quality.float() - inside).abs(), given)
    return found


class Desam(Method):
    """Train DeSAM on points anywhere, or on a box around the whole slice.

    Which of them is said by the recipe's `training.prompt`. The loss is on the
    decoder's own grid, 256 pixels for images of 1024.

    Parameters
    ----------
    **parts
        Arguments of `Method`.

    Raises
    ------
    InputError
        If there are several structures: the answer is the same for all of them.
    """

    def __init__(self, **parts: Annotated[Any, "sambench.methods.method:Method"]):
        super().__init__(**parts)
        if self.recipe.get("training") and len(self.structures) > 1:
            raise InputError(
                where=f"recipe '{self.recipe.get('id', 'desam')}'",
                found=f"the structures {', '.join(self.structures)}",
                expected="one structure: DeSAM is told nothing of the label, so that "
                "its one mask cannot be of several",
                remedy="Run it on a benchmark of one structure",
            )

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Compute the loss of the masks and, of points, that of the quality."""
        network = self.network
        seen = join(self.see(batch))
        encoded = network.encode(seen.images) if seen.cached is None else seen.cached
        shape = seen.images.shape[-2:]
        prompts = seen.prompts
        where, masks, quality = network.ask(network.cast(encoded), prompts, shape)
        masks = network.frame.crop(masks, shape)[:, 0]
        targets = seen.targets[where]
        inside = None
        if prompts.clicks is not None:
            x, y = prompts.clicks[where][:, 0].long().unbind(-1)
            inside = targets[torch.arange(len(x), device=x.device), y, x]
        size = masks.shape[-2:]
        small = functional.interpolate(targets[:, None], size, mode="nearest-exact")
        given = prompts.present(torch.Size())[where]
        return desam_losses(masks, quality[:, 0], small[:, 0], inside, given)
