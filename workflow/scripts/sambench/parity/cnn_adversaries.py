"""ADS, AdvBias and AdvNoise against recorded steps."""

from typing import Any

import torch
from torch import Tensor

from sambench.methods.algorithms.ads import ADS, Draws
from sambench.methods.algorithms.adversarial import (
    AdvBias,
    Adversarial,
    AdvNoise,
    prediction_distance,
)
from sambench.methods.algorithms.synthesiser import Draws as SynthesiserDraws
from sambench.methods.batch import Batch
from sambench.methods.spline import spline_kernel
from sambench.parity.cnn import (
    Recorded,
    batch_of,
    biases_before_norms,
    classes,
    gradients,
    method_on,
    states,
)
from sambench.parity.fixture import Fixture, watched
from sambench.parity.tiny_models import TinyUNet


def adv_bias_noise(fixture: Fixture) -> None:
    """Compare AdvBias and AdvNoise: directions, images and consistency."""
    _check_bias(fixture)
    _check_noise(fixture)
    p = fixture["div.pred"].clone().requires_grad_()
    divergence, whole = (
        prediction_distance(p, fixture["div.reference"], contour, exclusive=True)
        for contour in (0, AdvBias.contour)
    )
    (slope,) = torch.autograd.grad(whole, p)
    found = {"kl": divergence, "kl_plus_half_contour": whole, "grad": slope}
    fixture.check_each(found, "div.")


