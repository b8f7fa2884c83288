"""SAMed, MA-SAM, SAM-Adapter, Med-SA and MedSAM against the published code."""

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn
from torch.nn.functional import one_hot

from sambench.methods.class_objectives import SoftmaxDiceCE
from sambench.methods.objectives import BCEIoU, SquaredDiceBCE, WeightedBCE
from sambench.models.ma_sam import NAMES as MA_SAM_NAMES
from sambench.models.ma_sam import adapt as adapt_ma_sam
from sambench.models.med_sa import NAMES as MED_SA_NAMES
from sambench.models.med_sa import UNUSED
from sambench.models.med_sa import adapt as adapt_med_sa
from sambench.models.sam.automatic import SoftmaxSam
from sambench.models.sam.builders import TUNINGS
from sambench.models.sam.decoding import decode_prompts
from sambench.models.sam.frame import Frame
from sambench.models.sam.positions import resize_absolute_positions
from sambench.models.sam.renaming import Renaming
from sambench.models.sam.resizing import interpolated
from sambench.models.sam.scaling import mean_std
from sambench.models.sam_adapter import NAMES as SAM_ADAPTER_NAMES
from sambench.models.sam_adapter import SamAdapter, high_pass
from sambench.models.samed import NAMES as SAMED_NAMES
from sambench.models.samed import adapt as adapt_samed
from sambench.parity.errors import choice_error
from sambench.parity.fixture import WEIGHTS, Fixture, block_features


def samed(fixture: Fixture) -> None:
    """Compare outputs, losses and gradients of SAMed."""
    adapt = partial(adapt_samed, rank=fixture.header("rank"))
    label = fixture["low_res_label"]
    _check_softmax(fixture, adapt, SAMED_NAMES, fixture["input"], label)


def ma_sam(fixture: Fixture) -> None:
    """Compare outputs, losses and gradients of MA-SAM."""
    adapt = partial(
        adapt_ma_sam,
        rank=fixture.header("rank"),
        scale=fixture.header("scale"),
        hidden=fixture.header("adapter_channels"),
        slices=fixture.header("slices"),
    )
    images = fixture["input"].flatten(0, 1)[:, None].expand(-1, 3, -1, -1)
    _check_softmax(fixture, adapt, MA_SAM_NAMES, images, fixture["label"])


def _check_softmax(
    fixture: Fixture,
    adapt: Callable[..., None],
    names: Renaming,
    images: Tensor,
    label: Tensor,
) -> None:
    """Compare a SAM of classes; the label map is of the size of the logits."""
    side, sam = fixture.header("img_size"), fixture.build_sam()
    adapt(sam, fixture.size(), fixture.header("mask_tokens"))
    network = SoftmaxSam(sam, Frame(side, "none")).eval()
    fixture.load(network, names)
    found = block_features(sam.image_encoder, images)
    logits, quality = network.decode(found["feature/embedding"])
    found |= {
        "iou_predictions": quality,
        "low_res_logits": logits,
        "low_res_logits_rows": logits[:, :, ::8],
        "low_res_logits_slice2": logits[fixture.header("slices", 1) // 2],
        "low_res_logits_last": logits[-1],
    }
    fixture.check_each(found)
    truth = one_hot(label.long(), logits.shape[1]).movedim(-1, 1)[:, 1:].float()
    objective = SoftmaxDiceCE(dice_weight=fixture.header("dice_weight"))
    losses = objective.losses(logits[:, 1:] - logits[:, :1], truth)
    fixture.check_training(network, losses, names)
    if "masks_argmax" in fixture:
        masks = interpolated(logits, (side, side))
        error = choice_error(masks, fixture["masks_argmax"])
        fixture.record("masks_argmax", error)


def sam_adapter(fixture: Fixture) -> None:
    """Compare features, outputs, losses and gradients of SAM-Adapter."""
    side = fixture.header("img_size")
    network = SamAdapter(fixture.build_sam(), Frame(side, "none"), 1).eval()
    fixture.load(network, SAM_ADAPTER_NAMES)
    images, encoder = fixture["input"], network.image_encoder
    found = block_features(encoder, images)
    logits, quality = network.decode(found["feature/embedding"])
    masks, fine = interpolated(logits[:, :1], (side, side)), high_pass(images)
    found |= {
        "feature/high_pass_rows": fine[:, :, ::16],
        "feature/frequency": encoder.frequency(fine),
        "feature/task": encoder.task_of(encoder.patch_embed(images)).flatten(1, 2),
        "low_res_logits": logits[:, :1],
        "iou_predictions": quality[:, :1],
        "masks_rows": masks[:, :, ::8],
    }
    fixture.check_each(found)
    losses = BCEIoU().losses(masks, fixture["target"].float())
    fixture.check_training(network, losses, SAM_ADAPTER_NAMES)


def med_sa(fixture: Fixture, variant: str = "released") -> None:
    """Compare Med-SA as its code is since 2024, which resizes positions each time."""
    side, size, sam = fixture.header("img_size"), fixture.size(), fixture.build_sam()
    adapt_med_sa(sam, variant)
    weights = fixture.under(WEIGHTS)
    weights = resize_absolute_positions(weights, size, side, "bicubic")
    fixture.load(sam, MED_SA_NAMES[variant], unused=[UNUSED], weights=weights)
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
    fixture.check_each(found)
    loss = WeightedBCE(fixture.header("pos_weight"))(logits, target)
    fixture.check_training(sam, {"loss": loss}, MED_SA_NAMES[variant])


def med_sa_2023(fixture: Fixture) -> None:
    """Compare Med-SA as its code was in 2023."""
    med_sa(fixture, "intended")


def medsam_decoder(fixture: Fixture) -> None:
    """Compare MedSAM v0: the decoder is trained, the loss is on its own grid."""
    sam, logits = _medsam(fixture, "decoder", mean_std(fixture["input"]))
    dice, both = _losses(logits, fixture["target"].float())
    losses = {"loss": dice, "loss_dice": dice, "loss_bce": both - dice}
    fixture.check_training(sam, losses)
    fixture.check_training(sam, {"loss": both}, prefix="with_bce/")


def medsam_full(fixture: Fixture) -> None:
    """Compare MedSAM v1: all but the prompt encoder is trained, loss at full size."""
    sam, logits = _medsam(fixture, "full", fixture["input"])
    masks = interpolated(logits, (fixture.header("img_size"),) * 2)
    fixture.check_each({"masks_rows": masks[:, :, ::8]})
    dice, both = _losses(masks, fixture["target"].float())
    losses = {"loss": both, "loss_dice": dice, "loss_bce": both - dice}
    fixture.check_training(sam, losses)


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
    dice, both = (SquaredDiceBCE(dice_only=only) for only in (True, False))
    return dice(logits, target), both(logits, target)
