"""Hold our SAM-Med2D against the published code: the first step and the iterations."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.methods.algorithms.sam_med2d_losses import sam_med2d_losses
from sambench.models.sam.frame import Frame
from sambench.models.sam_med2d.builder import adapt
from sambench.models.sam_med2d.names import NAMES
from sambench.models.sam_med2d.network import SamMed2d
from sambench.parity.fixture import Fixture, block_features, no_gradients

_NEW_EACH_TIME = ("point_embeddings.0", "point_embeddings.1", "not_a_point_embed")


def errors(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> dict[str, float]:
    """Compare a fixture; see `Fixture`."""
    fixture = Fixture(tensors, metadata)
    sam = fixture.build_sam()
    adapt(sam)
    fixture.load(sam, NAMES, absent=())
    # The code makes new parameters of these in every forward pass with points: whether
    # they have a gradient is a matter of when one looks
    for name, parameter in sam.prompt_encoder.named_parameters():
        if name.startswith(_NEW_EACH_TIME):
            listed = f"first/grad_norm/prompt_encoder.{name}" in fixture
            parameter.requires_grad_(listed)
    network = SamMed2d(sam, Frame(fixture.header["img_size"], "none"))
    images = fixture["input"]
    found = block_features(sam.image_encoder, images) | _adapter(sam, images)
    compared = fixture.errors(found)
    embeddings = found["feature/embedding"].repeat_interleave(
        fixture.header["mask_num"], 0
    )
    errors, logits = _step(
        fixture, network, embeddings, "first/", _prompt(fixture, "first/")
    )
    compared |= errors
    embeddings = embeddings.detach()
    sam.prompt_encoder.requires_grad_(False)
    sam.image_encoder.requires_grad_(False)
    number = 0
    while f"iter{number}/low_res_logits" in fixture:
        prefix = f"iter{number}/"
        given = _prompt(fixture, prefix) | {"masks": logits.sigmoid().detach()}
        errors, logits = _step(fixture, network, embeddings, prefix, given)
        compared |= errors
        number += 1
    return compared


def _adapter(sam: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """Return what the first adapter gets and gives."""
    found: dict[str, Tensor] = {}

    def keep(_: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        found.update({"feature/adapter0_in": inputs[0], "feature/adapter0_out": output})

    handle = sam.image_encoder.adapters[0].register_forward_hook(keep)
    with torch.no_grad():
        next(iter(sam.image_encoder.block_outputs(images)))
    handle.remove()
    return found


def _prompt(fixture: Fixture, prefix: str) -> dict[str, Tensor]:
    given = {}
    if f"{prefix}boxes" in fixture:
        given["boxes"] = fixture[f"{prefix}boxes"].flatten(0, 1)
    if f"{prefix}points" in fixture:
        given["points"] = fixture[f"{prefix}points"]
        given["labels"] = fixture[f"{prefix}point_labels"]
    return given


def _step(
    fixture: Fixture,
    network: SamMed2d,
    embeddings: Tensor,
    prefix: str,
    prompt: Mapping[str, Tensor],
) -> tuple[dict[str, float], Tensor]:
    """Compare a step; return its errors and the chosen logits, `(K, 1, s, s)`."""
    masks, quality = network.decode(embeddings, **prompt)
    chosen, best = network.choose(masks, quality)
    found = {"all_masks": masks[:, 1:], "all_iou": quality[:, 1:]}
    found |= {"low_res_logits": chosen, "iou": best}
    side = fixture.header["img_size"]
    large = functional.interpolate(
        chosen, (side, side), mode="bilinear", align_corners=False
    )
    losses = sam_med2d_losses(large[:, 0], best[:, 0], fixture["target"][:, 0])
    errors = fixture.errors(found | losses, prefix)
    if any(name.startswith(f"{prefix}grad") for name in fixture.tensors):
        no_gradients(network)
        losses["loss"].backward()
        errors |= fixture.gradient_errors(network.sam, NAMES, prefix)
    return errors, chosen
