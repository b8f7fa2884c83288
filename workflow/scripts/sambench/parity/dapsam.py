"""Hold our DAPSAM against weights, outputs and gradients of the published code."""

import json
import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from sambench.errors import InputError
from sambench.models.dapsam.names import from_published, to_our_name, to_their_name
from sambench.models.dapsam.network import VARIANTS, Dapsam
from sambench.models.sam.build import SamSize
from sambench.parity.errors import relative_error

_WEIGHTS = "weights/"
_GRADIENTS = "grad_norm/"
_DECODER = "mask_decoder.transformer."
_QUALITY = "mask_decoder.iou_prediction_head."
DICE_SHARE = 0.8  # of the published loss; the rest is cross-entropy


def model_errors(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> dict[str, float]:
    """Compare features, outputs, loss and gradient norms of a fixture with ours.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        `input` `(B, 3, S, S)`, `target`, ``weights/<name>``, ``feature/<name>``,
        `low_res_logits`, `iou_predictions`, `loss`, ``grad_norm/<name>``.
    metadata : mapping of str to str
        Numbers and lists in JSON: img_size, embed_dim, depth, num_heads,
        global_attn_indexes and optionally num_classes, window_size, patch_size,
        out_chans.

    Returns
    -------
    dict of str to float
        Largest difference over the largest expected value, by the fixture's name.
        Infinite for what we do not have.

    Raises
    ------
    InputError
        If a tensor or a size is missing, or weights and sizes contradict each other.
    """
    _check_complete(tensors)
    network = _build(tensors, metadata)
    found = _outputs(network, tensors["input"].float())
    errors = {
        name: relative_error(found.get(name), expected)
        for name, expected in tensors.items()
        if name.startswith("feature/") or name in found
    }
    if "target" not in tensors:
        return errors
    logits = network.enlarge(found["low_res_logits"])
    loss = published_loss(logits, published_targets(tensors["target"], logits))
    if "loss" in tensors:
        errors["loss"] = relative_error(loss, tensors["loss"])
    if not any(name.startswith(_GRADIENTS) for name in tensors):
        return errors
    loss.backward()
    return errors | _gradient_errors(network, tensors)


def published_targets(target: Tensor, logits: Tensor) -> Tensor:
    """Bring a fixture's labels into a channel of 0 and 1 per class.

    Parameters
    ----------
    target : Tensor, `(B, S, S)`, `(B, 1, S, S)` or `(B, n, S, S)`
        For one class the foreground is not 0. For two classes a single map holds 1 for
        the rim of the optic disc and 2 for its cup; the disc contains the cup.
    logits : Tensor, `(B, n, S, S)`
        What the targets are for.
    """
    if target.ndim == 3:
        target = target[:, None]
    n_classes = logits.shape[1]
    if target.shape[1] == n_classes == 1:
        return (target > 0).to(logits)
    if target.shape[1] == n_classes:
        return target.to(logits)
    if n_classes == 2 and target.shape[1] == 1:
        return torch.cat([target > 0, target == 2], 1).to(logits)
    raise InputError(
        where="the fixture's target",
        found=f"{target.shape[1]} channels for {n_classes} classes",
        expected="a channel per class, or one map of disc (1) and cup (2)",
        remedy="Write the fixture again",
    )


def published_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Compute the published loss: summed over classes, Dice pooled over the batch."""
    total = logits.new_zeros(())
    for channel in range(logits.shape[1]):
        score, label = logits[:, channel], targets[:, channel]
        probability = score.sigmoid()
        overlap = 2 * (probability * label).sum() + 1
        dice = 1 - overlap / (probability.sum() + label.sum() + 1)
        entropy = functional.binary_cross_entropy(probability, label)
        total = total + (1 - DICE_SHARE) * entropy + DICE_SHARE * dice
    return total


def _check_complete(tensors: Mapping[str, Tensor]) -> None:
    trained = [n for n in tensors if n == "loss" or n.startswith(_GRADIENTS)]
    missing = {"input"} - tensors.keys()
    missing |= {"target"} - tensors.keys() if trained else set()
    missing |= {"low_res_logits"} - tensors.keys()
    if missing:
        raise InputError(
            where="the fixture",
            found=f"no {', '.join(sorted(missing))}",
            expected="input and low_res_logits; with loss or gradients also target",
            remedy="Write the fixture again",
        )


def _build(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> Dapsam:
    state = from_published(
        {
            name.removeprefix(_WEIGHTS): tensor.float()
            for name, tensor in tensors.items()
            if name.startswith(_WEIGHTS)
        }
    )
    try:
        sizes = {name: json.loads(text) for name, text in metadata.items()}
        size = SamSize(
            sizes["embed_dim"],
            sizes["depth"],
            sizes["num_heads"],
            tuple(sizes["global_attn_indexes"]),
            window=sizes.get("window_size", 14),
            patch=sizes.get("patch_size", 16),
            channels=sizes.get("out_chans", 256),
            decoder_mlp=_length(state, f"{_DECODER}layers.0.mlp.lin1.weight"),
            quality_hidden=_length(state, f"{_QUALITY}layers.0.weight"),
        )
        image_size = sizes["img_size"]
        n_classes = sizes.get("num_classes")
    except (KeyError, json.JSONDecodeError) as error:
        raise InputError(
            where="the fixture's metadata",
            found=f"{type(error).__name__}: {error}",
            expected="the sizes of the model as JSON",
            remedy="Write the fixture again",
        ) from error
    n_classes = n_classes or _length(state, "mask_decoder.mask_tokens.weight")
    items = _length(state, "prompt_generator.memory")
    network = Dapsam(size, image_size, n_classes, VARIANTS["released"], items)
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise InputError(
            where="the fixture's weights",
            found=" ".join(str(error).split())[:500],
            expected=f"a DAPSAM of {size} at {image_size} pixels",
            remedy="Correct the sizes in the fixture's metadata",
        ) from error
    network.freeze()
    return network


def _length(state: Mapping[str, Tensor], name: str) -> int:
    """Read a size that no metadata hold from a weight."""
    if name not in state:
        raise InputError(
            where="the fixture's weights",
            found=f"no {to_their_name(name)}",
            expected="all weights of a DAPSAM",
            remedy="Write the fixture again",
        )
    return state[name].shape[0]


def _outputs(network: Dapsam, images: Tensor) -> dict[str, Tensor]:
    found = {}
    for index, tokens in enumerate(network.image_encoder.block_outputs(images)):
        found[f"feature/block{index}"] = tokens
    parts = network.decode(network.image_encoder.embed(tokens))
    found["feature/embedding"] = parts.embedding
    found["feature/dense_prompt"] = parts.dense_prompt
    found["low_res_logits"] = parts.low_res_logits
    found["iou_predictions"] = parts.iou_predictions
    found["masks"] = network.enlarge(parts.low_res_logits)
    return found


def _gradient_errors(
    network: Dapsam, tensors: Mapping[str, Tensor]
) -> dict[str, float]:
    ours = {
        name: parameter.grad.norm()
        for name, parameter in network.named_parameters()
        if parameter.grad is not None
    }
    errors = {}
    for name, expected in tensors.items():
        if not name.startswith(_GRADIENTS):
            continue
        scale = float(expected.abs().max())
        if name.endswith("k_proj.bias"):
            # Zero but for rounding, as the softmax does not see a constant in all
            # logits: measured against the gradient of the weight beside it
            beside = f"{name.removesuffix('bias')}weight"
            scale = float(tensors.get(beside, expected).abs().max())
        norm = ours.pop(to_our_name(name.removeprefix(_GRADIENTS)), None)
        errors[name] = relative_error(norm, expected, scale)
    unexpected = {f"{_GRADIENTS}{name} (not in the fixture)": math.inf for name in ours}
    return errors | unexpected
