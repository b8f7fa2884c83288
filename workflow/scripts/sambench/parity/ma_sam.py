"""Hold our MA-SAM against the published code's outputs, losses and gradients."""

from collections.abc import Mapping

from torch import Tensor
from torch.nn import functional

from sambench.methods.softmax_objective import SoftmaxDiceCE
from sambench.models.ma_sam.builder import adapt
from sambench.models.ma_sam.names import NAMES
from sambench.models.sam.automatic import SoftmaxSam
from sambench.models.sam.frame import Frame
from sambench.parity.errors import choice_error
from sambench.parity.fixture import Fixture, block_features


def errors(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> dict[str, float]:
    """Compare a fixture; see `Fixture`."""
    fixture = Fixture(tensors, metadata)
    header = fixture.header
    sam = fixture.build_sam()
    adapt(
        sam,
        fixture.size(),
        header["mask_tokens"],
        rank=header["rank"],
        scale=header["scale"],
        hidden=header["adapter_channels"],
        slices=header["slices"],
    )
    network = SoftmaxSam(sam, Frame(header["img_size"], "none")).eval()
    fixture.load(network, NAMES)
    images = fixture["input"].flatten(0, 1)[:, None].expand(-1, 3, -1, -1)
    found = block_features(sam.image_encoder, images)
    logits, quality = network.decode(found["feature/embedding"])
    found |= {
        "iou_predictions": quality,
        "low_res_logits": logits,
        "low_res_logits_rows": logits[:, :, ::8],
        "low_res_logits_slice2": logits[header["slices"] // 2],
        "low_res_logits_last": logits[-1],
    }
    labels = functional.one_hot(fixture["label"].long(), logits.shape[1])
    labels = labels.movedim(-1, 1)[:, 1:].float()
    objective = SoftmaxDiceCE(dice_weight=header["dice_weight"])
    losses = objective.losses(logits[:, 1:] - logits[:, :1], labels)
    errors = fixture.errors(found | losses)
    if "masks_argmax" in fixture:
        errors["masks_argmax"] = choice_error(logits, fixture["masks_argmax"])
    losses["loss"].backward()
    return errors | fixture.gradient_errors(network, NAMES)
