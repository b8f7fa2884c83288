"""Views of CNN methods against recorded draws and results of the authors' code."""

from collections.abc import Mapping

import torch
from torch import Tensor

from sambench.methods.classes import class_targets
from sambench.methods.consistency import kl_from_mean
from sambench.methods.normalisation import symmetric_range, zscore
from sambench.methods.spline import spline_kernel
from sambench.methods.views import csdg_augmentation, location_scale, randconv
from sambench.methods.views.bezier import intensity_map, look_up
from sambench.methods.views.fourier import Fourier
from sambench.methods.views.gin import GIN, GINDraws
from sambench.methods.views.gin_ipa import GINIPA, Draws
from sambench.methods.views.negative import negative
from sambench.parity.cnn import Fixture, batch_of, classes
from sambench.parity.errors import Within
from sambench.parity.tiny_models import TinyUNet

Tensors, Header = Mapping[str, Tensor], Mapping[str, str]
Errors = dict[str, Within]


def gin(tensors: Tensors, metadata: Header) -> Errors:
    """Compare GIN's outputs with three-channel, colour and grey images."""
    fixture = Fixture(tensors, metadata, 1e-12)
    calls = dict.fromkeys(fixture.numbered("call", ".out"), "x3")
    for call, image in {
        **calls,
        "rgb": "xrgb",
        "nonorm": "xrgb",
        "one": "xrgb",
    }.items():
        if f"{call}.out" not in fixture:
            continue
        images = fixture[image][:, :1] if call == "one" else fixture[image]
        view = GIN(**_gin_options(fixture), keep_norm=call != "nonorm")
        found = view.apply(batch_of(images), gin_draws(fixture, call))
        fixture.check(f"{call}.out", found[0].images)
    return fixture.errors


def gin_draws(fixture: Fixture, name: str) -> GINDraws:
    """Read the draws of one call."""
    kernels = [fixture[n] for n in fixture.numbered(f"{name}.kernel", "")]
    shifts = [fixture[n] for n in fixture.numbered(f"{name}.shift", "")]
    return GINDraws(fixture[f"{name}.alpha"], kernels, shifts)


def _gin_options(fixture: Fixture) -> dict[str, float]:
    return {"slope": fixture.constants.get("leaky_relu_slope", 0.01)}


def ipa(tensors: Tensors, metadata: Header) -> Errors:
    """Compare masks and blends; the reference computed in float32."""
    fixture = Fixture(tensors, metadata, 5e-6)
    view = _ipa(fixture)
    height, width = fixture["mask"].shape[2:]
    mask = view.mask(fixture["cp_raw"], height, width)
    kernel = spline_kernel(view.spacing, view.order)
    fixture.check("bspline_kernel", torch.outer(kernel, kernel)[None, None])
    fixture.check("mask", mask)
    first, second = fixture["view1"], fixture["view2"]
    blends = view.blended(first, second, mask)
    fixture.check("blend12", blends[0])
    fixture.check("blend21", blends[1])
    if "full.cp_raw" in fixture:  # 192 pixels, every 24 down-scaled ones a point
        full = GINIPA(spacing=24).mask(fixture["full.cp_raw"], 192, 192)
        fixture.check("full.mask_stride4", full[:, :, ::4, ::4])
        fixture.check("full.mask_mean", full.mean())
    return fixture.errors


def _ipa(fixture: Fixture) -> GINIPA:
    known = fixture.constants
    spacing = known.get("control_point_spacing", known.get("spacing"))
    return GINIPA(spacing=spacing, downscale=known["downscale"], order=known["order"])


def csdg_mask(fixture: Fixture, step: str) -> Tensor:
    """Return the mask of one step of CSDG from its recorded control points."""
    return _ipa(fixture).mask(fixture[f"{step}.cp_raw"], *fixture["img"].shape[2:])


def csdg_views(fixture: Fixture, step: str) -> list[Tensor]:
    """Return the three views of one step of CSDG from its recorded draws."""
    draws = [gin_draws(fixture, f"{step}.view{i}") for i in range(3)]
    batch = batch_of(fixture["img"])
    found = _ipa(fixture).apply(batch, Draws(draws, fixture[f"{step}.cp_raw"]))
    return [view.images for view in found]


def fourier(tensors: Tensors, metadata: Header) -> Errors:
    """Compare FDA's views; the reference's Fourier transforms are float32.

    In float64 they differ by its rounding, some 2e-7.
    """
    fixture = Fixture(tensors, metadata, 1e-6)
    images = fixture["x"]
    for name in fixture.numbered("draw", ".u"):
        found = Fourier().apply(batch_of(images), fixture[f"{name}.u"])[0].images
        fixture.check(f"{name}.fda", found)
        fixture.check(f"{name}.fda_zscore", ccsdg_zscore(found))
    fixture.check("x_zscore", ccsdg_zscore(images))
    return fixture.errors


def ccsdg_zscore(images: Tensor) -> Tensor:
    """Normalise as CCSDG does in training."""
    return zscore(images, eps=1e-5)


