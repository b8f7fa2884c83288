"""Weights under the released code's names, into parts of ours, every one of them."""

import re
from collections.abc import Mapping

from torch import Tensor, nn

from sambench.errors import InputError

_FEED_FORWARD_WEIGHT = re.compile(r"(.*?)(mlp|ffn)\.(.+)\.weight")


def feed_forward_names(weights: Mapping[str, Tensor]) -> dict[str, str]:
    """Find the layers of the exchange's feed-forward, whatever they are called.

    The released code lacks the class, so its names are anyone's guess; the layers are
    told apart by their shapes.

    Parameters
    ----------
    weights : mapping of str to Tensor
        Weights of one block or of a whole model.

    Returns
    -------
    dict of str to str
        From names as they are to ``mlp.fc1``, ``mlp.dwconv`` and ``mlp.fc2``, from
        anything below ``mlp.`` or ``ffn.``; names that need no change are left out.
    """
    names = {}
    seen = set()
    for name in sorted(weights):
        match = _FEED_FORWARD_WEIGHT.fullmatch(name)
        if not match or f"{match[1]}attn.sampling_offsets.weight" not in weights:
            continue
        prefix, part, layer = match.groups()
        weight = weights[name]
        dim = weights[f"{prefix}ffn_pre_norm.weight"].numel()
        if weight.ndim == 4 and weight.shape[-1] > 1:
            role = "dwconv"
        elif weight.shape[1] == dim and f"{prefix}fc1" not in seen:
            role = "fc1"
        else:
            role = "fc2"
        seen.add(f"{prefix}{role}")
        for kind in ("weight", "bias"):
            theirs = f"{prefix}{part}.{layer}.{kind}"
            usual = f"{prefix}mlp.{role}.{kind}"
            if theirs in weights and theirs != usual:
                names[theirs] = usual
    return names


def load_renamed(
    module: nn.Module, weights: Mapping[str, Tensor], table: Mapping[str, str]
) -> None:
    """Load weights under a table of names.

    Parameters
    ----------
    module : nn.Module
        A network or part of ours.
    weights : mapping of str to Tensor
        Under the released code's names. A 1 x 1 convolution stands for a linear layer
        and the other way round.
    table : mapping of str to str
        Their name of each tensor of ours.

    Raises
    ------
    InputError
        If a tensor is missing, left over or of another shape.
    """
    renamed = feed_forward_names(weights)
    weights = {renamed.get(name, name): tensor for name, tensor in weights.items()}
    needed = {n for n in table.values() if not n.endswith("num_batches_tracked")}
    missing = sorted(needed - set(weights))
    extra = sorted(set(weights) - set(table.values()))
    if missing or extra:
        raise InputError(
            where="the weights",
            found=f"missing {_some(missing)}; left over {_some(extra)}",
            expected="the tensors of the released model",
            remedy="Check that sizes and parts are those of the configuration",
        )
    state = module.state_dict()
    for ours, theirs in table.items():
        if theirs not in weights:  # a counter that evaluation does not read
            continue
        shape = state[ours].shape
        if _without_ones(weights[theirs]) != _without_ones(state[ours]):
            raise InputError(
                where=theirs,
                found=f"shape {tuple(weights[theirs].shape)}",
                expected=f"shape {tuple(shape)}",
                remedy="Check that sizes and parts are those of the configuration",
            )
        state[ours] = weights[theirs].reshape(shape)
    module.load_state_dict(state)


def _without_ones(tensor: Tensor) -> list[int]:
    return [length for length in tensor.shape if length > 1]


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{len(names)} ({shown}, ...)" if len(names) > 5 else shown or "none"
