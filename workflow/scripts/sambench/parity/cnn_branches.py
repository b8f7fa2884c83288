"""Networks of two branches against recorded steps: MaxStyle and Dual-Norm."""

from torch import Tensor

from sambench.methods.algorithms.dual_norm import DualNorm
from sambench.methods.algorithms.maxstyle import Draws as StyleDraws
from sambench.methods.algorithms.maxstyle import MaxStyle
from sambench.methods.normalisation import to_unit
from sambench.parity.cnn import (
    Recorded,
    batch_of,
    biases_before_norms,
    classes,
    gradients,
    method_on,
)
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
    smooth = fixture.constants["dice_smooth"]
    objective = {"name": "pooled_dice", "smooth": smooth, "exclusive": True}
    method = method_on(DualNorm, network, objective, [views] * len(iterations))
    optimise = Recorded(method.groups(), "adam", **fixture.constants["adam"])
    zero = biases_before_norms(network)
    for name in iterations:
        parts = iter((f"{name}.set0", f"{name}.set1"))

        def after(loss: Tensor, parts=parts) -> None:
            part = next(parts)
            fixture.check(f"{part}.loss", loss)
            optimise.check(fixture, part, network, zero)

        optimise.after_step = after
        method.update(views[0], optimise)
        fixture.check_all(f"{name}.after.", network.state_dict(), zero)
    _check_choice(fixture)


def _check_choice(fixture: Fixture) -> None:
    state = fixture.under("test.model.")
    if not state:
        return
    choice = BranchChoice(dual_norm(state))
    for name in fixture.numbered("test.batch", ".distances"):
        outputs, distances = choice.outputs(fixture[name])
        chosen = distances[1] < distances[0]
        found = {f"out_branch{i}": each.sigmoid() for i, each in enumerate(outputs)}
        found |= {"output": outputs[int(chosen)].sigmoid(), "chosen": chosen.long()}
        fixture.check_each(found | {"distances": distances}, f"{name}.")


def maxstyle_inner(fixture: Fixture) -> None:
    """Compare MaxStyle's inner loop, and the losses of the image that it finds."""
    known = fixture.constants
    names = ("image_encoder.", "image_decoder.", "segmentation_decoder.")
    state = {k: t for k, t in fixture.items() if k.startswith(names)}
    network = dual_branch(state)
    count = network.segmentation_decoder.final_conv.out_channels
    truth = classes(fixture["label"], count)
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
    names = ("z_i", "z_s", "clean_logits", "clean_recon")
    fixture.check_each(dict(zip(names, passed, strict=True)))
    draws = {}
    for layer in known["layers"]:
        if f"layer{layer}.applied" in fixture and int(fixture[f"layer{layer}.applied"]):
            start = fixture.under(f"iter0.layer{layer}.")
            numbers = (start[name] for name in ("gamma_noise", "beta_noise", "lmda"))
            draws[layer] = StyleDraws(fixture[f"layer{layer}.perm"].long(), *numbers)
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
    zero = biases_before_norms(network)
    fixture.check_all("hard.grad.", gradients(network), zero)
