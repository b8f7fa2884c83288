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
    below = known["dice_smooth"]
    objective = {"name": "class_dice_ce", "below": below, "exclusive": True}
    agree = {"name": "kl_to_mean", "per": "element", "exclusive": True}
    agree["weight"] = known["lambda_consist"]
    objective["on"] = "first"
    method = method_on(Method, network, objective, views, consistency=agree)
    optimise = Recorded(method.groups(), "adam", **_adam(known))
    for step, seen in zip(steps, views, strict=True):
        with watched(network) as passes:
            losses = method.update(seen[0], optimise)
        _, logits = passes[0]
        annotated = seen[0].annotated
        terms = method.objective.terms(logits[: len(truth)], truth, annotated)
        found = {
            "dlogits": logits.grad,
            "mask": csdg_mask(fixture, step),
            "views": torch.cat([view.images for view in seen]),
            "logits": logits,
            "loss_consist_x10": losses["consistency"],
            "loss_ce": terms[0],
            "loss_dice": terms[1],
        }
        fixture.check_each(found, f"{step}.")
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
        found = {
            "gradient": slope.square().mean(1, keepdim=True).sqrt(),
            "saliency": saliency_map(slope, method.grid),
            "mixed": passes[1][0],
        }
        for name, (_, logits) in zip(("gla", "mixed"), passes, strict=True):
            terms = method.objective.terms(logits, truth, views[0].annotated)
            found |= {f"{name}.ce_loss": terms[0], f"{name}.dice_loss": terms[1]}
            found[f"logits_{name}"] = logits
        fixture.check_each(found, f"{step}.")
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
    names = ("fda_data", "GLA_data", "data")
    views = [batch_of(fixture[name], truth) for name in names]
    iterations = fixture.numbered("it", ".content_loss")
    objective, seen = {"name": "dice_bce", "dice_weight": 0}, [views] * len(iterations)
    method = method_on(CCSDG, network, objective, seen, side=side, length=length)
    method.projector.load_state_dict(state)
    optimise = Recorded(method.groups(), "sgd", **known["sgd"])
    parts = {"model": network, "projector": method.projector}
    for name in iterations:
        optimise.after_step = _check_sub_step(fixture, name, parts, optimise)
        with watched(method.projector) as projected, watched(network) as passes:
            method.update(views[0], optimise)
        projections = [output for _, output in projected]
        content, style = projections[0::2], projections[1::2]
        found = {"content_loss": apart(content), "style_loss_negated": -apart(style)}
        found |= {"f_style_p": style[0], "logits_original": passes[-1][1]}
        for label, each in zip(("", "_fda", "_GLA"), content, strict=True):
            found[f"f_content{label}_p"] = each
        fixture.check_each(found, f"{name}.")
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
