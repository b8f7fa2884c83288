"""DeSAM against the published code, and the filter of grids of points, SAM's too."""

import torch
from torch import Tensor, nn

from sambench.methods.algorithms.desam import desam_losses
from sambench.models.desam.builder import NAMES, tapped_blocks
from sambench.models.desam.network import Desam, TappedEncoder, split, tap
from sambench.models.sam.frame import Frame
from sambench.models.sam.grid import GridFilter
from sambench.models.sam.network import NOTHING
from sambench.models.sam.resizing import pillow
from sambench.models.sam.scaling import mean_std
from sambench.parity.errors import mask_error
from sambench.parity.fixture import WEIGHTS, Fixture, watched

_ENCODER = "image_encoder."
HALF = 2**-11  # rounding of half precision, in which the fixture has the taps


def compare(fixture: Fixture) -> None:
    """Compare taps, features, both trainings and both tests."""
    encoder, network = _build(fixture)
    with torch.no_grad():
        images, blocks = mean_std(fixture["input"]), tapped_blocks(fixture.size())
        maps, neck = split(tap(encoder, images, blocks), network.tap_width)
    found = dict(enumerate(maps)) | {"neck": neck}
    fixture.check_each({str(n): each for n, each in found.items()}, "tap/", HALF)
    encoded = torch.cat([fixture[f"tap/{name}"] for name in found], 1)
    _check_features(fixture, network, encoded)
    points, inside = fixture["points"][:, None], fixture["iou_target"][:, 0]
    _check_training(fixture, network, "points/", encoded, inside, points=points)
    boxes = fixture["boxes"]
    _check_training(fixture, network, "wholebox/", encoded, None, boxes=boxes)
    _check_tests(fixture, network)


def _build(fixture: Fixture) -> tuple[nn.Module, Desam]:
    size, sam = fixture.size(), fixture.build_sam()
    encoder, blocks = sam.image_encoder, tapped_blocks(size)
    filtered = _grid_filter(fixture)
    network = Desam(
        sam,
        TappedEncoder(lambda: encoder, blocks),
        Frame(fixture.header("img_size"), "mean_std", "as_sam", "pillow"),
        size.embed_dim,
        fixture.header("upsample_dims"),
        {n: getattr(filtered, n) for n in ("quality", "min_share", "duplicate")},
    ).eval()
    weights = fixture.under(WEIGHTS)
    encoder.load_state_dict(fixture.under(WEIGHTS + _ENCODER))
    # Layers that the code builds and never runs: heads of coarser levels, shortcuts
    unused = [f"seg_outputs.{n}." for n in range(len(network.pdmm.joining) - 1)]
    for name, tensor in weights.items():
        if ".conv3.conv.weight" in name and tensor.shape[0] == tensor.shape[1]:
            unused.append(name)
    fixture.load(network, NAMES, [_ENCODER, *unused])
    return encoder, network


def _check_features(fixture: Fixture, network: Desam, encoded: Tensor) -> None:
    """Compare maps on the way, for the points."""
    with (
        torch.no_grad(),
        watched(network.prim) as prompted,
        watched(network.pdmm.fusion) as fused,
        watched(network.pdmm.contexts[-1]) as context,
    ):
        network.decode(encoded, points=fixture["points"][:, None])
    (_, (embedding, _)), (_, fusion), (_, rows) = prompted[0], fused[0], context[0]
    found = {"mask_embedding": embedding, "fused": fusion}
    found["context2_rows"] = rows[:, :, ::8]
    fixture.check_each(found, "feature/")


def _check_training(
    fixture: Fixture,
    network: Desam,
    prefix: str,
    encoded: Tensor,
    inside: Tensor | None,
    **prompt: Tensor,
) -> None:
    logits, quality = network.decode(encoded, **prompt)
    target = fixture["target"][:, 0].float()
    losses = desam_losses(logits[:, 0], quality[:, 0], target, inside)
    entropy = nn.functional.binary_cross_entropy_with_logits(logits[:, 0], target)
    fixture.check_each({"logits": logits, "iou": quality}, prefix)
    compared = {
        "loss": sum(losses.values()),
        "loss_dicece": losses["loss"],
        "loss_bce_of_newer_monai": entropy,
        "loss_iou": losses.get("loss_quality"),
    }
    fixture.check_training(network, compared, NAMES, prefix)


