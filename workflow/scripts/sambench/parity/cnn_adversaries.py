"""Methods with an adversary or two branches against recorded steps."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sambench.methods.algorithms.ads import ADS, Draws
from sambench.methods.algorithms.adversarial import AdvBias, AdvNoise
from sambench.methods.algorithms.divergence import prediction_distance
from sambench.methods.algorithms.dual_branch import unit_channels
from sambench.methods.algorithms.dual_norm import DualNorm
from sambench.methods.algorithms.maxstyle import MaxStyle
from sambench.methods.algorithms.style_layer import Draws as StyleDraws
from sambench.methods.algorithms.synthesiser import Draws as SynthesiserDraws
from sambench.methods.spline import spline_kernel
from sambench.parity.cnn import Fixture, batch_of, classes, method_on
from sambench.parity.errors import Within
from sambench.parity.recording import Recorded
from sambench.parity.tiny_models import TinyUNet, dual_branch, dual_norm
from sambench.predict.policies.dual_norm import BranchChoice

Tensors, Header = Mapping[str, Tensor], Mapping[str, str]
Errors = dict[str, Within]


def ads(tensors: Tensors, metadata: Header) -> Errors:
    """Compare ADS: its synthesiser, then iterations of two updates."""
    fixture = Fixture(tensors, metadata, 1e-10)
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
    adam = {"name": "adam", **known["adam"]}
    optimise = Recorded(method.groups(), dict.fromkeys(("main", "synthesiser"), adam))
    for name in iterations:
        method.draw = lambda images, n=name: _ads_draws(fixture, n)
        _check_ads(fixture, name, method, optimise, {"seg": network, **parts}, view)
    return fixture.errors


def _check_synthesiser(fixture: Fixture, method: ADS) -> None:
    styles = torch.stack([fixture[n] for n in fixture.numbered("fwd.style", "")])
    draws = SynthesiserDraws(styles, fixture["fwd.alpha"])
    synthesiser = method.synthesiser
    views, made = synthesiser(fixture["img"], draws)
    for i in (0, 1):
        fixture.check(f"fwd.out{i + 1}", made[i])
        fixture.check(f"fwd.mix{i + 1}", views[i])
    first = synthesiser.net1[0].weight
    fixture.check("fwd.norm_weight.net1.0", first)
    sum_of = sum((view * fixture["fwd.probe"]).sum() for view in views)
    names = dict(synthesiser.named_parameters())
    slopes = torch.autograd.grad(sum_of, list(names.values()), allow_unused=True)
    found = dict(zip(names, slopes, strict=True))
    fixture.check_all("fwd.grad.", found, _before_norm)


def _before_norm(name: str) -> bool:
    """Whether it is the bias of a convolution in front of AdaIN: its gradient is 0."""
    return name.endswith(("0.bias", "3.bias", "6.bias")) and "fc" not in name


def _ads_draws(fixture: Fixture, name: str) -> Draws:
    styles = torch.stack([fixture[n] for n in fixture.numbered(f"{name}.style", "")])
    chosen = [fixture[n].long() for n in fixture.numbered(f"{name}.patch_ids", "")]
    half = len(chosen) // 2
    style = SynthesiserDraws(styles, fixture[f"{name}.alpha"])
    return Draws(style, [chosen[:half], chosen[half:]])


def _check_ads(fixture, name, method, optimise, parts, view) -> None:
    network, logits, losses = parts["seg"], [], []
    hook = network.register_forward_hook(lambda m, i, o: logits.append((i[0], o)))
    found_gradients: dict[str, Tensor | None] = {}
    segmenter: dict[str, Tensor] = {}

    def after(loss: Tensor) -> None:
        losses.append(loss)
        if len(losses) == 1:
            state = network.state_dict()
            segmenter.update({key: t.clone() for key, t in state.items()})
        trained = ("seg",) if len(losses) == 1 else ("gin", "F", "G")
        for part in trained:
            for key, slope in optimise.gradients(parts[part]).items():
                found_gradients[f"{part}.{key}"] = slope

    optimise.after_step = after
    shared: list[Tensor] = []
    original = method.shared

    def keep_shared(images: Tensor, made: Tensor, positions) -> Tensor:
        shared.extend(original(images, made, [one]) for one in positions)
        return original(images, made, positions)

    method.shared = keep_shared
    recorded = method.update(view, optimise)
    method.shared = original
    hook.remove()
    for i in (0, 1):
        image, scores = logits[i]
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
    after_all = {
        f"{part}.{key}": value
        for part, module in parts.items()
        for key, value in module.state_dict().items()
    }
    if not fixture.under(f"{name}.after.gin."):  # taken before the second update
        after_all |= {f"seg.{key}": value for key, value in segmenter.items()}
    fixture.check_all(f"{name}.after.", after_all, leave)


def dual_norm_step(tensors: Tensors, metadata: Header) -> Errors:
    """Compare Dual-Norm's iterations, and the branch that it chooses at test time."""
    fixture = Fixture(tensors, metadata, 1e-8)
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
    adam = {"name": "adam", **fixture.constants["adam"]}
    optimise = Recorded(method.groups(), {"main": adam})
    for name in iterations:
        number = iter((0, 1))

        def after(loss: Tensor, name=name, number=number) -> None:
            part = f"{name}.set{next(number)}"
            fixture.check(f"{part}.loss", loss)
            found = optimise.gradients(network)
            fixture.check_all(f"{part}.grad.", found, _bias_before_norm)
            state = network.state_dict()
            fixture.check_all(f"{part}.after.", state, _bias_before_norm)

        optimise.after_step = after
        method.update(views[0], optimise)
        state = network.state_dict()
        fixture.check_all(f"{name}.after.", state, _bias_before_norm)
    _check_choice(fixture)
    return fixture.errors


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


def maxstyle_inner(tensors: Tensors, metadata: Header) -> Errors:
    """Compare MaxStyle's inner loop, and the losses of the image that it finds."""
    fixture = Fixture(tensors, metadata, 1e-9)
    known = fixture.constants
    names = ("image_encoder.", "image_decoder.", "segmentation_decoder.")
    state = {k: t for k, t in fixture.tensors.items() if k.startswith(names)}
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
    fixture.check("hard.input_minmax", unit_channels(stylised))
    network.zero_grad()
    hard = method.compared_hard(stylised, view)
    sum(hard.values()).backward()
    fixture.check("hard.seg_loss", hard["hard_loss"])
    fixture.check("hard.recon_loss", hard["hard_reconstruction"])
    slopes = {name: p.grad for name, p in network.named_parameters()}
    zero = {name for name in slopes if _next_is_norm(network, name)}
    fixture.check_all("hard.grad.", slopes, zero.__contains__)
    return fixture.errors


def _next_is_norm(network: nn.Module, name: str) -> bool:
    """Whether it is the bias of a convolution in front of a norm: its gradient is 0."""
    owner, _, kind = name.rpartition(".")
    parent, _, number = owner.rpartition(".")
    if kind != "bias" or not number.isdigit():
        return False
    following = list(network.get_submodule(parent).children())[int(number) + 1 :]
    return bool(following) and isinstance(following[0], nn.BatchNorm2d)


def adv_bias_noise(tensors: Tensors, metadata: Header) -> Errors:
    """Compare AdvBias and AdvNoise: directions, images and consistency."""
    fixture = Fixture(tensors, metadata, 1e-10)
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
    return fixture.errors


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