def base_augmentation(tensors: Tensors, metadata: Header) -> Errors:
    """Compare CSDG's augmentation, step by step and whole."""
    fixture = Fixture(tensors, metadata, 1e-5)
    view = csdg_augmentation.CSDGAugmentation(**_augmentation_options(fixture))
    for name in fixture.numbered("s", ".img"):
        read = {key: t[None] for key, t in fixture.under(f"{name}.").items()}
        image, label = read["img"][:, None], read["label"][:, None]
        both = torch.cat([image, class_targets(label)], dim=1)
        uniform = torch.stack(
            [read["elastic_u_first"], read["elastic_u_second"]], dim=1
        )
        draws = csdg_augmentation.Draws(
            read["affine_draws"],
            uniform,
            read["photometric_u"],
            read["noise_n01"].movedim(-1, 1),
        )
        matrix = csdg_augmentation.affine_matrix(draws.affine, *image.shape[2:])
        moved = view.moved(both, draws.affine)
        bent = view.deformed(moved, draws.elastic)
        found = view.apply(batch_of(image, label), draws)[0]
        fixture.check(f"{name}.M", matrix[0, :2])
        fixture.check(f"{name}.after_affine", moved[0].movedim(0, -1), 1e-4)
        fixture.check(f"{name}.after_elastic", bent[0].movedim(0, -1), 1e-4)
        fixture.check(f"{name}.out_img", found.images[0].movedim(0, -1), 1e-4)
        fixture.check(f"{name}.out_label", found.targets[0].movedim(0, -1), 1e-12)
    return fixture.errors


def _augmentation_options(fixture: Fixture) -> dict[str, object]:
    known = fixture.constants
    affine, elastic = known["affine"], known["elastic"]
    return {
        "rotation": affine["rotate"],
        "shift": affine["shift"][0],
        "shear": affine["shear"],
        "zoom": affine["scale"],
        "elastic": elastic["alpha"],
        "sigma": elastic["sigma"],
        "contrast": known["bright_contrast"]["contrast"],
        "brightness": known["bright_contrast"]["bright"],
        "gamma": known["gamma_range"],
        "noise": known["noise"]["noise_std"],
    }


def ccsdg_gla(tensors: Tensors, metadata: Header) -> Errors:
    """Compare GLA with one curve for a batch of bytes."""
    fixture = Fixture(tensors, metadata, 5e-6)
    limits = fixture.constants["vrange"]
    view = location_scale.GlobalLocationScale(range=limits, unit=False, per="batch")
    draws = _curves(fixture, [["gla"]])
    _check_curve(fixture, "gla", draws, fixture["x"])
    batch = batch_of(fixture["x"], _structures(fixture["mask"]))
    found = view.apply(batch, draws)[0].images
    fixture.check("GLA", found)
    fixture.check("GLA_zscore", ccsdg_zscore(found))
    local = location_scale.LocalLocationScale(range=limits, unit=False, per="batch")
    draws = _curves(fixture, [_regions(fixture, "lla.", fixture["mask"])])
    fixture.check("LLA", local.apply(batch, draws)[0].images)
    return fixture.errors


def slaug_gla(tensors: Tensors, metadata: Header) -> Errors:
    """Compare GLA and LLA of single slices in 0..1."""
    fixture = Fixture(tensors, metadata, 5e-6)
    limits = fixture.constants["vrange"]
    for name in fixture.numbered("im", ".x"):
        image = fixture[f"{name}.x"].movedim(-1, 0)[None]
        mask = fixture[f"{name}.mask"].movedim(-1, 0)[None]
        regions = _regions(fixture, f"{name}.lla.", mask)
        batch = batch_of(image, _structures(mask))
        for key, rows in (("GLA", [f"{name}.gla"]), ("LLA", regions)):
            view = location_scale.LocationScale(regions=key == "LLA", range=limits)
            found = view.apply(batch, _curves(fixture, [rows]))[0].images
            fixture.check(f"{name}.{key}", found[0].movedim(0, -1))
        for row in (f"{name}.gla", *regions):
            if f"{row}.lut_index" in fixture:
                _check_curve(
                    fixture, row, _curves(fixture, [[row]]), fixture[f"{name}.x"]
                )
    return fixture.errors


def _structures(mask: Tensor) -> Tensor:
    """Return a label map `(N, 1, H, W)` as structures, without the background."""
    return classes(mask, max(int(mask.max()), 1) + 1)[:, 1:]


def _regions(fixture: Fixture, prefix: str, mask: Tensor) -> list[str]:
    """Name the regions of a mask; one that it lacks has no draws."""
    return [f"{prefix}{i}" for i in range(max(int(mask.max()), 1) + 1)]


def _curves(fixture: Fixture, groups: list[list[str]]) -> location_scale.Draws:
    """Read the draws of regions, `groups` being rows of names of regions."""

    def read(key: str, shape: tuple[int, ...] = ()) -> Tensor:
        absent = torch.zeros(shape, dtype=torch.double)
        rows = [[fixture.tensors.get(f"{n}.{key}", absent) for n in g] for g in groups]
        return torch.stack([torch.stack([t.double() for t in row]) for row in rows])

    points = torch.stack([read("ctrl_x", (4,)), read("ctrl_y", (4,))], dim=-1)
    return location_scale.Draws(
        points, read("inverted").bool(), read("scale"), read("location_raw")
    )


