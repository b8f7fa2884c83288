"""DAPSAM against weights, outputs and gradients of the published code."""

import torch
from torch import Tensor

from sambench.errors import InputError
from sambench.methods.objectives import DiceBCE
from sambench.models.dapsam.builder import NAMES
from sambench.models.dapsam.network import Dapsam
from sambench.parity.errors import relative_error
from sambench.parity.fixture import WEIGHTS, Fixture, block_features

DICE_SHARE = 0.8  # of the published loss; the rest is cross-entropy
_TRAINED = ("loss", "grad_norm/")


def compare(fixture: Fixture) -> None:
    """Compare features, outputs, loss and gradient norms.

    The fixture has `input` `(B, 3, S, S)`, ``feature/<name>``, `low_res_logits`,
    `iou_predictions`, and with `loss` or gradients a `target`.
    """
    network = _build(fixture)
    found = block_features(network.image_encoder, fixture["input"])
    low_res, quality, dense = network.decode(found["feature/embedding"])
    logits = network.enlarge(low_res)
    found |= {"feature/dense_prompt": dense, "iou_predictions": quality}
    found["masks"] = logits
    low = relative_error(low_res, fixture["low_res_logits"])
    fixture.record("low_res_logits", low)
    unknown = [n for n in fixture if n.startswith("feature/") and n not in found]
    fixture.check_each(found | dict.fromkeys(unknown))
    if any(name.startswith(_TRAINED) for name in fixture):
        targets = published_targets(fixture["target"], logits)
        annotated = torch.ones(logits.shape[:2], dtype=torch.bool)
        loss = DiceBCE(DICE_SHARE)(logits, targets, annotated)
        fixture.check_each({"loss": loss})
        loss.backward()
        fixture.check_gradients(network, NAMES, small=0, share=0)


def _build(fixture: Fixture) -> Dapsam:
    state = NAMES.state_to_ours(fixture.under(WEIGHTS))
    decoder, quality, masks, items = (
        len(state[name])
        for name in (
            "mask_decoder.transformer.layers.0.mlp.lin1.weight",
            "mask_decoder.iou_prediction_head.layers.0.weight",
            "mask_decoder.mask_tokens.weight",
            "prompt_generator.memory",
        )
    )
    size = fixture.size(decoder_mlp=decoder, quality_hidden=quality)
    structures = fixture.header("num_classes", masks)
    network = Dapsam(size, fixture.header("img_size"), structures, items=items)
    fixture.load(network, NAMES, absent=())
    return network


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
    given, classes = target.shape[1], logits.shape[1]
    if given == classes == 1:
        return (target > 0).to(logits)
    if given == classes:
        return target.to(logits)
    if given == 1 and classes == 2:
        return torch.cat([target > 0, target == 2], 1).to(logits)
    raise InputError(
        where="the fixture's target",
        found=f"{given} channels for {classes} classes",
        expected="a channel per class, or one map of disc (1) and cup (2)",
        remedy="Write the fixture again",
    )
