"""ADS, AdvBias and AdvNoise against recorded steps."""

import torch
from torch import Tensor

from sambench.methods.algorithms.ads import ADS, Draws
from sambench.methods.algorithms.adversarial import (
    AdvBias,
    AdvNoise,
    prediction_distance,
)
from sambench.methods.algorithms.synthesiser import Draws as SynthesiserDraws
from sambench.methods.spline import spline_kernel
from sambench.parity.cnn import (
    Recorded,
    batch_of,
    classes,
    gradients,
    method_on,
    states,
)
from sambench.parity.fixture import Fixture, watched
from sambench.parity.tiny_models import TinyUNet


def adv_bias_noise(fixture: Fixture) -> None:
    """Compare AdvBias and AdvNoise: directions, images and consistency."""
    known, images = fixture.constants, fixture["x"]
    state = fixture.under("model.")
    objective = {"name": "class_dice_ce", "dice": 0, "exclusive": True}
    reference = fixture["init_logits"]
    bias = known["bias"]
    method = method_on(
        _plain(AdvBias),
        TinyUNet(state),
        objective,
        [],
        epsilon=bias["epsilon"],
        downscale=bias["downscale"],
        order=bias["order"],
        step=bias["step_size"],
        exclusive=True,
    )
    start, size = fixture["bias.cp_before"], images.shape[2:]
    fixture.check("bias.field_before", method.field(start, *size))
    slope = method.gradient(lambda c: method.field(c, *size) * images, start, reference)
    fixture.check("bias.cp_grad", slope)
    control = method.moved(images, reference, start)
    fixture.check("bias.cp_after", control)
    fixture.check("bias.field_after", method.field(control, *size))
    kernel = spline_kernel(size[0] // 2 // bias["downscale"], bias["order"])
    fixture.check("bias.kernel", torch.outer(kernel, kernel)[None, None])
    changed = method.changed(images, reference, start)
    fixture.check("bias.adv_image", changed)
    network = method.network
    network.eval()
    before = method.field(start, *size) * images
    distance = method.distance(network(before), reference)
    fixture.check("bias.inner_divergence", distance)
    _check_consistency(fixture, "bias", method, changed)
    _check_noise(fixture, objective, state)
    p = fixture["div.pred"].clone().requires_grad_()
    divergence, whole = (
        prediction_distance(p, fixture["div.reference"], contour, exclusive=True)
        for contour in (0, method.contour)
    )
    fixture.check("div.kl", divergence)
    fixture.check("div.kl_plus_half_contour", whole)
    fixture.check("div.grad", torch.autograd.grad(whole, p)[0])


def _check_noise(fixture: Fixture, objective, state) -> None:
    options = fixture.constants["noise"]
    images, reference = fixture["x"], fixture["init_logits"]
    noise = method_on(
        _plain(AdvNoise),
        TinyUNet(state),
        objective,
        [],
        epsilon=options["epsilon"],
        probe=options["xi"],
        exclusive=True,
    )
    start = fixture["noise.unit_before"]
    fixture.check("noise.grad", noise.slope(images, reference, start))
    moved = noise.moved(images, reference, start)
    fixture.check("noise.param_after", moved)
    changed = noise.changed(images, reference, start)
    fixture.check("noise.adv_image", changed)
    _check_consistency(fixture, "noise", noise, changed)


def _check_consistency(fixture: Fixture, name: str, method, changed: Tensor) -> None:
    network = method.network.train()
    network.zero_grad()
    logits = network(changed)
    distance = method.distance(logits, fixture["init_logits"])
    distance.backward()
    fixture.check(f"{name}.adv_logits", logits)
    fixture.check(f"{name}.consistency", distance)
    fixture.check_all(f"{name}.consistency_grad.", gradients(network))
    fixture.check_all(f"{name}.bn_after.", network.state_dict())


def _plain(kind: type) -> type:
    """Let a method of two branches work on a network of one: nothing is decoded."""
    return type(kind.__name__, (kind,), {"needs_decoder": False})


def ads(fixture: Fixture) -> None:
    """Compare ADS: its synthesiser, then iterations of two updates."""
    known = fixture.constants
    network = TinyUNet(fixture.under("seg.before."))
    truth = classes(fixture["label"], len(fixture["seg.before.head.weight"]))
    view = batch_of(fixture["img"], truth)
    iterations = fixture.numbered("it", ".alpha")
    vectors = fixture.under("F.")
    encoder = fixture.under("G.")
    method = method_on(
        ADS,
        network,
        {"name": "class_dice_ce", "above": 1e-5, "below": 1e-5, "exclusive": True},
        [[view]] * len(iterations),
        agreement=known["kl_weight_seg"],
        difference=-known["kl_weight_adv"],
        information=known["MI_weight"],
        width=len(encoder["model.1.weight"]),
        length=len(vectors["mlp_0.0.weight"]),
        exclusive=True,
    )
    parts = {"gin": method.synthesiser, "F": method.vectors, "G": method.encoder}
    method.synthesiser.load_state_dict(fixture.under("gin."))
    method.vectors.load_state_dict(vectors)
    method.encoder.load_state_dict(encoder)
    _check_synthesiser(fixture, method)
    optimise = Recorded(method.groups(), "adam", **known["adam"])
    for name in iterations:
        method.draw = lambda images, n=name: _ads_draws(fixture, n)
        _check_ads(fixture, name, method, optimise, {"seg": network, **parts}, view)


def _check_synthesiser(fixture: Fixture, method: ADS) -> None:
    styles = torch.stack(fixture.series("fwd.style"))
    draws = SynthesiserDraws(styles, fixture["fwd.alpha"])
    synthesiser = method.synthesiser
    views, made = synthesiser(fixture["img"], draws)
    for i in (0, 1):
        fixture.check(f"fwd.out{i + 1}", made[i])
        fixture.check(f"fwd.mix{i + 1}", views[i])
    fixture.check("fwd.norm_weight.net1.0", synthesiser.net1[0].weight)
    sum_of = sum((view * fixture["fwd.probe"]).sum() for view in views)
    names = dict(synthesiser.named_parameters())
    slopes = torch.autograd.grad(sum_of, list(names.values()), allow_unused=True)
    found = dict(zip(names, slopes, strict=True))
    fixture.check_all("fwd.grad.", found, _before_norm)


def _before_norm(name: str) -> bool:
    """Whether it is the bias of a convolution in front of AdaIN: its gradient is 0."""
    return name.endswith(("0.bias", "3.bias", "6.bias")) and "fc" not in name


def _ads_draws(fixture: Fixture, name: str) -> Draws:
    styles = torch.stack(fixture.series(f"{name}.style"))
    chosen = [ids.long() for ids in fixture.series(f"{name}.patch_ids")]
    half = len(chosen) // 2
    style = SynthesiserDraws(styles, fixture[f"{name}.alpha"])
    return Draws(style, [chosen[:half], chosen[half:]])


def _check_ads(fixture, name, method, optimise, parts, view) -> None:
    found_gradients: dict[str, Tensor | None] = {}
    taken: dict[str, Tensor] = {}  # the states of parts after their own update
    updates = iter([("seg",), ("gin", "F", "G")])

    def after(loss: Tensor) -> None:
        for part in next(updates):
            for key, slope in optimise.gradients(parts[part]).items():
                found_gradients[f"{part}.{key}"] = slope
            for key, tensor in parts[part].state_dict().items():
                taken[f"{part}.{key}"] = tensor.clone()

    optimise.after_step = after
    shared: list[Tensor] = []
    original = method.shared

    def keep_shared(images: Tensor, made: Tensor, positions) -> Tensor:
        shared.extend(original(images, made, [one]) for one in positions)
        return original(images, made, positions)

    method.shared = keep_shared
    with watched(parts["seg"]) as passes:
        recorded = method.update(view, optimise)
    method.shared = original
    for i, (image, scores) in enumerate(passes[:2]):
        fixture.check(f"{name}.view{i + 1}", image)
        fixture.check(f"{name}.logits{i + 1}", scores)
        fixture.check(f"{name}.seg_loss{i + 1}", method.compare(scores, view))
    fixture.check(f"{name}.kl_seg", recorded["agree"])
    fixture.check(f"{name}.kl_adv", recorded["differ"])
    fixture.check(f"{name}.MI_a", shared[0])
    fixture.check(f"{name}.MI_b", shared[1])

    def leave(key: str) -> bool:  # zero in exact arithmetic
        return key == "G.last" or (key.startswith("gin.") and _before_norm(key))

    fixture.check_all(f"{name}.grad.", found_gradients, leave)
    whole = bool(fixture.under(f"{name}.after.gin."))  # else of the first update alone
    found = states(parts) if whole else taken
    fixture.check_all(f"{name}.after.", found, leave)
