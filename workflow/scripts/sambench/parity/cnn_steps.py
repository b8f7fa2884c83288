"""Whole training steps of CNN methods against those of the authors' functions.

Each comparison builds the algorithm that training runs around the fixture's network,
feeds it the recorded views and draws, and calls its `update`.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from sambench.methods.algorithms.ccsdg import CCSDG, apart
from sambench.methods.algorithms.slaug import SLAug, saliency_map
from sambench.methods.method import Method
from sambench.parity.cnn import Recorded, batch_of, classes, method_on, states
from sambench.parity.cnn_views import csdg_mask, csdg_views
from sambench.parity.fixture import Fixture, watched
from sambench.parity.tiny_models import TinyUNet, prompt_unet


def csdg_step(fixture: Fixture) -> None:
    """Compare consecutive steps of CSDG: views, losses, gradients, weights."""
    known = fixture.constants
    network = TinyUNet(fixture.under("before."))
    steps = fixture.numbered("step", ".logits")
    count = len(fixture["before.head.weight"])
    truth = classes(fixture["label"], count)
    views = [[batch_of(x, truth) for x in csdg_views(fixture, s)] for s in steps]
    method = method_on(
        Method,
        network,
        {
            "name": "class_dice_ce",
            "below": known["dice_smooth"],
            "exclusive": True,
            "on": "first",
        },
        views,
        consistency={
            "name": "kl_to_mean",
            "per": "element",
            "exclusive": True,
            "weight": known["lambda_consist"],
        },
    )
    optimise = Recorded(method.groups(), "adam", **_adam(known))
    for step, seen in zip(steps, views, strict=True):
        with watched(network) as passes:
            losses = method.update(seen[0], optimise)
        _, found = passes[0]
        fixture.check(f"{step}.dlogits", found.grad)
        fixture.check(f"{step}.mask", csdg_mask(fixture, step))
        fixture.check(f"{step}.views", torch.cat([view.images for view in seen]))
        fixture.check(f"{step}.logits", found)
        fixture.check(f"{step}.loss_consist_x10", losses["consistency"])
        entropy, dice = method.objective.terms(
            found[: len(truth)], truth, seen[0].annotated
        )
        fixture.check(f"{step}.loss_ce", entropy)
        fixture.check(f"{step}.loss_dice", dice)
        optimise.check(fixture, step, network)


def slaug_step(fixture: Fixture) -> None:
    """Compare consecutive steps of SLAug: saliency, losses, gradients, weights."""
    known = fixture.constants
    network = TinyUNet(fixture.under("before."))
    truth = classes(fixture["label"], len(fixture["before.head.weight"]))
    views = [batch_of(fixture[name], truth) for name in ("GLA", "LLA")]
    steps = fixture.numbered("step", ".gradient")
    dice = known["dice"]
    objective = {
        "name": "class_dice_ce",
        "above": dice["smooth_nr"],
        "below": dice["smooth_dr"],
        "squared": dice["squared_pred"],
        "exclusive": True,
    }
    method = method_on(
        SLAug, network, objective, [views] * len(steps), grid=known["grid_size"]
    )
    optimise = Recorded(method.groups(), "adam", **_adam(known))
    for step in steps:
        with watched(network) as passes:
            method.update(views[0], optimise)
        slope = passes[0][0].grad
        strength = slope.square().mean(1, keepdim=True).sqrt()
        fixture.check(f"{step}.gradient", strength)
        fixture.check(f"{step}.saliency", saliency_map(slope, method.grid))
        fixture.check(f"{step}.mixed", passes[1][0])
        for name, (_, logits) in zip(("gla", "mixed"), passes, strict=True):
            entropy, loss = method.objective.terms(logits, truth, views[0].annotated)
            fixture.check(f"{step}.logits_{name}", logits)
            fixture.check(f"{step}.{name}.ce_loss", entropy)
            fixture.check(f"{step}.{name}.dice_loss", loss)
        optimise.check(fixture, step, network)


def ccsdg_step(fixture: Fixture) -> None:
    """Compare iterations of CCSDG, each of four updates."""
    known = fixture.constants
    network = prompt_unet(fixture.under("before.model."))
    state = fixture.under("before.projector.")
    length, flat = state["fc.weight"].shape
    side = round((flat / len(state["conv.weight"])) ** 0.5)
    grades = fixture["seg"]
    truth = torch.cat([grades > 0, grades == 2], dim=1).double()
    views = [
        batch_of(fixture[name], truth) for name in ("fda_data", "GLA_data", "data")
    ]
    iterations = fixture.numbered("it", ".content_loss")
    method = method_on(
        CCSDG,
        network,
        {"name": "dice_bce", "dice_weight": 0},
        [views] * len(iterations),
        side=side,
        length=length,
    )
    method.projector.load_state_dict(state)
    optimise = Recorded(method.groups(), "sgd", **known["sgd"])
    parts = {"model": network, "projector": method.projector}
    for name in iterations:
        optimise.after_step = _check_sub_step(fixture, name, parts, optimise)
        with watched(method.projector) as projected, watched(network) as passes:
            method.update(views[0], optimise)
        projections = [output for _, output in projected]
        content, style = projections[0::2], projections[1::2]
        fixture.check(f"{name}.content_loss", apart(content))
        fixture.check(f"{name}.style_loss_negated", -apart(style))
        fixture.check(f"{name}.f_style_p", style[0])
        for label, found in zip(("", "_fda", "_GLA"), content, strict=True):
            fixture.check(f"{name}.f_content{label}_p", found)
        fixture.check(f"{name}.logits_original", passes[-1][1])
        after = states(parts)
        after["projector.fc.weight.row0"] = after["projector.fc.weight"][0]
        fixture.check_all(f"{name}.after.", after)


def _check_sub_step(fixture: Fixture, iteration: str, parts, optimise):
    """Return what compares the losses, gradients and weights of each update."""
    number = iter(range(4))

    def compare(loss: Tensor) -> None:
        name = f"{iteration}.sub{next(number)}"
        fixture.check(f"{name}.loss", loss)
        for part, module in parts.items():
            found = optimise.gradients(module)
            fixture.check_all(f"{name}.grad.{part}.", found)
        fixture.check_all(f"{name}.after.", parts["model"].state_dict())

    return compare


def _adam(known: Mapping[str, Any]) -> dict[str, Any]:
    names = ("lr", "betas", "weight_decay")
    return {name: known["adam"][name] for name in names if name in known["adam"]}
