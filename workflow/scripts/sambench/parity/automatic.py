"""SAMed, MA-SAM and SAM-Adapter, which take no prompts, against the published code."""

from torch import Tensor
from torch.nn import functional

from sambench.methods.class_objectives import SoftmaxDiceCE
from sambench.methods.objectives import BCEIoU
from sambench.models.ma_sam import NAMES as MA_SAM_NAMES
from sambench.models.ma_sam import adapt as adapt_ma_sam
from sambench.models.sam.automatic import SoftmaxSam
from sambench.models.sam.frame import Frame
from sambench.models.sam.resizing import interpolated
from sambench.models.sam_adapter import NAMES as SAM_ADAPTER_NAMES
from sambench.models.sam_adapter import SamAdapter, high_pass
from sambench.models.samed import NAMES as SAMED_NAMES
from sambench.models.samed import adapt as adapt_samed
from sambench.parity.errors import choice_error
from sambench.parity.fixture import Fixture, block_features


def samed(fixture: Fixture) -> None:
    """Compare outputs, losses and gradients of SAMed."""
    side = fixture.header("img_size")
    sam = fixture.build_sam()
    masks, rank = fixture.header("mask_tokens"), fixture.header("rank")
    adapt_samed(sam, fixture.size(), masks, rank)
    network = SoftmaxSam(sam, Frame(side, "none")).eval()
    fixture.load(network, SAMED_NAMES)
    found = block_features(sam.image_encoder, fixture["input"])
    logits, quality = network.decode(found["feature/embedding"])
    fixture.check_each(found | {"low_res_logits": logits, "iou_predictions": quality})
    losses = _softmax_losses(fixture, logits, fixture["low_res_label"])
    _check_choice(fixture, interpolated(logits, (side, side)))
    losses["loss"].backward()
    fixture.check_gradients(network, SAMED_NAMES)


def ma_sam(fixture: Fixture) -> None:
    """Compare outputs, losses and gradients of MA-SAM."""
    slices = fixture.header("slices")
    sam = fixture.build_sam()
    adapt_ma_sam(
        sam,
        fixture.size(),
        fixture.header("mask_tokens"),
        rank=fixture.header("rank"),
        scale=fixture.header("scale"),
        hidden=fixture.header("adapter_channels"),
        slices=slices,
    )
    network = SoftmaxSam(sam, Frame(fixture.header("img_size"), "none")).eval()
    fixture.load(network, MA_SAM_NAMES)
    images = fixture["input"].flatten(0, 1)[:, None].expand(-1, 3, -1, -1)
    found = block_features(sam.image_encoder, images)
    logits, quality = network.decode(found["feature/embedding"])
    found |= {
        "iou_predictions": quality,
        "low_res_logits": logits,
        "low_res_logits_rows": logits[:, :, ::8],
        "low_res_logits_slice2": logits[slices // 2],
        "low_res_logits_last": logits[-1],
    }
    fixture.check_each(found)
    losses = _softmax_losses(fixture, logits, fixture["label"])
    _check_choice(fixture, logits)
    losses["loss"].backward()
    fixture.check_gradients(network, MA_SAM_NAMES)


def _softmax_losses(
    fixture: Fixture, logits: Tensor, label: Tensor
) -> dict[str, Tensor]:
    """Compare the losses of logits of classes and a label map of the same size."""
    truth = functional.one_hot(label.long(), logits.shape[1]).movedim(-1, 1)
    objective = SoftmaxDiceCE(dice_weight=fixture.header("dice_weight"))
    losses = objective.losses(logits[:, 1:] - logits[:, :1], truth[:, 1:].float())
    fixture.check_each(losses)
    return losses


def _check_choice(fixture: Fixture, logits: Tensor) -> None:
    if "masks_argmax" in fixture:
        error = choice_error(logits, fixture["masks_argmax"])
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
    losses = BCEIoU().losses(masks, fixture["target"].float())
    found |= {
        "feature/high_pass_rows": fine[:, :, ::16],
        "feature/frequency": encoder.frequency(fine),
        "feature/task": encoder.task_of(encoder.patch_embed(images)).flatten(1, 2),
        "low_res_logits": logits[:, :1],
        "iou_predictions": quality[:, :1],
        "masks_rows": masks[:, :, ::8],
    }
    fixture.check_each(found | losses)
    losses["loss"].backward()
    fixture.check_gradients(network, SAM_ADAPTER_NAMES)
