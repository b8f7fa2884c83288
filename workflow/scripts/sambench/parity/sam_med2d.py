"""SAM-Med2D against the published code: the first step and the iterations."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sambench.methods.algorithms.sam_med2d import sam_med2d_losses
from sambench.models.sam.frame import Frame
from sambench.models.sam.resizing import interpolated
from sambench.models.sam_med2d import NAMES, SamMed2d, adapt
from sambench.parity.fixture import Fixture, block_features, watched

_NEW_EACH_TIME = ("point_embeddings.0", "point_embeddings.1", "not_a_point_embed")


def compare(fixture: Fixture) -> None:
    """Compare features, then the outputs, losses and gradients of each step."""
    sam = fixture.build_sam()
    adapt(sam)
    fixture.load(sam, NAMES, absent=())
    # The code makes new parameters of these in every forward pass with points: whether
    # they have a gradient is a matter of when one looks
    for name, parameter in sam.prompt_encoder.named_parameters():
        if name.startswith(_NEW_EACH_TIME):
            listed = f"first/grad_norm/prompt_encoder.{name}" in fixture
            parameter.requires_grad_(listed)
    network = SamMed2d(sam, Frame(fixture.header("img_size"), "none"))
    images = fixture["input"]
    found = block_features(sam.image_encoder, images)
    fixture.check_each(found | _adapter(sam, images))
    each = fixture.header("mask_num")
    embeddings = found["feature/embedding"].repeat_interleave(each, 0)
    logits = _step(fixture, network, embeddings, "first/", {})
    embeddings = embeddings.detach()
    sam.prompt_encoder.requires_grad_(False)
    sam.image_encoder.requires_grad_(False)
    for name in fixture.numbered("iter", "/low_res_logits"):
        answer = {"masks": logits.sigmoid().detach()}
        logits = _step(fixture, network, embeddings, f"{name}/", answer)


def _adapter(sam: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """Return what the first adapter gets and gives."""
    with torch.no_grad(), watched(sam.image_encoder.adapters[0]) as passes:
        next(iter(sam.image_encoder.block_outputs(images)))
    names = ("feature/adapter0_in", "feature/adapter0_out")
    return dict(zip(names, passes[0], strict=True))


def _step(
    fixture: Fixture,
    network: SamMed2d,
    embeddings: Tensor,
    prefix: str,
    prompt: Mapping[str, Tensor],
) -> Tensor:
    """Compare a step with its prompts and more; return the logits `(K, 1, s, s)`."""
    recorded = fixture.under(prefix)
    prompt = dict(prompt)
    if "boxes" in recorded:
        prompt["boxes"] = recorded["boxes"].flatten(0, 1)
    if "points" in recorded:
        prompt |= {"points": recorded["points"], "labels": recorded["point_labels"]}
    masks, quality = network.decode(embeddings, **prompt)
    chosen, best = network.choose(masks, quality)
    found = {"all_masks": masks[:, 1:], "all_iou": quality[:, 1:]}
    found |= {"low_res_logits": chosen, "iou": best}
    large = interpolated(chosen, (fixture.header("img_size"),) * 2)
    losses = sam_med2d_losses(large[:, 0], best[:, 0], fixture["target"][:, 0])
    fixture.check_each(found, prefix)
    fixture.check_training(network.sam, losses, NAMES, prefix)
    return chosen