@torch.no_grad()
def _check_tests(fixture: Fixture, network: Desam) -> None:
    """Compare a grid of points, and a box around the whole slice."""
    side, label_size = fixture.header("img_size"), fixture.header("label_size")
    enlarged = pillow(fixture["test/slice"][None], (side, side))[0]
    fixture.check_each({"test/image": enlarged})
    image = fixture["test/image"].expand(1, 3, -1, -1).float()
    number = fixture.header("points_per_side")
    centres = (torch.arange(number) + 0.5) / number * label_size * (side / label_size)
    grid = torch.stack(torch.meshgrid(centres, centres, indexing="xy"), -1)
    grid = grid.flatten(0, 1)
    whole = torch.tensor([[0.0, 0.0, side, side]])
    asked = {"grid": {"points": grid[:, None]}, "wholebox": {"boxes": whole}}
    for name, prompt in asked.items():
        prefix = f"test/{name}/"
        count = len(next(iter(prompt.values())))
        encoded = network.encode(image).expand(count, -1, -1, -1)
        logits, quality = network.decode(encoded, **prompt)
        logits = network.frame.leave(logits, (label_size, label_size))[:, 0]
        given = fixture[f"{prefix}logits"]
        if name == "grid":
            given_quality = fixture[f"{prefix}iou"]
            beyond = float(fixture[f"{prefix}points"].max()) > label_size
            scale = 1.0 if beyond else side / label_size
            fixture.check_each({"iou": quality, "points": grid / scale}, prefix)
        else:
            given, given_quality = given[None], torch.ones(1)
        fixture.check_each({"logits": logits}, prefix)
        _check_choice(fixture, prefix, network.grid_filter, given, given_quality)


def grids(fixture: Fixture) -> None:
    """Compare the generator of segment-anything, or of DeSAM."""
    chosen = _grid_filter(fixture)
    for case in sorted({n.split("/")[0] for n in fixture if n.endswith("/logits")}):
        masks = fixture[f"{case}/logits"].flatten(0, 1)
        _check_choice(fixture, f"{case}/", chosen, masks, fixture[f"{case}/iou"])


def _grid_filter(fixture: Fixture) -> GridFilter:
    """Build the filter of a fixture's header; DeSAM's skips the stability."""
    stability = fixture.header("stability_score_thresh", None)
    least = fixture.header("min_mask_region_area")
    return GridFilter(
        quality=fixture.header("pred_iou_thresh"),
        stability=None if isinstance(stability, str) else stability,
        min_share=least / fixture.header("label_size") ** 2,
        duplicate=fixture.header("box_nms_thresh", 0.7),
        offset=fixture.header("stability_offset", 1.0),
    )


def _check_choice(
    fixture: Fixture, prefix: str, chosen: GridFilter, masks: Tensor, quality: Tensor
) -> None:
    """Compare the mask that is chosen, with and without a border, and all qualities.

    The generator was given masks `(K, L, L)` and their qualities; what it chose is
    below the prefix.
    """
    quality = quality.flatten()
    mask = chosen(masks, quality, NOTHING) > 0
    border = fixture.header("edge_set_zero")
    inner = slice(border, -border or None)
    trimmed = torch.zeros_like(mask)
    trimmed[inner, inner] = mask[inner, inner]
    for name, found in (("mask", mask), ("mask_without_border", trimmed)):
        if prefix + name in fixture:
            error = mask_error(found, fixture[prefix + name])
            fixture.record(prefix + name, error)
    kept = [each.index for each in chosen.listed(masks, quality)]
    fixture.check(f"{prefix}kept_iou", quality[kept])
