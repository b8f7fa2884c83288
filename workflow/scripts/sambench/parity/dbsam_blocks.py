"""Single parts of DB-SAM against what the released modules give for the same weights.

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
from sambench.models.sam.renaming import Renaming
from sambench.parity.dbsam_weights import (
    CHANNEL_ATTENTION,
    CROSS_ATTENTION,
    FUSION,
    channel_attention_sizes,
    cross_attention_sizes,
    fusion_arguments,
)
from sambench.parity.fixture import Fixture

_KEY = re.compile(r"(.+?)/(?:weights|input|output|grad_input|grad)/.+")
Sections = dict[str, dict[str, Tensor]]


def compare(fixture: Fixture) -> None:
    """Compare every block; infinitely far if no part of ours corresponds."""
    matches = filter(None, map(_KEY.fullmatch, fixture))
    for block in dict.fromkeys(match[1] for match in matches):
        try:
            found = _run(fixture, block)
        except (InputError, KeyError) as error:
            what = f"nothing named {error}" if isinstance(error, KeyError) else error
            fixture.record(f"{block} ({what})", math.inf)
            continue
        for section, tensors in found.items():
            fixture.check_all(f"{block}/{section}/", tensors)


def _run(fixture: Fixture, block: str) -> Sections:
    """Run our part forward and backward, in evaluation mode."""
    weights = fixture.under(f"{block}/weights/")
    given = fixture.under(f"{block}/input/")
    order = sorted(given, key=lambda name: [int(part) for part in name.split("/")])
    leaves = [given[name].clone().requires_grad_() for name in order]
    arguments: dict[str, list[Tensor]] = {}
    for name, leaf in zip(order, leaves, strict=True):
        arguments.setdefault(name.split("/")[0], []).append(leaf)
    part, names = _part(block, weights, *arguments.values())
    fixture.load(part, names, absent=(), weights=weights)
    outputs = _forward(part.eval(), list(arguments.values()))
    sum(output.square().mean() for output in outputs).backward()
    parameters = part.named_parameters()
    return {
        "output": {str(n): output.detach() for n, output in enumerate(outputs)},
        "grad_input": {str(n): leaf.grad for n, leaf in enumerate(leaves)},
        "grad": {names.to_theirs(name): p.grad for name, p in parameters},
    }


def _part(
    block: str,
    weights: Mapping[str, Tensor],
    queries: list[Tensor],
    values: Sequence[Tensor] = (),
) -> tuple[nn.Module, Renaming]:
    """Build our part for a block of theirs, and return its names."""
    if "attn.sampling_offsets.weight" in weights:
        sizes = cross_attention_sizes(weights, len(values))
        part = CrossAttentionBlock(levels=len(values), **sizes)
        return part, Renaming(CROSS_ATTENTION)
    if "conv_dw.weight" in weights:
        part = ChannelAttention(**channel_attention_sizes(weights))
        return part, Renaming(CHANNEL_ATTENTION)
    arguments = fusion_arguments(weights, block)
    kind = arguments.pop("name")
    part = FUSIONS[kind](queries[0].shape[-1], **arguments)
    return part, Renaming(FUSION[kind])


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
