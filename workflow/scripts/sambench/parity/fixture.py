"""A fixture of the SAM family: sizes from its header, weights, errors.

Weights are ``weights/<their name>``, gradients ``grad_norm/<their name>`` (a parameter
that is absent got none) and ``grad/<their name>``, all of them below a prefix if a
fixture has several losses.
"""

import json
import math
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from sambench.errors import InputError
from sambench.models.sam.build import SamSize, build_sam
from sambench.models.sam.renaming import Renaming
from sambench.parity.errors import relative_error

SMALL = 1e-5  # norms below it are rounding, and compared as they are
SHARE = 1e-3  # of the largest norm: what rounding of a smaller one is measured against
SAME_NAMES = Renaming([])
# Of the prompt encoder: fixtures without mask prompts may leave it out
MASK_BRANCH = tuple(f"{sam}prompt_encoder.mask_downscaling" for sam in ("", "sam."))


class Fixture:
    """The tensors and sizes of a fixture.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        Tensors of the file.
    metadata : mapping of str to str
        Its header, every value in JSON.

    Raises
    ------
    InputError
        If a value of the header is no JSON.
    """

    def __init__(self, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]):
        self.tensors = tensors
        try:
            self.header = {name: json.loads(text) for name, text in metadata.items()}
        except json.JSONDecodeError as error:
            raise InputError(
                where="the fixture's header",
                found=str(error),
                expected="values in JSON",
                remedy="Write the fixture again",
            ) from error

    def __getitem__(self, name: str) -> Tensor:
        """Read a tensor; floating point becomes float32."""
        tensor = self.tensors[name]
        return tensor.float() if tensor.is_floating_point() else tensor

    def __contains__(self, name: str) -> bool:
        return name in self.tensors

    def size(self) -> SamSize:
        """Read the sizes of the SAM."""
        header = self.header
        return SamSize(
            header["embed_dim"],
            header["depth"],
            header["num_heads"],
            tuple(header["global_attn_indexes"]),
            window=header["window_size"],
            patch=header["patch_size"],
            channels=header["out_chans"],
            decoder_heads=header["decoder_heads"],
            decoder_mlp=header["decoder_mlp"],
            mask_channels=header["mask_in_chans"],
            quality_hidden=header["iou_hidden"],
        )

    def build_sam(self) -> nn.Module:
        """Build a SAM of the fixture's sizes, with random weights."""
        return build_sam(self.size(), self.header["img_size"])

    def weights(self) -> dict[str, Tensor]:
        """Read the weights, under the names of the published code."""
        start = "weights/"
        return {
            n.removeprefix(start): self[n] for n in self.tensors if n.startswith(start)
        }

    def load(
        self,
        network: nn.Module,
        names: Renaming = SAME_NAMES,
        prefix: str = "",
        unused: Iterable[str] = (),
        absent: Iterable[str] = MASK_BRANCH,
    ) -> None:
        """Load the weights into a network of ours.

        Parameters
        ----------
        network : nn.Module
            Changed in place.
        names : Renaming
            From theirs to ours.
        prefix : str
            Prefix of our names, taken off.
        unused : iterable of str
            Parts of names of theirs that the network does not have.
        absent : iterable of str
            Beginnings of names of ours that the fixture leaves out, unused.

        Raises
        ------
        InputError
            If a tensor is missing, left over or of another shape.
        """
        unused, absent = tuple(unused), tuple(absent)
        state = {
            names.to_ours(name).removeprefix(prefix): tensor
            for name, tensor in self.weights().items()
            if not any(part in name for part in unused)
        }
        own = network.state_dict()
        left_out = {n for n in own if n.startswith(absent)} if absent else set()
        missing = own.keys() - state.keys() - left_out
        left_over = state.keys() - own.keys()
        shapes = [
            n for n in own.keys() & state.keys() if own[n].shape != state[n].shape
        ]
        wrong = sorted([*missing, *left_over, *shapes])
        if wrong:
            raise InputError(
                where="the fixture's weights",
                found=f"{len(missing)} missing, {len(left_over)} left over, "
                f"{len(shapes)} of another shape: {', '.join(wrong[:5])}",
                expected=f"the weights of {self.header.get('method')}",
                remedy="Correct the sizes in the fixture's header",
            )
        network.load_state_dict(state, strict=False)

    def errors(self, found: Mapping[str, Tensor], prefix: str = "") -> dict[str, float]:
        """Compare what was computed with what the fixture has of it.

        Parameters
        ----------
        found : mapping of str to Tensor
            By the fixture's name, without the prefix; names that it lacks are skipped.
        prefix : str
            Prefix of the names in the fixture.
        """
        return {
            prefix + name: relative_error(ours, self[prefix + name])
            for name, ours in found.items()
            if prefix + name in self
        }

    def gradient_errors(
        self,
        network: nn.Module,
        names: Renaming = SAME_NAMES,
        prefix: str = "",
        ours: str = "",
    ) -> dict[str, float]:
        """Compare the gradients of a network, and which parameters have none.

        Parameters
        ----------
        network : nn.Module
            After its backward pass.
        names : Renaming
            Between their names and ours.
        prefix : str
            Before ``grad/`` and ``grad_norm/``.
        ours : str
            Prefix of our names, which the renaming expects.
        """
        gradients = {
            names.to_theirs(ours + name): parameter.grad
            for name, parameter in network.named_parameters()
            if parameter.grad is not None
        }
        start = f"{prefix}grad/"
        errors = {
            name: relative_error(gradients.get(name.removeprefix(start)), self[name])
            for name in self.tensors
            if name.startswith(start)
        }
        start = f"{prefix}grad_norm/"
        norms = {
            n.removeprefix(start): self[n] for n in self.tensors if n.startswith(start)
        }
        for name, expected in norms.items():
            gradient = gradients.pop(name, None)
            errors[start + name] = _norm_error(gradient, expected, norms, name)
        if norms:
            for name in gradients:
                errors[f"{start}{name} (not in the fixture)"] = math.inf
        return errors


def _norm_error(
    gradient: Tensor | None, expected: Tensor, norms: Mapping[str, Tensor], name: str
) -> float:
    if gradient is None:
        return math.inf
    difference = float((gradient.double().norm() - expected.double()).abs())
    if math.isnan(difference):
        return math.inf
    if float(expected) < SMALL:
        return difference
    scale = max(float(expected), SHARE * max(float(norm) for norm in norms.values()))
    if name.endswith("k_proj.bias"):
        # Zero but for rounding, as the softmax does not see a constant in all logits:
        # measured against the gradient of the weight beside it
        scale = float(norms.get(f"{name.removesuffix('bias')}weight", expected))
    return difference / scale


def no_gradients(network: nn.Module) -> None:
    """Forget the gradients of a network."""
    network.zero_grad(set_to_none=True)


def block_features(encoder: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """Compute ``feature/block<i>`` and ``feature/embedding`` of an encoder."""
    found: dict[str, Tensor] = {}
    tokens = torch.empty(0)
    for index, tokens in enumerate(encoder.block_outputs(images)):
        found[f"feature/block{index}"] = tokens
    found["feature/embedding"] = encoder.embed(tokens)
    return found
