"""What a reference gave for given weights and inputs, and comparisons with it.

Weights of the SAM family are ``weights/<their name>``, gradients ``grad_norm/<their
name>`` (a parameter that is absent got none) and ``grad/<their name>``, both below a
prefix if a fixture has several losses.
"""

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from sambench.errors import InputError
from sambench.models.sam.build import SamSize, build_sam
from sambench.models.sam.renaming import Renaming, below
from sambench.parity.errors import TOLERANCE, Comparison, relative_error
from sambench.weights.fitting import refuse_misfit

SMALL = 1e-5  # norms below it are rounding, and compared as they are
SHARE = 1e-3  # of the largest norm: what rounding of a smaller one is measured against
WEIGHTS = "weights/"
SAME_NAMES = Renaming([])
# Of the prompt encoder: fixtures without mask prompts may leave it out
MASK_BRANCH = tuple(f"{sam}prompt_encoder.mask_downscaling" for sam in ("", "sam."))
_SIZES = {
    "embed_dim": "embed_dim",
    "depth": "depth",
    "num_heads": "num_heads",
    "global_attn_indexes": "global_blocks",
    "window_size": "window",
    "patch_size": "patch",
    "out_chans": "channels",
    "decoder_heads": "decoder_heads",
    "decoder_mlp": "decoder_mlp",
    "mask_in_chans": "mask_channels",
    "iou_hidden": "quality_hidden",
}


