"""Med-SA and MedSAM, each in two forms, against the published code."""

import torch
from torch import Tensor, nn

from sambench.methods.objectives import SquaredDiceBCE, WeightedBCE
from sambench.models.med_sa import NAMES, UNUSED, adapt
from sambench.models.sam.builders import TUNINGS
from sambench.models.sam.decoding import decode_prompts
from sambench.models.sam.positions import resize_absolute_positions
from sambench.models.sam.resizing import interpolated
from sambench.models.sam.scaling import mean_std
from sambench.parity.fixture import WEIGHTS, Fixture, block_features


def med_sa(fixture: Fixture) -> None:
    """Compare Med-SA as its code is since 2024, which resizes positions each time."""
    weights = resize_absolute_positions(
        fixture.under(WEIGHTS), fixture.size(), fixture.header("img_size"), "bicubic"
    )
    resized = {WEIGHTS + name: tensor for name, tensor in weights.items()}
    fixture.replace(resized)
    _med_sa(fixture, "released")


def med_sa_2023(fixture: Fixture) -> None:
    """Compare Med-SA as its code was in 2023."""
    _med_sa(fixture, "intended")


def _med_sa(fixture: Fixture, variant: str) -> None:
    side = fixture.header("img_size")
    sam = fixture.build_sam()
    adapt(sam, variant)
    fixture.load(sam, NAMES[variant], unused=[UNUSED])
    images = fixture["input"]
    if not images.is_floating_point():
        images = mean_std(images)
    found = block_features(sam.image_encoder, images)
    points = {"points": fixture["point"], "labels": fixture["point_label"]}
    found["sparse_prompt"], _ = sam.prompt_encoder(tuple(points.values()), None, None)
    logits, quality = decode_prompts(
        sam.prompt_encoder, sam.mask_decoder, found["feature/embedding"], **points
    )
    target = fixture["target"].float()
    masks = slice(0, target.shape[1])  # the first; disc and cup of REFUGE are two
    logits = logits[:, masks]
    found |= {"low_res_logits": logits, "iou_predictions": quality[:, masks]}
    if target.shape[-1] == side:
        logits = interpolated(logits, (side, side))
        found["masks_rows"] = logits[:, :, ::8]
    loss = WeightedBCE(fixture.header("pos_weight"))(logits, target)
    fixture.check_each(found | {"loss": loss})
    loss.backward()
    fixture.check_gradients(sam, NAMES[variant])


def medsam_decoder(fixture: Fixture) -> None:
    """Compare MedSAM v0: the decoder is trained, the loss is on its own grid."""
    sam, logits = _medsam(fixture, "decoder", mean_std(fixture["input"]))
    dice, both = _losses(logits, fixture["target"].float())
    fixture.check_each({"loss": dice, "loss_dice": dice, "loss_bce": both - dice})
    fixture.check_each({"with_bce/loss": both})
    dice.backward(retain_graph=True)
    fixture.check_gradients(sam)
    sam.zero_grad()
    both.backward()
    fixture.check_gradients(sam, prefix="with_bce/")


def medsam_full(fixture: Fixture) -> None:
    """Compare MedSAM v1: all but the prompt encoder is trained, loss at full size."""
    sam, logits = _medsam(fixture, "full", fixture["input"])
    masks = interpolated(logits, (fixture.header("img_size"),) * 2)
    dice, both = _losses(masks, fixture["target"].float())
    fixture.check_each({"loss": both, "loss_dice": dice, "loss_bce": both - dice})
    fixture.check_each({"masks_rows": masks[:, :, ::8]})
    both.backward()
    fixture.check_gradients(sam)


def _medsam(fixture: Fixture, tuning: str, images: Tensor) -> tuple[nn.Module, Tensor]:
    """Compare a MedSAM up to the logits of the first mask, `(B, 1, s, s)`."""
    sam = fixture.build_sam()
    TUNINGS[tuning](sam)
    fixture.load(sam)
    boxes = fixture["boxes"]
    boxes = boxes * (fixture.header("img_size") / fixture.header("label_size"))
    embedding = sam.image_encoder(images)
    logits, quality = decode_prompts(
        sam.prompt_encoder, sam.mask_decoder, embedding, boxes=boxes
    )
    found = {
        "feature/embedding": embedding,
        "feature/sparse_prompt": sam.prompt_encoder(None, boxes, None)[0],
        "low_res_logits": logits[:, :1],
        "iou_predictions": quality[:, :1],
    }
    fixture.check_each(found)
    return sam, logits[:, :1]


def _losses(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the Dice loss alone and with cross-entropy."""
    annotated = target.new_ones(target.shape[:2], dtype=torch.bool)
    dice, both = (SquaredDiceBCE(dice_only=only) for only in (True, False))
    return dice(logits, target, annotated), both(logits, target, annotated)
