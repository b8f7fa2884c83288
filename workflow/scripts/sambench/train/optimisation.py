"""Optimisers by the names that a recipe gives them, each with its schedule."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.utils import clip_grad_norm_

from sambench.compute.compiled import prepare_passes
from sambench.compute.distributed import average_gradients
from sambench.compute.precision import Precision, choose_precision
from sambench.errors import InputError
from sambench.methods.method import Method
from sambench.models.full_precision import full_precision
from sambench.train import OPTIMISERS, SCHEDULES


class Optimisers:
    """Every optimiser of a training.

    Called with a loss it does what most methods need: clear, go back, step. Gradients
    are averaged over processes before a step: nothing else has to know how many
    processes share a training.

    Parameters
    ----------
    groups : mapping of str to sequence of Parameter
        What `Method.groups` returns.
    training : mapping
        Of a recipe: `optimiser` is that of the group `main`, `optimisers` has the
        others by name. Each has a `name`, its arguments, optionally `clip_norm`, the
        largest norm of the gradients of the group, and a `schedule` if it does not
        follow that of the training.
    epoch_steps : int
        Steps of an epoch, for schedules.
    scaler : torch.amp.GradScaler, optional
        For training in float16.

    Raises
    ------
    InputError
        If a group has no parameter.
    """

    def __init__(
        self,
        groups: Mapping[str, Sequence[Parameter]],
        training: Mapping[str, Any],
        epoch_steps: int,
        scaler: torch.amp.GradScaler | None = None,
    ):
        named = {"main": training["optimiser"], **(training.get("optimisers") or {})}
        if groups.keys() != named.keys():
            raise InputError(
                where="the recipe's training.optimisers",
                found=f"optimisers of {', '.join(sorted(named))}",
                expected=f"of what the method trains: {', '.join(sorted(groups))}",
                remedy="Name one for each; `training.optimiser` is that of main",
            )
        self._optimisers, self._rates, self._clips = {}, {}, {}
        self._scaler = scaler
        for name, options in named.items():
            if not groups[name]:
                raise InputError(
                    where=f"the method's group '{name}'",
                    found="no parameter that is trained",
                    expected="at least one",
                    remedy="Do not freeze the whole network (`requires_grad`); its "
                    "layers have to be attributes or in nn.ModuleList, not in a list",
                )
            own = dict(options)
            schedule = dict(own.pop("schedule", training["schedule"]))
            self._clips[name] = own.pop("clip_norm", None)
            horizon = schedule.pop("horizon_epochs", None) or training["epochs"]
            self._rates[name] = SCHEDULES.build(
                schedule,
                base=own["lr"],
                horizon=horizon * epoch_steps,
                epoch_steps=epoch_steps,
            )
            self._optimisers[name] = OPTIMISERS.build(own, params=list(groups[name]))

    def __call__(self, loss: Tensor, *names: str) -> None:
        """Clear gradients, compute those of a loss, step: for all groups or some."""
        self.zero(*names)
        self.backward(loss)
        self.step(*names)

    def backward(self, loss: Tensor) -> None:
        """Add the gradients of a loss, in full precision."""
        if not loss.requires_grad:
            raise InputError(
                where="the loss of the training",
                found="a loss that depends on no trained parameter",
                expected="one with a gradient",
                remedy="Look for `.detach()`, `.data`, `no_grad` and thresholds in the "
                "objective and the network",
            )
        with full_precision(loss.device):
            (self._scaler.scale(loss) if self._scaler else loss).backward()

    def zero(self, *names: str) -> None:
        """Clear the gradients of all groups or of some."""
        for name in names or self._optimisers:
            self._optimisers[name].zero_grad(set_to_none=True)

    def step(self, *names: str) -> None:
        """Average gradients over processes, then step all groups or some."""
        for name in names or self._optimisers:
            optimiser = self._optimisers[name]
            parameters = optimiser.param_groups[0]["params"]
            average_gradients(parameters)
            if self._scaler:
                self._scaler.unscale_(optimiser)
            if self._clips[name]:
                clip_grad_norm_(parameters, self._clips[name])
            if self._scaler:
                self._scaler.step(optimiser)
            else:
                optimiser.step()
        if self._scaler:  # once for all groups, whose gradients have the same scale
            self._scaler.update()

    def set_rates(self, step: int) -> dict[str, float]:
        """Set the learning rates of a step, counted from 0, and return them."""
        rates = {name: rate(step) for name, rate in self._rates.items()}
        for name, rate in rates.items():
            for group in self._optimisers[name].param_groups:
                group["lr"] = rate
        return rates

    def state_dict(self) -> dict[str, Any]:
        """Return the state of every optimiser."""
        state = {name: each.state_dict() for name, each in self._optimisers.items()}
        return state | ({"scaler": self._scaler.state_dict()} if self._scaler else {})

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        for name, optimiser in self._optimisers.items():
            optimiser.load_state_dict(state[name])
        if self._scaler:
            self._scaler.load_state_dict(state["scaler"])


def prepare_training(
    method: Method, training: Mapping[str, Any], device: torch.device, epoch_steps: int
) -> tuple[Optimisers, Precision]:
    """Build the optimisers of a method that is on its device, and prepare its passes.

    Parameters
    ----------
    method : Method
        Its network may be compiled.
    training : mapping
        Of its recipe.
    device : torch.device
        Where it computes, and by that in which number format.
    epoch_steps : int
        Steps of an epoch.
    """
    precision = choose_precision(device, training.get("precision", "auto"))
    prepare_passes(method.network, precision, training.get("compile"))
    optimise = Optimisers(method.groups(), training, epoch_steps, precision.scaler())
    return optimise, precision
