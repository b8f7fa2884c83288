"""Cast the weights of a network to half precision in one call, not one by one.

Autocast casts each weight where it is used and each gradient on its way back: two calls
a tensor, and hundreds in a step. The numbers here are the same.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import Function, FunctionCtx, once_differentiable
from torch.nn.modules.conv import _ConvNd

# What autocast computes in half precision, and has its weights cast for.
KINDS = (nn.Linear, _ConvNd)


def cast_weights_together(network: nn.Module) -> None:
    """Cast the weights of a network at the beginning of each pass under autocast.

    The first pass finds out which layers are called, and under autocast alone: what a
    network computes in full precision keeps its weights. Passes that are not of a
    training stay as they are.

    Parameters
    ----------
    network : nn.Module
        Changed in place; parameters and names are what they were.
    """
    passes = _Passes()
    network.register_forward_pre_hook(passes.begin)
    network.register_forward_hook(passes.end, always_call=True)


class _Passes:
    def __init__(self) -> None:
        self._chosen: list[nn.Module] | None = None
        self._asked: dict[nn.Module, bool] = {}
        self._listeners: list[Any] = []
        self._replaced: list[tuple[nn.Module, str, nn.Parameter]] = []
        self._frozen: tuple[list[Any], list[Tensor]] = ([], [])

    def begin(self, network: nn.Module, _: Any) -> None:
        """Listen in the first pass, replace weights by half ones in the others."""
        kind = next(network.parameters()).device.type
        if not network.training or not torch.is_autocast_enabled(kind):
            return
        if self._chosen is None:
            self._listen(network, kind)
        else:
            self._replace(torch.get_autocast_dtype(kind))

    def end(self, *_: Any) -> None:
        """Put the weights back."""
        for module, name, parameter in self._replaced:
            module._parameters[name] = parameter
        self._replaced = []
        if self._listeners:
            self._chosen = [module for module, cast in self._asked.items() if cast]
        for listener in self._listeners:
            listener.remove()
        self._listeners = []

    def _listen(self, network: nn.Module, kind: str) -> None:
        def note(module: nn.Module, _: Any) -> None:
            cast = torch.is_autocast_enabled(kind)
            self._asked[module] = cast and self._asked.get(module, True)

        self._asked = {}
        for module in network.modules():
            if isinstance(module, KINDS):
                self._listeners.append(module.register_forward_pre_hook(note))

    def _replace(self, dtype: torch.dtype) -> None:
        self._replaced = [
            (module, name, parameter)
            for module in self._chosen
            for name, parameter in module._parameters.items()
            if parameter is not None and parameter.dtype == torch.float32
        ]
        together = dict.fromkeys(parameter for *_, parameter in self._replaced)
        trained = [p for p in together if p.requires_grad]
        frozen = [p for p in together if not p.requires_grad]
        halves = dict(zip(frozen, self._frozen_halves(frozen, dtype), strict=True))
        if trained:
            cast = _Cast.apply(dtype, *trained)
            halves |= zip(trained, cast, strict=True)
        for module, name, parameter in self._replaced:
            module._parameters[name] = halves[parameter]

    def _frozen_halves(self, frozen: list[Tensor], dtype: torch.dtype) -> list[Tensor]:
        """Return the half weights of frozen ones, cast anew only if they changed."""
        state = [(dtype, p, p._version, p.device) for p in frozen]
        if len(state) != len(self._frozen[0]) or any(
            new[0] != old[0] or new[1] is not old[1] or new[2:] != old[2:]
            for new, old in zip(state, self._frozen[0], strict=True)
        ):
            self._frozen = state, _cast(frozen, dtype)
        return self._frozen[1]


class _Cast(Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx, dtype: torch.dtype, *weights: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.set_materialize_grads(False)
        ctx.dtype = weights[0].dtype
        return tuple(_cast(weights, dtype))

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, *gradients: Tensor | None) -> tuple[Any, ...]:
        there = [gradient for gradient in gradients if gradient is not None]
        cast = iter(_cast(there, ctx.dtype))
        return None, *(None if each is None else next(cast) for each in gradients)


def _cast(tensors: Sequence[Tensor], dtype: torch.dtype) -> list[Tensor]:
    made = [torch.empty_like(tensor, dtype=dtype) for tensor in tensors]
    if made:
        with torch.no_grad():
            torch._foreach_copy_(made, list(tensors))
    return made
