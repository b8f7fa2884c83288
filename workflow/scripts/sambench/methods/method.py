"""A method: a network, what it is prompted with, and what it is trained for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from sambench.errors import InputError
from sambench.methods import OBJECTIVES
from sambench.methods.prompts import Prompts
from sambench.models import NETWORKS
from sambench.models.promptable.prompts import PromptTensors


@dataclass
class Batch:
    """Slices to train on.

    Attributes
    ----------
    images : Tensor, `(B, 3, H, W)`
        Normalised.
    targets : Tensor, `(B, C, H, W)`
        0 or 1, a channel per structure.
    annotated : Tensor of bool, `(B, C)`
        Whether the slice is labelled for the structure.
    prompts : PromptTensors, optional
        Of the slices, for networks that take prompts.
    embeddings : Tensor, `(B, ...)`, optional
        What is frozen of the network gave for the images, where it was computed before.
    """

    images: Tensor
    targets: Tensor
    annotated: Tensor
    prompts: PromptTensors | None = None
    embeddings: Tensor | None = None

    def to(self, device: Any) -> "Batch":
        """Copy to a device, without waiting for it."""
        parts = (
            self.images,
            self.targets,
            self.annotated,
            self.prompts,
            self.embeddings,
        )
        moved = (
            None if part is None else part.to(device, non_blocking=True)
            for part in parts
        )
        return Batch(*moved)


class Method(nn.Module):
    """The default method: forward, then the objective.

    Parameters
    ----------
    recipe : mapping
        With `network` and `objective`.
    structures : sequence of str
        What the channels of logits mean, in order.
    backbone : Path, optional
        Pretrained weights of the network's backbone.

    Raises
    ------
    InputError
        If the network has a backbone and no weights are given.
    """

    def __init__(
        self,
        recipe: Mapping[str, Any],
        structures: Sequence[str],
        backbone: Path | None = None,
    ):
        super().__init__()
        self.structures = list(structures)
        context: dict[str, Any] = {"structures": len(structures)}
        if "backbone" in recipe["network"]:
            context["weights"] = _needed(backbone, recipe["network"]["backbone"])
        self.network = NETWORKS.build(recipe["network"], **context)
        self._objective = recipe.get("objective")

    @cached_property
    def objective(self) -> Callable[..., Tensor]:
        """The loss; built at the first training step, as predicting needs none."""
        return OBJECTIVES.build(self._objective)

    @property
    def promptable(self) -> bool:
        """Whether the network answers prompts: its channels are then the prompts'."""
        return getattr(self.network, "promptable", False)

    def training_step(self, batch: Batch) -> Tensor:
        """Compute the loss of a batch, a scalar."""
        annotated = batch.annotated
        if self.promptable:
            logits = self.network(batch.images, batch.prompts, batch.embeddings)
            annotated = annotated & batch.prompts.present(annotated.shape)
        else:
            logits = self.network(batch.images)
        return self.objective(logits, batch.targets, annotated)

    def predict(
        self, images: Tensor, prompts: Prompts, embeddings: Tensor | None = None
    ) -> Tensor:
        """Segment slices.

        Parameters
        ----------
        images : Tensor, `(B, 3, H, W)`
            Normalised.
        prompts : Prompts
            Of the same slices, for networks that take them.
        embeddings : Tensor, `(B, ...)`, optional
            What is frozen of the network gave for the images.

        Returns
        -------
        Tensor, `(B, C, H, W)`
            Logits; a channel per structure of the prompts if the network is promptable,
            else of the method.
        """
        if not self.promptable:
            return self.network(images)
        tensors = PromptTensors.of(prompts).to(images.device)
        return self.network(images, tensors, embeddings)

    def trained_state(self) -> dict[str, Tensor]:
        """Give what training changed: trained parameters and running statistics.

        A tensor that a network knows under several names is given under the first.
        """
        trained = {n for n, p in self.named_parameters() if p.requires_grad}
        trained |= {n for n, _ in self.named_buffers()}
        state = self.state_dict()
        return {name: tensor for name, tensor in state.items() if name in trained}


def _needed(backbone: Path | None, name: str) -> Path:
    if backbone is None:
        raise InputError(
            where="the recipe's network",
            found=f"the backbone '{name}' and no weights for it",
            expected="a file of pretrained weights",
            remedy="Give the file of the backbone's weights",
        )
    return Path(backbone)


def channels_of(method: Method, structures: Sequence[str]) -> list[int] | slice:
    """Say which channels of a method's logits are the given structures.

    Raises
    ------
    InputError
        If the method was not trained on one of them.
    """
    if method.promptable:
        return slice(None)
    for name in structures:
        if name not in method.structures:
            raise InputError(
                where="the weights of the run",
                found=f"a model of {', '.join(method.structures)}",
                expected=f"a model of the target's structure '{name}'",
                remedy="Train it on a source that is labelled for this structure",
            )
    return [method.structures.index(name) for name in structures]
