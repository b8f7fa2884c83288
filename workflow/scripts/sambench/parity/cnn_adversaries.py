"""AdvBias and AdvNoise against recorded steps."""

import torch
from torch import Tensor

from sambench.methods.algorithms.adversarial import (
    AdvBias,
    AdvNoise,
    prediction_distance,
)
from sambench.methods.spline import spline_kernel
from sambench.parity.cnn import method_on
from sambench.parity.fixture import Fixture
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
    slopes = {key: p.grad for key, p in network.named_parameters()}
    fixture.check_all(f"{name}.consistency_grad.", slopes)
    fixture.check_all(f"{name}.bn_after.", network.state_dict())


def _plain(kind: type) -> type:
    """Let a method of two branches work on a network of one: nothing is decoded."""
    return type(kind.__name__, (kind,), {"needs_decoder": False})
