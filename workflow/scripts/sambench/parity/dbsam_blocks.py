"""Hold single parts against what the released modules give for the same weights.

A fixture has for each block ``<block>/weights/<name>``, ``<block>/input/i`` (or
``i/j`` for lists of maps), ``<block>/output/i``, and the gradients
``<block>/grad/<name>`` and ``<block>/grad_input/i`` of the sum over the outputs of
mean(output^2). Sizes are read from the shapes of the weights.
"""

import math
import re
from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from sambench.errors import InputError
from sambench.models.dbsam.channel_attention import ChannelAttention
from sambench.models.dbsam.cross_attention import CrossAttentionBlock
from sambench.models.dbsam.fusion import FUSIONS, Fusion
from sambench.parity import dbsam_names
from sambench.parity.dbsam_sizes import (
    channel_attention_sizes,
    cross_attention_sizes,
    fusion_arguments,
)
from sambench.parity.dbsam_weights import feed_forward_names, load_renamed
from sambench.parity.errors import relative_error

_KEY = re.compile(r"(.+?)/(weights|input|output|grad_input|grad)/(.+)")
Sections = dict[str, dict[str, Tensor]]


def blocks_errors(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> dict[str, float]:
    """Compare every block of a fixture.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        The fixture, see the module.
    metadata : mapping of str to str, optional
        For the signature of every comparison: sizes are read from the weights.

    Returns
    -------
    dict of str to float
        By ``<block>/output/i``, ``<block>/grad/<name>`` and so on, what
        `relative_error` gives; infinite if no part of ours corresponds.
    """
    errors = {}
    for block, sections in _by_block(tensors).items():
        try:
            found = _run(block, sections)
        except (InputError, KeyError) as error:
            what = f"nothing named {error}" if isinstance(error, KeyError) else error
            errors[f"{block} ({what})"] = math.inf
            continue
        for section in ("output", "grad_input", "grad"):
            for name, expected in sections.get(section, {}).items():
                ours = found[section].get(name)
                errors[f"{block}/{section}/{name}"] = relative_error(ours, expected)
    return errors


def _by_block(tensors: Mapping[str, Tensor]) -> dict[str, Sections]:
    """Group a fixture by block and section; floating point becomes float32."""
    blocks: dict[str, Sections] = {}
    for key, tensor in tensors.items():
        if match := _KEY.fullmatch(key):
            block, section, name = match.groups()
            value = tensor.float() if tensor.is_floating_point() else tensor
            blocks.setdefault(block, {}).setdefault(section, {})[name] = value
    return blocks


def _run(block: str, sections: Sections) -> Sections:
    """Run our part forward and backward, in evaluation mode."""
    weights = sections.get("weights", {})
    given = sections["input"]
    order = sorted(given, key=lambda name: [int(part) for part in name.split("/")])
    leaves = [given[name].clone().requires_grad_() for name in order]
    arguments: dict[str, list[Tensor]] = {}
    for name, leaf in zip(order, leaves, strict=True):
        arguments.setdefault(name.split("/")[0], []).append(leaf)
    part, rules = _part(block, weights, *arguments.values())
    table = {n: dbsam_names.apply_rules(n, rules) for n in part.state_dict()}
    load_renamed(part, weights, table)
    outputs = _forward(part.eval(), list(arguments.values()))
    sum(output.square().mean() for output in outputs).backward()
    called = {usual: name for name, usual in feed_forward_names(weights).items()}
    gradients = {}
    for name, parameter in part.named_parameters():
        theirs = called.get(table[name], table[name])
        if parameter.grad is not None:
            gradients[theirs] = parameter.grad.reshape(weights[theirs].shape)
    return {
        "output": {str(n): output.detach() for n, output in enumerate(outputs)},
        "grad_input": {str(n): leaf.grad for n, leaf in enumerate(leaves)},
        "grad": gradients,
    }


def _part(
    block: str,
    weights: Mapping[str, Tensor],
    queries: list[Tensor],
    values: Sequence[Tensor] = (),
) -> tuple[nn.Module, dbsam_names.Rules]:
    """Build our part for a block of theirs, and give the rules of its names."""
    if "attn.sampling_offsets.weight" in weights:
        sizes = cross_attention_sizes(weights, len(values))
        part = CrossAttentionBlock(levels=len(values), **sizes)
        return part, dbsam_names.CROSS_ATTENTION
    if "conv_dw.weight" in weights:
        part = ChannelAttention(**channel_attention_sizes(weights))
        return part, dbsam_names.CHANNEL_ATTENTION
    arguments = fusion_arguments(weights, block)
    kind = arguments.pop("name")
    part = FUSIONS[kind](queries[0].shape[-1], **arguments)
    return part, dbsam_names.FUSION[kind]


def _forward(part: nn.Module, arguments: list[list[Tensor]]) -> list[Tensor]:
    """Run a part on maps; all but the fusions have theirs channels first."""
    if isinstance(part, Fusion):
        ((vit,), conv) = arguments
        return [part(vit, conv)]
    arguments = [[x.permute(0, 2, 3, 1) for x in maps] for maps in arguments]
    if isinstance(part, ChannelAttention):
        outputs = [part(arguments[0][0])]
    else:
        outputs = part(*arguments)
    return [x.permute(0, 3, 1, 2) for x in outputs]
