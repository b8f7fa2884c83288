"""Hold our SAMed against the published code's outputs, losses and gradients."""

from collections.abc import Mapping

from torch import Tensor
from torch.nn import functional

from sambench.methods.softmax_objective import SoftmaxDiceCE
from sambench.models.sam.automatic import SoftmaxSam
from sambench.models.sam.frame import Frame
from sambench.models.sam.replacing import replace_decoder
from sambench.models.samed.builder import adapt
from sambench.models.samed.names import NAMES
from sambench.parity.errors import choice_error
from sambench.parity.fixture import Fixture, block_features


def errors(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> dict[str, float]:
    """Compare a fixture; see `Fixture`."""
    fixture = Fixture(tensors, metadata)
    sam = fixture.build_sam()
    replace_decoder(sam, fixture.size(), fixture.header["mask_tokens"])
    adapt(sam, fixture.header["rank"])
    side = fixture.header["img_size"]
    network = SoftmaxSam(sam, Frame(side, "none")).eval()
    fixture.load(network, NAMES)
    found = block_features(sam.image_encoder, fixture["input"])
    logits, quality = network.decode(found["feature/embedding"])
    found |= {"low_res_logits": logits, "iou_predictions": quality}
    objective = SoftmaxDiceCE(dice_weight=fixture.header["dice_weight"])
    labels = functional.one_hot(fixture["low_res_label"].long(), logits.shape[1])
    labels = labels.movedim(-1, 1)[:, 1:].float()
    losses = objective.losses(logits[:, 1:] - logits[:, :1], labels)
    found |= losses
    errors = fixture.errors(found)
    if "masks_argmax" in fixture:
        large = functional.interpolate(
            logits, (side, side), mode="bilinear", align_corners=False
        )
        errors["masks_argmax"] = choice_error(large, fixture["masks_argmax"])
    losses["loss"].backward()
    return errors | fixture.gradient_errors(network, NAMES)