def _check_curve(
    fixture: Fixture, name: str, draws: location_scale.Draws, values: Tensor
) -> None:
    x, y = intensity_map(draws.points[0], draws.inverted[0])
    chosen = fixture[f"{name}.lut_index"].long()
    fixture.check(f"{name}.lut_x", x[0, chosen])
    fixture.check(f"{name}.lut_y", y[0, chosen])
    if f"{name}.after_curve" in fixture:
        curve = fixture[f"{name}.after_curve"]
        found = look_up(values.reshape(1, -1), x, y)
        fixture.check(f"{name}.after_curve", found.view_as(curve))


def dual_norm_styles(tensors: Tensors, metadata: Header) -> Errors:
    """Compare the two styles, and curves that the released code does not use."""
    fixture = Fixture(tensors, metadata, 1e-12)
    volume = fixture["volume"]  # all slices of a case side by side: one image
    flat = volume.flatten()[None, None, None]
    scaled = symmetric_range(flat)[0, 0, 0].view_as(volume)
    fixture.check("norm", scaled)
    fixture.check("source_similar", scaled)
    fixture.check("source_dissimilar", negative(scaled))
    for name in fixture.numbered("bezier", ".x"):
        points = fixture[f"{name}.ctrl"][None]
        x, y = intensity_map(points, fixture[f"{name}.inverted"][None].bool())
        values = fixture[f"{name}.x"]
        found = look_up(values.reshape(1, -1), x, y).view_as(values)
        fixture.check(f"{name}.out", found)
    return fixture.errors


def rand_conv(tensors: Tensors, metadata: Header) -> Errors:
    """Compare convolutions, mixtures, chained views and consistencies."""
    fixture = Fixture(tensors, metadata, 1e-12)
    images = fixture["x"]
    official = randconv.RandConv()
    for name in fixture.numbered("draw", ".out"):
        draws = _convolution(fixture, name)
        fixture.check(f"{name}.out", official.convolved(images, draws))
        plain = randconv.RandConv(mix=False)
        fixture.check(f"{name}.conv", plain.convolved(images, draws))
    if "bias.out" in fixture:
        biased = randconv.RandConv(mix=False, bias=True)
        found = biased.convolved(images, _convolution(fixture, "bias"))
        fixture.check("bias.out", found)
    if "clamp.out" in fixture:
        limits = [fixture[f"clamp.{end}"].flatten().tolist() for end in ("low", "up")]
        clamped = randconv.RandConv(limits=limits)
        found = clamped.convolved(images, _convolution(fixture, "clamp"))
        fixture.check("clamp.out", found)
    for task in ("cls", "seg"):
        _chained(fixture, task, official)
    _port(fixture)
    return fixture.errors


def _convolution(fixture: Fixture, name: str) -> randconv.Draws:
    read = fixture.under(f"{name}.")
    return randconv.Draws(read["weight"], read.get("alpha"), read.get("bias"))


def _chained(fixture: Fixture, task: str, view: randconv.RandConv) -> None:
    names = fixture.numbered(f"{task}.view", ".image")
    if not names:
        return
    draws = [_convolution(fixture, name) for name in names]
    views = view.apply(batch_of(fixture["x"]), draws)
    state = fixture.under(f"{task}.model.")
    pooled = task == "cls"
    model = TinyUNet({k.removeprefix("m."): t for k, t in state.items()})
    logits = []
    for name, one in zip(names, views, strict=True):
        fixture.check(name + ".image", one.images)
        scores = model(one.images)
        if pooled:  # 0.3 x spatial mean, as the header says
            scores = 0.3 * scores.mean((2, 3), keepdim=True)
        logits.append(scores)
        given = fixture[f"{task}.logits{len(logits) - 1}"]
        fixture.check(f"{task}.logits{len(logits) - 1}", scores.view_as(given))
    target = fixture[f"{task}.target"].view(len(logits[0]), *logits[0].shape[2:])
    truth = classes(target, logits[0].shape[1])
    found = (logits[0].log_softmax(1) * truth).sum(1).mean()
    fixture.check(f"{task}.ce", -found)
    fixture.check(
        f"{task}.consistency",
        kl_from_mean(torch.stack(logits), per="sample", exclusive=True),
    )


def _port(fixture: Fixture) -> None:
    names = fixture.numbered("port.logits", "")
    if names:
        logits = torch.stack([fixture[name] for name in names]).requires_grad_()
        loss = 10 * kl_from_mean(logits, floor=1e-8, exclusive=True)
        fixture.check("port.loss_lambda10", loss)
        (slopes,) = torch.autograd.grad(loss, logits)
        for i, slope in enumerate(slopes):
            fixture.check(f"port.dlogits{i}", slope)
    if "port.out" in fixture:
        port = randconv.RandConv(alpha_of="image")
        weight = fixture["port.weight"]
        scaled = weight * weight[0].numel() ** -0.5
        draws = randconv.Draws(scaled, fixture["port.alpha"])
        fixture.check("port.out", port.convolved(fixture["x"], draws))
