"""Views of CNN methods against recorded draws and results of the authors' code."""

import torch
from torch import Tensor

from sambench.methods.class_objectives import class_targets
from sambench.methods.consistency import kl_from_mean
from sambench.methods.normalisation import zscore
from sambench.methods.spline import spline_kernel
from sambench.methods.views import csdg_augmentation, randconv
from sambench.methods.views.fourier import Fourier
from sambench.methods.views.gin import GIN, GINDraws
from sambench.methods.views.gin_ipa import GINIPA, Draws
from sambench.parity.cnn import batch_of, classes
from sambench.parity.fixture import Fixture
from sambench.parity.tiny_models import TinyUNet


def gin(fixture: Fixture) -> None:
    """Compare GIN's outputs with three-channel, colour and grey images."""
    slope = fixture.constants.get("leaky_relu_slope", 0.01)
    calls = dict.fromkeys(fixture.numbered("call", ".out"), "x3")
    calls |= dict.fromkeys(("rgb", "nonorm", "one"), "xrgb")
    for call, image in calls.items():
        if f"{call}.out" not in fixture:
            continue
        images = fixture[image][:, :1] if call == "one" else fixture[image]
        view = GIN(slope=slope, keep_norm=call != "nonorm")
        found = view.apply(batch_of(images), gin_draws(fixture, call))
        fixture.check(f"{call}.out", found[0].images)


def gin_draws(fixture: Fixture, name: str) -> GINDraws:
    """Read the draws of one call."""
    kernels, shifts = (fixture.series(f"{name}.{key}") for key in ("kernel", "shift"))
    return GINDraws(fixture[f"{name}.alpha"], kernels, shifts)


def ipa(fixture: Fixture) -> None:
    """Compare masks and blends; the reference computed in float32."""
    view = _ipa(fixture)
    mask = view.mask(fixture["cp_raw"], *fixture["mask"].shape[2:])
    kernel = spline_kernel(view.spline.spacing, view.spline.order)
    found = {"bspline_kernel": torch.outer(kernel, kernel), "mask": mask}
    blends = view.blended(fixture["view1"], fixture["view2"], mask)
    found |= zip(("blend12", "blend21"), blends, strict=True)
    if "full.cp_raw" in fixture:  # 192 pixels, every 24 down-scaled ones a point
        full = GINIPA(spacing=24).mask(fixture["full.cp_raw"], 192, 192)
        found |= {"full.mask_stride4": full[:, :, ::4, ::4]}
        found |= {"full.mask_mean": full.mean()}
    fixture.check_each(found)


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


def fourier(fixture: Fixture) -> None:
    """Compare FDA's views; the reference's Fourier transforms are float32.

    In float64 they differ by its rounding, some 2e-7.
    """
    images = fixture["x"]
    for name in fixture.numbered("draw", ".u"):
        found = Fourier().apply(batch_of(images), fixture[f"{name}.u"])[0].images
        both = {"fda": found, "fda_zscore": ccsdg_zscore(found)}
        fixture.check_each(both, f"{name}.")
    fixture.check("x_zscore", ccsdg_zscore(images))


def ccsdg_zscore(images: Tensor) -> Tensor:
    """Normalise as CCSDG does in training."""
    return zscore(images, eps=1e-5)


def base_augmentation(fixture: Fixture) -> None:
    """Compare CSDG's augmentation, step by step and whole."""
    view = csdg_augmentation.CSDGAugmentation(**_augmentation_options(fixture))
    for name in fixture.numbered("s", ".img"):
        read = {key: t[None] for key, t in fixture.under(f"{name}.").items()}
        image, label = read["img"][:, None], read["label"][:, None]
        both = torch.cat([image, class_targets(label)], dim=1)
        uniform = [read["elastic_u_first"], read["elastic_u_second"]]
        numbers = torch.stack(uniform, dim=1), read["photometric_u"]
        noise = read["noise_n01"].movedim(-1, 1)
        draws = csdg_augmentation.Draws(read["affine_draws"], *numbers, noise)
        matrix = csdg_augmentation.affine_matrix(draws.affine, *image.shape[2:])
        moved = view.moved(both, draws.affine)
        bent = view.deformed(moved, draws.elastic)
        found = view.apply(batch_of(image, label), draws)[0]
        fixture.check(f"{name}.M", matrix[0, :2])
        maps = {"after_affine": moved, "after_elastic": bent, "out_img": found.images}
        for key, each in maps.items():
            fixture.check(f"{name}.{key}", each[0].movedim(0, -1), 1e-4)
        fixture.check(f"{name}.out_label", found.targets[0].movedim(0, -1), 1e-12)


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


def rand_conv(fixture: Fixture) -> None:
    """Compare convolutions, mixtures, chained views and consistencies."""
    images = fixture["x"]
    official, plain = randconv.RandConv(), randconv.RandConv(mix=False)
    forms = {
        f"{name}.{key}": view
        for name in fixture.numbered("draw", ".out")
        for key, view in (("out", official), ("conv", plain))
    }
    if "clamp.out" in fixture:
        limits = [fixture[f"clamp.{end}"].flatten().tolist() for end in ("low", "up")]
        forms["clamp.out"] = randconv.RandConv(limits=limits)
    if "bias.out" in fixture:
        forms["bias.out"] = plain
    for name, view in forms.items():
        draws = _convolution(fixture, name.split(".")[0])
        fixture.check(name, view.convolved(images, draws))
    for task in ("cls", "seg"):
        _chained(fixture, task, official)
    _port(fixture)


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
    model = TinyUNet({k.removeprefix("m."): t for k, t in state.items()})
    logits = []
    for name, one in zip(names, views, strict=True):
        fixture.check(name + ".image", one.images)
        scores = model(one.images)
        if task == "cls":  # 0.3 x spatial mean, as the header says
            scores = 0.3 * scores.mean((2, 3), keepdim=True)
        fixture.check(f"{task}.logits{len(logits)}", scores)
        logits.append(scores)
    target = fixture[f"{task}.target"].view(len(logits[0]), *logits[0].shape[2:])
    truth = classes(target, logits[0].shape[1])
    found = (logits[0].log_softmax(1) * truth).sum(1).mean()
    fixture.check(f"{task}.ce", -found)
    agree = kl_from_mean(torch.stack(logits), per="sample", exclusive=True)
    fixture.check(f"{task}.consistency", agree)


def _port(fixture: Fixture) -> None:
    if series := fixture.series("port.logits"):
        logits = torch.stack(series).requires_grad_()
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
