"""Hold our SAM-Adapter against the published code's outputs, losses and gradients."""

from collections.abc import Mapping

from torch import Tensor
from torch.nn import functional

from sambench.methods.overlap_objectives import BCEIoU
from sambench.models.sam.frame import Frame
from sambench.models.sam_adapter.encoder import high_pass
from sambench.models.sam_adapter.names import NAMES
from sambench.models.sam_adapter.network import SamAdapter
from sambench.parity.fixture import Fixture, block_features


def errors(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> dict[str, float]:
    """Compare a fixture; see `Fixture`."""
    fixture = Fixture(tensors, metadata)
    side = fixture.header["img_size"]
    network = SamAdapter(fixture.build_sam(), Frame(side, "none"), 1).eval()
    fixture.load(network, NAMES)
    images, encoder = fixture["input"], network.image_encoder
    found = block_features(encoder, images)
    fine = high_pass(images)
    found["feature/high_pass_rows"] = fine[:, :, ::16]
    found["feature/frequency"] = encoder.frequency(fine)
    found["feature/task"] = encoder.task_of(encoder.patch_embed(images)).flatten(1, 2)
    logits, quality = network.decode(found["feature/embedding"])
    found |= {"low_res_logits": logits[:, :1], "iou_predictions": quality[:, :1]}
    masks = functional.interpolate(
        logits[:, :1], (side, side), mode="bilinear", align_corners=False
    )
    found["masks_rows"] = masks[:, :, ::8]
    losses = BCEIoU().losses(masks, fixture["target"].float())
    errors = fixture.errors(found | losses)
    losses["loss"].backward()
    return errors | fixture.gradient_errors(network, NAMES)
