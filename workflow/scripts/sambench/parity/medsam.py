"""Hold our MedSAM, decoder and full, against the published code."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.methods.objectives import SquaredDiceBCE
from sambench.models.sam.decoding import decode_prompts
from sambench.models.sam.scaling import mean_std
from sambench.models.sam.tuning import tune
from sambench.parity.fixture import Fixture, no_gradients


def decoder_errors(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> dict[str, float]:
    """Compare a fixture of v0, the decoder's loss on its own grid; see `Fixture`."""
    fixture = Fixture(tensors, metadata)
    sam = _sam(fixture, "decoder")
    found, logits = _decode(fixture, sam, mean_std(fixture["input"]))
    target = fixture["target"].float()
    dice, both = _losses(logits, target)
    found |= {"loss": dice, "loss_dice": dice, "loss_bce": both - dice}
    errors = fixture.errors(found) | fixture.errors({"loss": both}, "with_bce/")
    dice.backward(retain_graph=True)
    errors |= fixture.gradient_errors(sam)
    no_gradients(sam)
    both.backward()
    return errors | fixture.gradient_errors(sam, prefix="with_bce/")


def full_errors(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> dict[str, float]:
    """Compare a fixture of v1, the loss at full size; see `Fixture`."""
    fixture = Fixture(tensors, metadata)
    sam = _sam(fixture, "full")
    found, logits = _decode(fixture, sam, fixture["input"])
    side = fixture.header["img_size"]
    masks = functional.interpolate(
        logits, (side, side), mode="bilinear", align_corners=False
    )
    dice, both = _losses(masks, fixture["target"].float())
    found |= {"loss": both, "loss_dice": dice, "loss_bce": both - dice}
    errors = fixture.errors(found | {"masks_rows": masks[:, :, ::8]})
    both.backward()
    return errors | fixture.gradient_errors(sam)


def _sam(fixture: Fixture, tuning: str) -> nn.Module:
    sam = fixture.build_sam()
    tune(sam, {"name": tuning})
    fixture.load(sam)
    return sam


def _losses(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the Dice loss alone and with cross-entropy."""
    annotated = target.new_ones(target.shape[:2], dtype=torch.bool)
    dice, both = (SquaredDiceBCE(dice_only=only) for only in (True, False))
    return dice(logits, target, annotated), both(logits, target, annotated)


def _decode(
    fixture: Fixture, sam: nn.Module, images: Tensor
) -> tuple[dict[str, Tensor], Tensor]:
    """Return maps on the way and the logits of the first mask, `(B, 1, s, s)`."""
    header = fixture.header
    boxes = fixture["boxes"] * (header["img_size"] / header["label_size"])
    embedding = sam.image_encoder(images)
    sparse, _ = sam.prompt_encoder(None, boxes, None)
    logits, quality = decode_prompts(
        sam.prompt_encoder, sam.mask_decoder, embedding, boxes=boxes
    )
    found = {
        "feature/embedding": embedding,
        "feature/sparse_prompt": sparse,
        "low_res_logits": logits[:, :1],
        "iou_predictions": quality[:, :1],
    }
    return found, logits[:, :1]
