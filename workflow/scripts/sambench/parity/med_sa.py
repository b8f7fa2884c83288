"""Hold our Med-SA against two versions of the published code."""

from collections.abc import Mapping

from torch import Tensor
from torch.nn import functional

from sambench.methods.overlap_objectives import WeightedBCE
from sambench.models.med_sa.builder import adapt
from sambench.models.med_sa.names import NAMES, UNUSED
from sambench.models.sam.decoding import decode_prompts
from sambench.models.sam.positions import resize_absolute_positions
from sambench.models.sam.scaling import mean_std
from sambench.parity.fixture import Fixture, block_features


def errors(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> dict[str, float]:
    """Compare a fixture of the code since 2024; see `Fixture`."""
    return _errors(_resized(Fixture(tensors, metadata)), "released")


def errors_2023(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> dict[str, float]:
    """Compare a fixture of the code of 2023; see `Fixture`."""
    return _errors(Fixture(tensors, metadata), "intended")


def _errors(fixture: Fixture, variant: str) -> dict[str, float]:
    side = fixture.header["img_size"]
    sam = fixture.build_sam()
    adapt(sam, variant)
    fixture.load(sam, NAMES[variant], unused=[UNUSED])
    images = fixture["input"]
    if not images.is_floating_point():
        images = mean_std(images)
    found = block_features(sam.image_encoder, images)
    point, label = fixture["point"], fixture["point_label"]
    found["sparse_prompt"], _ = sam.prompt_encoder((point, label), None, None)
    logits, quality = decode_prompts(
        sam.prompt_encoder,
        sam.mask_decoder,
        found["feature/embedding"],
        points=point,
        labels=label,
    )
    target = fixture["target"].float()
    masks = slice(0, target.shape[1])  # the first; disc and cup of REFUGE are two
    logits = logits[:, masks]
    found |= {"low_res_logits": logits, "iou_predictions": quality[:, masks]}
    if target.shape[-1] == side:
        logits = functional.interpolate(
            logits, (side, side), mode="bilinear", align_corners=False
        )
        found["masks_rows"] = logits[:, :, ::8]
    loss = WeightedBCE(fixture.header["pos_weight"])(logits, target)
    errors = fixture.errors(found | {"loss": loss})
    loss.backward()
    return errors | fixture.gradient_errors(sam, NAMES[variant])


def _resized(fixture: Fixture) -> Fixture:
    """Resize the absolute positions as the code does in each forward pass."""
    name = "weights/image_encoder.pos_embed"
    state = resize_absolute_positions(
        {"image_encoder.pos_embed": fixture[name]},
        fixture.size(),
        fixture.header["img_size"],
        "bicubic",
    )
    fixture.tensors = {**fixture.tensors, name: state["image_encoder.pos_embed"]}
    return fixture