class Fixture(Mapping[str, Tensor]):
    """The tensors of a reference, and what was compared with them so far.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        Tensors of the file.
    metadata : mapping of str to str, optional
        Its header.
    tolerance : float
        Allowed error, if a comparison does not say another one.
    dtype : torch.dtype
        What floating-point tensors are read as.

    Attributes
    ----------
    rows : list of Comparison
        What was compared.
    """

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        metadata: Mapping[str, str] | None = None,
        tolerance: float = TOLERANCE,
        dtype: torch.dtype = torch.float32,
    ):
        self._tensors, self._metadata = dict(tensors), metadata or {}
        self.tolerance, self.dtype = tolerance, dtype
        self.rows: list[Comparison] = []

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def __getitem__(self, name: str) -> Tensor:
        tensor = self._tensors[name]
        return tensor.to(self.dtype) if tensor.is_floating_point() else tensor

    def under(self, prefix: str) -> dict[str, Tensor]:
        """Return the tensors whose names begin so, without the beginning."""
        return below(self, prefix)

    def numbered(self, prefix: str, rest: str = "") -> list[str]:
        """Return `prefix0`, `prefix1` ... as long as one with the rest exists."""
        found: list[str] = []
        while f"{prefix}{len(found)}{rest}" in self:
            found.append(f"{prefix}{len(found)}")
        return found

    def series(self, prefix: str) -> list[Tensor]:
        """Return the tensors `prefix0`, `prefix1` ..."""
        return [self[name] for name in self.numbered(prefix)]

    def header(self, name: str, *default: Any) -> Any:
        """Read a value of the header, or return the default if it has none.

        Raises
        ------
        InputError
            If it is not JSON.
        """
        if default and name not in self._metadata:
            return default[0]
        try:
            return json.loads(self._metadata[name])
        except json.JSONDecodeError as error:
            raise InputError(
                where=f"the fixture's header, '{name}'",
                found=str(error),
                expected="a value in JSON",
                remedy="Write the fixture again",
            ) from error

    @property
    def constants(self) -> dict[str, Any]:
        """The numbers that the reference ran with, of CNN methods."""
        return self.header("constants", {})

    # --- comparing --------------------------------------------------------------------

    def record(self, name: str, error: float, tolerance: float | None = None) -> None:
        """Note an error."""
        self.rows.append(Comparison(name, error, tolerance or self.tolerance))

    def check(
        self, name: str, found: Tensor | None, tolerance: float | None = None
    ) -> None:
        """Compare one tensor, if the fixture has it; the allowed error may differ."""
        if name in self:
            self.record(name, relative_error(found, self[name]), tolerance)

    def check_each(
        self,
        found: Mapping[str, Tensor | None],
        prefix: str = "",
        tolerance: float | None = None,
    ) -> None:
        """Compare what was computed, by the names in the fixture without a prefix."""
        for name, tensor in found.items():
            self.check(prefix + name, tensor, tolerance)

    def check_all(
        self,
        prefix: str,
        found: Mapping[str, Tensor | None],
        leave: Collection[str] = (),
    ) -> None:
        """Compare every tensor whose name begins so, but those that are left out."""
        for name in self.under(prefix):
            if name not in leave:
                self.check(prefix + name, found.get(name))

    # --- the SAM family ---------------------------------------------------------------

    def size(self, **more: Any) -> SamSize:
        """Read the sizes of the SAM; `more` are those that the header lacks."""
        named = {name: self.header(name) for name in _SIZES if name in self._metadata}
        return read_size(named, **more)

    def build_sam(self) -> nn.Module:
        """Build a SAM of the fixture's sizes, with random weights."""
        return build_sam(self.size(), self.header("img_size"))

    def load(
        self,
        network: nn.Module,
        names: Renaming = SAME_NAMES,
        unused: Iterable[str] = (),
        absent: Iterable[str] = MASK_BRANCH,
        weights: Mapping[str, Tensor] | None = None,
    ) -> None:
        """Load weights into a network of ours, in place.

        Parameters
        ----------
        network : nn.Module
            The network, or a part of it.
        names : Renaming
            Between names of theirs and of ours.
        unused : iterable of str
            Parts of names of theirs that the network does not have.
        absent : iterable of str
            Beginnings of names of ours that the fixture may leave out, unused.
        weights : mapping of str to Tensor, optional
            By their names; by default those below ``weights/``.

        Raises
        ------
        InputError
            If a tensor is missing, left over or of another shape.
        """
        weights = self.under(WEIGHTS) if weights is None else weights
        state = {
            names.to_ours(name): tensor
            for name, tensor in weights.items()
            if not any(part in name for part in unused)
        }
        own = network.state_dict()
        left = tuple(absent)
        own = {n: t for n, t in own.items() if n in state or not n.startswith(left)}
        remedy = "Correct the sizes in the fixture's header"
        refuse_misfit(state, own, "the fixture's weights", "the network", remedy)
        network.load_state_dict(state, strict=False)

    def check_training(
        self,
        network: nn.Module,
        losses: Mapping[str, Tensor],
        names: Renaming = SAME_NAMES,
        prefix: str = "",
    ) -> None:
        """Compare losses, and the gradients of their `loss`; all below a prefix."""
        self.check_each(losses, prefix)
        network.zero_grad()
        losses["loss"].backward(retain_graph=True)
        self.check_gradients(network, names, prefix)

    def check_gradients(
        self,
        network: nn.Module,
        names: Renaming = SAME_NAMES,
        prefix: str = "",
        small: float = SMALL,
        share: float = SHARE,
    ) -> None:
        """Compare the gradients of a network, and which parameters have none.

        Norms below `small`, and below this share of the largest norm, are rounding. The
        prefix stands before ``grad/`` and ``grad_norm/``.
        """
        gradients = {
            name: parameter.grad
            for name, parameter in network.named_parameters()
            if parameter.grad is not None
        }
        for name in self.under(f"{prefix}grad/"):
            self.check(f"{prefix}grad/{name}", gradients.get(names.to_ours(name)))
        start = f"{prefix}grad_norm/"
        given = self.under(start)
        norms = {name: float(norm) for name, norm in given.items()}
        for name, expected in norms.items():
            gradient = gradients.pop(names.to_ours(name), None)
            found = None if gradient is None else gradient.norm()
            scale = max(expected, share * max(norms.values()))
            if expected < small:
                scale = 1.0
            elif name.endswith("k_proj.bias"):
                # Zero but for rounding, as the softmax does not see a constant in all
                # logits: measured against the gradient of the weight beside it
                scale = norms.get(f"{name.removesuffix('bias')}weight", expected)
            self.record(start + name, relative_error(found, given[name], scale))
        for name in gradients if norms else ():
            theirs = names.to_theirs(name)
            self.record(f"{start}{theirs} (not in the fixture)", math.inf)


def read_size(named: Mapping[str, Any], **more: Any) -> SamSize:
    """Return the sizes of a SAM by the names that the published code has for them."""
    read = {ours: named[theirs] for theirs, ours in _SIZES.items() if theirs in named}
    read["global_blocks"] = tuple(named["global_attn_indexes"])
    return SamSize(**read | more)


def block_features(encoder: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """Compute ``feature/block<i>`` and ``feature/embedding`` of an encoder."""
    blocks = list(encoder.block_outputs(images))
    found = {f"feature/block{index}": tokens for index, tokens in enumerate(blocks)}
    return found | {"feature/embedding": encoder.embed(blocks[-1])}


@contextmanager
def watched(module: nn.Module) -> Iterator[list[tuple[Any, Any]]]:
    """List the first input and the output of each pass through a module in a block.

    Outputs keep their gradients.
    """
    passes: list[tuple[Any, Any]] = []

    def keep(_: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        if isinstance(output, Tensor) and output.requires_grad:
            output.retain_grad()
        passes.append((inputs[0], output))

    handle = module.register_forward_hook(keep)
    try:
        yield passes
    finally:
        handle.remove()
