"""Networks of two branches against recorded steps: MaxStyle and Dual-Norm."""

import torch
from torch import Tensor, nn

from sambench.methods.algorithms.dual_norm import DualNorm
from sambench.methods.algorithms.maxstyle import Draws as StyleDraws
from sambench.methods.algorithms.maxstyle import MaxStyle
from sambench.methods.normalisation import to_unit
from sambench.parity.cnn import Recorded, batch_of, classes, gradients, method_on
from sambench.parity.fixture import Fixture
from sambench.parity.tiny_models import dual_branch, dual_norm
from sambench.predict.policies import BranchChoice


def dual_norm_step(fixture: Fixture) -> None:
    """Compare Dual-Norm's iterations, and the branch that it chooses at test time."""
    network = dual_norm(fixture.under("before."))
    count = len(fixture["before.seg1.weight"])
    views = [
        batch_of(fixture[f"image{i}"], classes(fixture[f"label{i}"], count))
        for i in (0, 1)
    ]
    iterations = fixture.numbered("it", ".set0.loss")
    objective = {
        "name": "pooled_dice",
        "smooth": fixture.constants["dice_smooth"],
        "exclusive": True,
    }
    method = method_on(DualNorm, network, objective, [views] * len(iterations))
    optimise = Recorded(method.groups(), "adam", **fixture.constants["adam"])
    for name in iterations:
        number = iter((0, 1))

        def after(loss: Tensor, name=name, number=number) -> None:
            part = f"{name}.set{next(number)}"
            fixture.check(f"{part}.loss", loss)
            optimise.check(fixture, part, network, _bias_before_norm)

        optimise.after_step = after
        method.update(views[0], optimise)
        state = network.state_dict()
        fixture.check_all(f"{name}.after.", state, _bias_before_norm)
    _check_choice(fixture)


def _bias_before_norm(name: str) -> bool:
    """Whether it is the bias of a convolution in front of a norm: its gradient is 0."""
    return "conv" in name.split(".")[-2] and name.endswith(".bias")


def _check_choice(fixture: Fixture) -> None:
    state = fixture.under("test.model.")
    if not state:
        return
    choice = BranchChoice(dual_norm(state))
    for name in fixture.numbered("test.batch", ".distances"):
        outputs, distances = choice.outputs(fixture[name])
        chosen = int(distances[1] < distances[0])
        fixture.check(f"{name}.distances", distances)
        fixture.check(f"{name}.chosen", torch.tensor(chosen))
        for branch, logits in enumerate(outputs):
            fixture.check(f"{name}.out_branch{branch}", logits.sigmoid())
        fixture.check(f"{name}.output", outputs[chosen].sigmoid())


def maxstyle_inner(fixture: Fixture) -> None:
    """Compare MaxStyle's inner loop, and the losses of the image that it finds."""
    known = fixture.constants
    names = ("image_encoder.", "image_decoder.", "segmentation_decoder.")
    state = {k: t for k, t in fixture.items() if k.startswith(names)}
    network = dual_branch(state)
    truth = classes(
        fixture["label"], network.segmentation_decoder.final_conv.out_channels
    )
    view = batch_of(fixture["image"], truth)
    method = method_on(
        MaxStyle,
        network,
        {"name": "class_dice_ce", "dice": 0, "exclusive": True},
        [],
        steps=known["n_iter"],
        rate=known["lr"],
        layers=known["layers"],
    )
    passed = method.pass_through(fixture["image"])
    fixture.check("z_i", passed.image_code)
    fixture.check("z_s", passed.code)
    fixture.check("clean_logits", passed.logits)
    fixture.check("clean_recon", passed.image)
    draws = {}
    for layer in known["layers"]:
        if f"layer{layer}.applied" in fixture and int(fixture[f"layer{layer}.applied"]):
            numbers = fixture.under(f"iter0.layer{layer}.")
            draws[layer] = StyleDraws(
                fixture[f"layer{layer}.perm"].long(),
                numbers["gamma_noise"],
                numbers["beta_noise"],
                numbers["lmda"],
            )
    stylised, styles, losses = method.stylised(passed.image_code.detach(), view, draws)
    for i, loss in enumerate(losses):
        fixture.check(f"iter{i}.ce", loss)
    for style in styles:
        found = dict(style.named_parameters())
        fixture.check_all(f"final.layer{style.layer}.", found)
    fixture.check("stylised", stylised)
    fixture.check("hard.input_minmax", to_unit(stylised, (2, 3)))
    network.zero_grad()
    hard = method.compared_hard(stylised, view)
    sum(hard.values()).backward()
    fixture.check("hard.seg_loss", hard["hard_loss"])
    fixture.check("hard.recon_loss", hard["hard_reconstruction"])
    slopes = gradients(network)
    zero = {name for name in slopes if _next_is_norm(network, name)}
    fixture.check_all("hard.grad.", slopes, zero.__contains__)


def _next_is_norm(network: nn.Module, name: str) -> bool:
    """Whether it is the bias of a convolution in front of a norm: its gradient is 0."""
    owner, _, kind = name.rpartition(".")
    parent, _, number = owner.rpartition(".")
    if kind != "bias" or not number.isdigit():
        return False
    following = list(network.get_submodule(parent).children())[int(number) + 1 :]
    return bool(following) and isinstance(following[0], nn.BatchNorm2d)
