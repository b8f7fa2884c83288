"""Optimisers that recipes name, with the arguments that recipes may give."""

from collections.abc import Iterable
from typing import Annotated

import torch
from torch.nn import Parameter
from torch.optim import Optimizer


def adam(
    params: Iterable[Parameter],
    *,
    lr: Annotated[float, {"exclusiveMinimum": 0}],
    weight_decay: Annotated[float, {"minimum": 0}] = 0,
    betas: tuple[float, float] = (0.9, 0.999),
) -> Optimizer:
    """Build Adam; its weight decay is a penalty on the loss."""
    return torch.optim.Adam(params, lr, tuple(betas), weight_decay=weight_decay)


def adamw(
    params: Iterable[Parameter],
    *,
    lr: Annotated[float, {"exclusiveMinimum": 0}],
    weight_decay: Annotated[float, {"minimum": 0}] = 0,
    betas: tuple[float, float] = (0.9, 0.999),
) -> Optimizer:
    """Build AdamW, whose weight decay is apart from the gradient."""
    return torch.optim.AdamW(params, lr, tuple(betas), weight_decay=weight_decay)


def sgd(
    params: Iterable[Parameter],
    *,
    lr: Annotated[float, {"exclusiveMinimum": 0}],
    weight_decay: Annotated[float, {"minimum": 0}] = 0,
    momentum: Annotated[float, {"minimum": 0, "maximum": 1}] = 0,
    nesterov: bool = False,
) -> Optimizer:
    """Build stochastic gradient descent."""
    return torch.optim.SGD(
        params, lr, momentum, weight_decay=weight_decay, nesterov=nesterov
    )
