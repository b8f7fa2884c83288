"""Hold our DeSAM against the published code: two ways of training, two of testing."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sambench.methods.algorithms.desam import desam_losses
from sambench.models.desam.names import NAMES
from sambench.models.desam.network import Desam
from sambench.models.desam.taps import split, tap, tapped_blocks
from sambench.models.sam.frame import Frame
from sambench.models.sam.frozen_encoder import FrozenEncoder
from sambench.models.sam.network import NOTHING
from sambench.models.sam.resizing import pillow
from sambench.models.sam.scaling import mean_std
from sambench.parity.errors import Within, mask_error
from sambench.parity.fixture import Fixture, no_gradients
from sambench.parity.grid_policy import choice_errors, grid_filter, trimmed

_ENCODER = "image_encoder."
HALF = 2**-11  # rounding of half precision, in which the fixture has the taps


def errors(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> dict[str, float]:
    """Compare a fixture; see `Fixture`."""
    fixture = Fixture(tensors, metadata)
    encoder, network = _build(fixture)
    encoded = torch.cat([fixture[f"tap/{n}"] for n in (0, 1, 2, "neck")], 1)
    found = _tap_errors(fixture, encoder) | _features(fixture, network, encoded)
    for mode, prompt in (("points", "points"), ("wholebox", "boxes")):
        found |= _training_errors(fixture, network, encoded, mode, prompt)
    return found | _grid_errors(fixture, network) | _whole_errors(fixture, network)


def _build(fixture: Fixture) -> tuple[nn.Module, Desam]:
    size, side = fixture.size(), fixture.header["img_size"]
    sam = fixture.build_sam()
    encoder = sam.image_encoder
    blocks = tapped_blocks(size)
    frozen = FrozenEncoder(lambda: encoder, lambda e, images: tap(e, images, blocks))
    network = Desam(
        sam,
        frozen,
        Frame(side, "mean_std", "as_sam", "pillow"),
        size.embed_dim,
        fixture.header["upsample_dims"],
        {
            "quality": fixture.header["pred_iou_thresh"],
            "min_share": grid_filter(fixture, None).min_share,
            "duplicate": grid_filter(fixture, None).duplicate,
        },
    ).eval()
    weights = fixture.weights()
    encoder.load_state_dict(
        {
            n.removeprefix(_ENCODER): t
            for n, t in weights.items()
            if n.startswith(_ENCODER)
        }
    )
    unused = [_ENCODER, *_unused(weights, len(network.pdmm.joining))]
    fixture.load(network, NAMES, unused=unused)
    return encoder, network


def _unused(weights: Mapping[str, Tensor], levels: int) -> list[str]:
    """Return the layers that the code builds and never runs."""
    heads = [f"seg_outputs.{n}." for n in range(levels - 1)]
    shortcuts = [
        name
        for name, tensor in weights.items()
        if ".conv3.conv.weight" in name and tensor.shape[0] == tensor.shape[1]
    ]
    return heads + shortcuts


def _tap_errors(fixture: Fixture, encoder: nn.Module) -> dict[str, Within]:
    """Compare the taps, which the fixture has in half precision, up to its rounding."""
    with torch.no_grad():
        encoded = tap(
            encoder, mean_std(fixture["input"]), tapped_blocks(fixture.size())
        )
    maps, embedding = split(encoded, fixture.header["embed_dim"])
    found = {f"tap/{n}": each for n, each in enumerate(maps)} | {"tap/neck": embedding}
    errors = fixture.errors(found)
    return {name: Within(error, HALF) for name, error in errors.items()}


def _features(fixture: Fixture, network: Desam, encoded: Tensor) -> dict[str, float]:
    """Compare maps on the way, for the points."""
    maps: dict[str, Tensor] = {}

    def keep(name: str) -> Any:
        return lambda _part, _inputs, output: maps.__setitem__(name, output)

    handles = [
        network.prim.register_forward_hook(
            lambda _part, _inputs, output: maps.update({"mask_embedding": output[0]})
        ),
        network.pdmm.fusion.register_forward_hook(keep("fused")),
        network.pdmm.contexts[-1].register_forward_hook(keep("context2")),
    ]
    with torch.no_grad():
        network.decode(encoded, points=fixture["points"][:, None])
    for handle in handles:
        handle.remove()
    maps["context2_rows"] = maps.pop("context2")[:, :, ::8]
    return fixture.errors({f"feature/{name}": each for name, each in maps.items()})


def _training_errors(
    fixture: Fixture, network: Desam, encoded: Tensor, mode: str, prompt: str
) -> dict[str, float]:
    given = fixture[prompt]
    given = given[:, None] if prompt == "points" else given
    logits, quality = network.decode(encoded, **{prompt: given})
    inside = fixture["iou_target"][:, 0] if prompt == "points" else None
    target = fixture["target"][:, 0].float()
    losses = desam_losses(logits[:, 0], quality[:, 0], target, inside)
    total = sum(losses.values())
    found = {
        "logits": logits,
        "iou": quality,
        "loss": total,
        "loss_dicece": losses["loss"],
        "loss_iou": losses.get("loss_quality"),
        "loss_bce_of_newer_monai": nn.functional.binary_cross_entropy_with_logits(
            logits[:, 0], target
        ),
    }
    errors = fixture.errors(
        {n: t for n, t in found.items() if t is not None}, f"{mode}/"
    )
    no_gradients(network)
    total.backward()
    return errors | fixture.gradient_errors(network, NAMES, f"{mode}/")


@torch.no_grad()
def _grid_errors(fixture: Fixture, network: Desam) -> dict[str, float]:
    side, label_size = fixture.header["img_size"], fixture.header["label_size"]
    encoded = network.encode(fixture["test/image"].expand(1, 3, -1, -1).float())
    points = fixture["test/grid/points"]
    number = fixture.header["points_per_side"]
    centres = (torch.arange(number) + 0.5) / number * label_size * (side / label_size)
    grid = torch.stack(torch.meshgrid(centres, centres, indexing="xy"), -1).flatten(
        0, 1
    )
    repeated = encoded.expand(len(grid), -1, -1, -1)
    logits, quality = network.decode(repeated, points=grid[:, None])
    logits = network.frame.leave(logits, (label_size, label_size))[:, 0]
    prefix = "test/grid/"
    found = {"logits": logits, "iou": quality}
    scale = 1.0 if float(points.max()) > label_size else side / label_size
    found["points"] = grid / scale
    errors = fixture.errors(found, prefix)
    enlarged = pillow(fixture["test/slice"][None], (side, side))[0]
    errors |= fixture.errors({"test/image": enlarged})
    given = fixture[f"{prefix}logits"], fixture[f"{prefix}iou"].flatten()
    return errors | choice_errors(fixture, prefix, network.grid_filter, *given)


@torch.no_grad()
def _whole_errors(fixture: Fixture, network: Desam) -> dict[str, float]:
    side, label_size = fixture.header["img_size"], fixture.header["label_size"]
    encoded = network.encode(fixture["test/image"].expand(1, 3, -1, -1).float())
    box = torch.tensor([[0.0, 0.0, side, side]])
    logits, _ = network.decode(encoded, boxes=box)
    logits = network.frame.leave(logits, (label_size, label_size))[:, 0]
    prefix = "test/wholebox/"
    errors = fixture.errors({"logits": logits[0]}, prefix)
    given = fixture[f"{prefix}logits"][None]
    one = torch.ones(1)
    mask = network.grid_filter(given, one, NOTHING) > 0
    errors[f"{prefix}mask"] = mask_error(mask, fixture[f"{prefix}mask"])
    inner = trimmed(mask, fixture.header["edge_set_zero"])
    expected = fixture[f"{prefix}mask_without_border"]
    errors[f"{prefix}mask_without_border"] = mask_error(inner, expected)
    return errors
