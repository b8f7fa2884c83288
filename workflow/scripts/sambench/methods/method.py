"""The default method: views of a batch, forward, objective, consistency, one step."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from sambench.errors import InputError
from sambench.methods import (
    ALGORITHMS,
    CONSISTENCIES,
    FEATURES,
    NORMALISATIONS,
    OBJECTIVES,
    PROMPTS,
    VIEWS,
)
from sambench.methods.batch import Batch, Prompts, join
from sambench.methods.features.feature import attach
from sambench.methods.optimise import Optimise
from sambench.methods.prompts import random_uniform
from sambench.models import NETWORKS
from sambench.models.full_precision import full_precision


def build_method(
    recipe: Mapping[str, Any], structures: Sequence[str], backbone: Path | None = None
) -> "Method":
    """Build the method of a recipe; the arguments are those of `Method`."""
    return ALGORITHMS.build(
        recipe.get("algorithm") or {"name": "default"},
        recipe=recipe,
        structures=structures,
        backbone=backbone,
    )


class Method(nn.Module):
    """Learn from batches and segment slices, as a recipe says.

    An algorithm that needs another order of updates overrides `update`, one with
    another loss overrides `losses`, one with more trained parts overrides `groups`.

    Parameters
    ----------
    recipe : mapping
        The training part of a recipe, or its prediction part: views, features,
        objective and consistency are built only if it says how to train.
    structures : sequence of str
        What the channels of logits mean, in order.
    backbone : Path, optional
        Pretrained weights of the network's backbone.

    Attributes
    ----------
    network : nn.Module
        `forward(images (N, 3, H, W), prompts=None, cached=None) -> (N, C, H, W)`.
    n_views : int or None
        Number of views of a batch that the algorithm learns from; None for any.

    Raises
    ------
    InputError
        If the network has a backbone and no weights are given.
    """

    n_views: int | None = None

    def __init__(
        self,
        recipe: Mapping[str, Any],
        structures: Sequence[str],
        backbone: Path | None = None,
    ):
        super().__init__()
        self.structures = list(structures)
        self.recipe = recipe
        context: dict[str, Any] = {"structures": len(structures)}
        if "backbone" in recipe["network"]:
            context["weights"] = _needed(backbone, recipe["network"]["backbone"])
        self.network = NETWORKS.build(recipe["network"], **context)
        self.prompted = NETWORKS.prompted(recipe["network"]["name"])
        self.normalisation = NORMALISATIONS[recipe["input"]["normalisation"]]
        self._asked: list[int] | slice = slice(None)
        self._together = len(structures)
        if recipe.get("training"):
            self._build_for_training(recipe)

    def _build_for_training(self, recipe: Mapping[str, Any]) -> None:
        steps = recipe["training"].get("augmentation")
        parts = [{"name": "augmentation", "steps": steps}] if steps else []
        parts += _listed(recipe.get("views"))
        self.views = nn.ModuleList(map(VIEWS.build, parts))
        self.prompt = recipe["training"].get("prompt") or recipe["prompt"]
        self.features = nn.ModuleList()
        for part in map(dict, _listed(recipe.get("features"))):
            stages, build = part.pop("stages"), partial(FEATURES.build, part)
            self.features.append(attach(self.network, build, stages))

    @cached_property
    def objective(self) -> Callable[..., Tensor]:
        """The loss on logits, targets and annotated; `on` is read by `losses`."""
        options = dict(self.recipe["objective"])
        options.pop("on", None)
        return OBJECTIVES.build(options)

    def needs(self, attribute: str, remedy: str) -> Any:
        """Return what the algorithm needs of its network.

        Raises
        ------
        InputError
            If the network does not have it.
        """
        found = getattr(self.network, attribute, None)
        if found is None:
            raise InputError(
                where="the recipe's network",
                found=f"a network without '{attribute}'",
                expected="one with it, for the recipe's algorithm",
                remedy=remedy,
            )
        return found

    def learn_from(self, labelled: Sequence[Sequence[str]]) -> None:
        """Note what the training slices are labelled for: the structures by domain.

        Raises
        ------
        InputError
            If the objective needs every label and a domain lacks some.
        """
        self._together = max(map(len, labelled))
        everywhere = min(map(len, labelled)) == len(self.structures)
        if everywhere or not getattr(self.objective, "needs_all_labels", False):
            return
        raise InputError(
            where=f"the objective {self.recipe['objective']['name']}",
            found="slices that are not labelled for every structure",
            expected="labels of all structures, as they are classes",
            remedy="Train on domains that label the same structures",
        )

    def groups(self) -> dict[str, list[nn.Parameter]]:
        """Return the trained parameters by the name of their optimiser."""
        return {"main": [p for p in self.network.parameters() if p.requires_grad]}

    def see(self, batch: Batch) -> list[Batch]:
        """Return the views of a packed batch: normalised, with prompts.

        Their images are `(N, 3, H, W)` in float32 whatever the network is computed in.

        Raises
        ------
        InputError
            If the recipe makes another number of views than the algorithm learns from.
        """
        photo = batch.images.dtype == torch.uint8
        with full_precision(batch.images.device):
            seen = [batch._replace(images=batch.images.float())]
            for space in ("packed", "normalised"):
                for view in self.views:
                    if view.space == space:
                        seen = [changed for part in seen for changed in view(part)]
                if space == "packed":
                    seen = [
                        part._replace(images=self.normalisation(part.images, photo))
                        for part in seen
                    ]
            seen = [part._replace(prompts=self.prompts_of(part)) for part in seen]
        if self.n_views not in (None, len(seen)):
            raise InputError(
                where="the recipe's views",
                found=f"{len(seen)} of each slice",
                expected=f"{self.n_views}, for the algorithm {type(self).__name__}",
                remedy="Change the key 'views', or the algorithm",
            )
        return seen

    def prompts_of(self, batch: Batch) -> Prompts | None:
        """Return prompts from targets; None if the network takes none."""
        if not self.prompted:
            return None
        masks = batch.targets > 0.5
        uniform = random_uniform(masks)
        prompts = PROMPTS.build(self.prompt, masks=masks, uniform=uniform)
        if self._together == len(self.structures) or prompts.asked is not None:
            return prompts
        labelled = batch.annotated.byte().argsort(dim=1, descending=True, stable=True)
        return prompts._replace(asked=labelled[:, : self._together])

    def compare(self, logits: Tensor, batch: Batch) -> Tensor:
        """Compute the objective of one view; without a prompt nothing is asked."""
        annotated = batch.annotated
        if batch.prompts is not None:
            annotated = annotated & batch.prompts.present(annotated.shape)
        return self.objective(logits, batch.targets, annotated)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Compute the losses of a packed batch: scalars whose sum is minimised."""
        seen = self.see(batch)
        joined = join(seen)  # one pass, as CSDG's code has it
        logits = self.network(joined.images, joined.prompts, joined.cached)
        logits = logits.chunk(len(seen))
        count = 1 if self.recipe["objective"].get("on") == "first" else len(seen)
        scores = map(self.compare, logits[:count], seen)
        found = {"loss": torch.stack(list(scores)).mean()}
        if self.recipe.get("consistency"):
            found["consistency"] = self.disagreement(logits)
        return found

    def disagreement(self, logits: Sequence[Tensor]) -> Tensor:
        """Compute the recipe's consistency of the logits of views, weighted."""
        options = dict(self.recipe["consistency"])
        weight = options.pop("weight", 1.0)
        return weight * CONSISTENCIES.build(options, logits=torch.stack(list(logits)))

    def update(self, batch: Batch, optimise: Optimise) -> dict[str, Tensor]:
        """Learn from one packed batch.

        Returns
        -------
        dict of str to Tensor
            Scalars for `history.csv`, one column each; `loss` among them.
        """
        losses = self.losses(batch)
        optimise(sum(losses.values()))
        return losses

    def ask_for(self, structures: Sequence[str]) -> None:
        """Choose the structures that `predict` returns, in order.

        Raises
        ------
        InputError
            If the method was not trained on one of them.
        """
        if self.prompted:  # its channels are those of the prompts
            return
        for name in structures:
            if name not in self.structures:
                raise InputError(
                    where="the weights of the run",
                    found=f"a model of {', '.join(self.structures)}",
                    expected=f"a model of the target's structure '{name}'",
                    remedy="Train it on a source that is labelled for this structure",
                )
        self._asked = [self.structures.index(name) for name in structures]

    def predict(
        self,
        images: Tensor,
        prompts: Prompts | None = None,
        cached: Tensor | None = None,
    ) -> Tensor:
        """Segment slices.

        Parameters
        ----------
        images : Tensor, `(N, K, H, W)`
            Packed intensities.
        prompts : Prompts, optional
            Prompts of the slices, for networks that take them.
        cached : Tensor, `(N, ...)`, optional
            What the frozen part of the network computed for the images.

        Returns
        -------
        Tensor, `(N, C, H, W)`
            Logits; one channel per structure of the prompts if the network is
            prompted, else per structure that was asked for.
        """
        if not self.prompted:
            prompts = None
        return self.chosen(self.network(self.normalised(images), prompts, cached))

    def normalised(self, images: Tensor) -> Tensor:
        """Return what the network reads, `(N, 3, H, W)`, of packed intensities."""
        return self.normalisation(images, images.dtype == torch.uint8)

    def chosen(self, logits: Tensor) -> Tensor:
        """Return the channels of the structures that were asked for."""
        return logits[:, self._asked]

    def trained_state(self) -> dict[str, Tensor]:
        """Return what training changed: trained parameters and running statistics.

        A tensor that a network knows under several names is listed under the first.
        """
        trained = {n for n, p in self.named_parameters() if p.requires_grad}
        trained |= {n for n, _ in self.named_buffers()}
        state = self.state_dict()
        return {name: tensor for name, tensor in state.items() if name in trained}


def _listed(parts: Mapping | Sequence[Mapping] | None) -> list[Mapping]:
    """Return parts as a list, if there are several, one or none."""
    return [parts] if isinstance(parts, Mapping) else list(parts or [])


def _needed(backbone: Path | None, name: str) -> Path | None:
    if torch.get_default_device().type == "meta":
        return None  # only shapes are wanted
    if backbone is None:
        raise InputError(
            where="the recipe's network",
            found=f"the backbone '{name}' and no weights for it",
            expected="a file of pretrained weights",
            remedy="Give the file of the backbone's weights",
        )
    return Path(backbone)