def _check_bias(fixture: Fixture) -> None:
    known, images = fixture.constants["bias"], fixture["x"]
    options = {name: known[name] for name in ("epsilon", "downscale", "order")}
    method = _method(fixture, AdvBias, step=known["step_size"], **options)
    start, size = fixture["bias.cp_before"], images.shape[2:]
    given = start, fixture["init_logits"]
    control = method.moved(images, given[1], start)
    before, after = method.field(start, *size), method.field(control, *size)
    kernel = spline_kernel(size[0] // 2 // known["downscale"], known["order"])
    logits = method.network.eval()(before * images)
    found = {
        "field_before": before,
        "cp_grad": method.gradient(lambda c: method.field(c, *size) * images, *given),
        "cp_after": control,
        "field_after": after,
        "kernel": torch.outer(kernel, kernel),
        "inner_divergence": method.distance(logits, given[1]),
    }
    fixture.check_each(found, "bias.")
    _check_consistency(fixture, "bias.", method, start)


def _check_noise(fixture: Fixture) -> None:
    known, start = fixture.constants["noise"], fixture["noise.unit_before"]
    options = {"epsilon": known["epsilon"], "probe": known["xi"]}
    method = _method(fixture, AdvNoise, **options)
    given = fixture["x"], fixture["init_logits"], start
    found = {"grad": method.slope(*given), "param_after": method.moved(*given)}
    fixture.check_each(found, "noise.")
    _check_consistency(fixture, "noise.", method, start)


def _method(fixture: Fixture, kind: type[Adversarial], **options: Any) -> Adversarial:
    """Build a method of two branches on a network of one: nothing is decoded."""
    own = {"needs_decoder": False, "exclusive": True}
    network = TinyUNet(fixture.under("model."))
    objective = {"name": "class_dice_ce", "dice": 0, "exclusive": True}
    return method_on(type("Plain", (kind,), own), network, objective, [], **options)


def _check_consistency(
    fixture: Fixture, prefix: str, method: Adversarial, start: Tensor
) -> None:
    reference = fixture["init_logits"]
    changed = method.changed(fixture["x"], reference, start)
    network = method.network.train()
    network.zero_grad()
    logits = network(changed)
    distance = method.distance(logits, reference)
    distance.backward()
    found = {"adv_image": changed, "adv_logits": logits, "consistency": distance}
    fixture.check_each(found, prefix)
    fixture.check_all(f"{prefix}consistency_grad.", gradients(network))
    fixture.check_all(f"{prefix}bn_after.", network.state_dict())


def ads(fixture: Fixture) -> None:
    """Compare ADS: its synthesiser, then iterations of two updates."""
    known = fixture.constants
    network = TinyUNet(fixture.under("seg.before."))
    truth = classes(fixture["label"], len(fixture["seg.before.head.weight"]))
    view = batch_of(fixture["img"], truth)
    iterations = fixture.numbered("it", ".alpha")
    method = method_on(
        ADS,
        network,
        {"name": "class_dice_ce", "above": 1e-5, "below": 1e-5, "exclusive": True},
        [[view]] * len(iterations),
        agreement=known["kl_weight_seg"],
        difference=-known["kl_weight_adv"],
        information=known["MI_weight"],
        width=len(fixture["G.model.1.weight"]),
        length=len(fixture["F.mlp_0.0.weight"]),
    )
    method.exclusive = True
    parts = {"gin": method.synthesiser, "F": method.vectors, "G": method.encoder}
    for part, module in parts.items():
        module.load_state_dict(fixture.under(f"{part}."))
    _check_synthesiser(fixture, method)
    optimise = Recorded(method.groups(), "adam", **known["adam"])
    for name in iterations:
        _check_ads(fixture, name, method, optimise, {"seg": network, **parts}, view)


def _check_synthesiser(fixture: Fixture, method: ADS) -> None:
    styles = torch.stack(fixture.series("fwd.style"))
    draws = SynthesiserDraws(styles, fixture["fwd.alpha"])
    synthesiser = method.synthesiser
    views, made = synthesiser(fixture["img"], draws)
    found = {f"out{i}": each for i, each in enumerate(made, 1)}
    found |= {f"mix{i}": each for i, each in enumerate(views, 1)}
    found["norm_weight.net1.0"] = synthesiser.net1[0].weight
    fixture.check_each(found, "fwd.")
    sum_of = sum((view * fixture["fwd.probe"]).sum() for view in views)
    names = dict(synthesiser.named_parameters())
    slopes = torch.autograd.grad(sum_of, list(names.values()), allow_unused=True)
    found = dict(zip(names, slopes, strict=True))
    fixture.check_all("fwd.grad.", found, biases_before_norms(synthesiser))


def _ads_draws(fixture: Fixture, name: str) -> Draws:
    styles = torch.stack(fixture.series(f"{name}.style"))
    chosen = [ids.long() for ids in fixture.series(f"{name}.patch_ids")]
    half = len(chosen) // 2
    style = SynthesiserDraws(styles, fixture[f"{name}.alpha"])
    return Draws(style, [chosen[:half], chosen[half:]])


def _check_ads(
    fixture: Fixture,
    name: str,
    method: ADS,
    optimise: Recorded,
    parts: dict[str, torch.nn.Module],
    view: Batch,
) -> None:
    slopes: dict[str, Tensor | None] = {}
    taken: dict[str, Tensor] = {}  # the states of parts after their own update
    updates = iter([("seg",), ("gin", "F", "G")])

    def after(loss: Tensor) -> None:
        for part in next(updates):
            own = optimise.gradients(parts[part])
            slopes.update({f"{part}.{key}": slope for key, slope in own.items()})
            state = states({part: parts[part]})
            taken.update({key: tensor.clone() for key, tensor in state.items()})

    shared: list[Tensor] = []

    def keep_shared(images: Tensor, made: Tensor, positions: list) -> Tensor:
        shared.extend(ADS.shared(method, images, made, [one]) for one in positions)
        return ADS.shared(method, images, made, positions)

    optimise.after_step, method.shared = after, keep_shared
    method.draw = lambda images: _ads_draws(fixture, name)
    with watched(parts["seg"]) as passes:
        recorded = method.update(view, optimise)
    found = {"kl_seg": recorded["agree"], "kl_adv": recorded["differ"]}
    found |= {"MI_a": shared[0], "MI_b": shared[1]}
    for i, (image, scores) in enumerate(passes[:2], 1):
        found |= {f"view{i}": image, f"logits{i}": scores}
        found[f"seg_loss{i}"] = method.compare(scores, view)
    fixture.check_each(found, f"{name}.")
    zero = {f"gin.{key}" for key in biases_before_norms(method.synthesiser)}
    leave = {"G.last", *zero}  # zero in exact arithmetic
    fixture.check_all(f"{name}.grad.", slopes, leave)
    whole = bool(fixture.under(f"{name}.after.gin."))  # else of the first update alone
    fixture.check_all(f"{name}.after.", states(parts) if whole else taken, leave)
