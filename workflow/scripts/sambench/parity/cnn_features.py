"""Parts that change features, weigh them or compare predictions, against fixtures."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import product

import torch
from torch import Tensor, nn

from sambench.methods.algorithms.maxstyle import Draws as StyleDraws
from sambench.methods.algorithms.maxstyle import StyleLayer
from sambench.methods.algorithms.rsc import (
    challenged,
    code_mask,
    official_mask,
    share_challenged,
)
from sambench.methods.algorithms.slaug import saliency_map
from sambench.methods.class_objectives import ClassDiceCE
from sambench.methods.consistency import kl_to_mean
from sambench.methods.features import dsu as dsu_part
from sambench.methods.features import mixstyle as mixstyle_part
from sambench.methods.features.feature import Feature
from sambench.models.cnn.ibn import IBN, insert_into_stage
from sambench.models.cnn.resnet_unet import split_channels
from sambench.parity.cnn import changed, classes, gradients
from sambench.parity.fixture import Fixture
from sambench.parity.tiny_models import residual_stage


def mixstyle(fixture: Fixture) -> None:
    """Compare MixStyle of the authors, across domains, and of the port."""
    official = mixstyle_part.MixStyle()
    port = mixstyle_part.MixStyle(eps=1e-8, share_of="partner")
    for name, form in _forms(fixture, official, port):
        draws = mixstyle_part.Draws(fixture[f"{name}.lam"], fixture[f"{name}.perm"])
        _check_change(fixture, name, partial(form.apply, draws=draws))
    if "cross.out" in fixture:
        halves = fixture["cross.randperm_b"], fixture["cross.randperm_a"]
        draws = mixstyle_part.Draws(fixture["cross.lam"], mixstyle_part.across(*halves))
        fixture.check("cross.out", official.apply(fixture["x"], draws))


def dsu(fixture: Fixture) -> None:
    """Compare DSU of the authors and of the port."""
    port = dsu_part.DSU(eps=1e-8, batch_eps=0, detached=True)
    for name, form in _forms(fixture, dsu_part.DSU(), port):
        noise = (fixture[f"{name}.{key}"] for key in ("eps_mu", "eps_sig"))
        draws = dsu_part.Draws(*(n.view(*n.shape[:2], 1, 1) for n in noise))
        _check_change(fixture, name, partial(form.apply, draws=draws))


def _forms(
    fixture: Fixture, official: Feature, port: Feature
) -> list[tuple[str, Feature]]:
    """List the draws of a fixture, each with the form that it is of."""
    found = [(name, official) for name in fixture.numbered("draw", ".out")]
    return found + [("port", port)] * ("port.out" in fixture)


def _check_change(
    fixture: Fixture,
    name: str,
    change: Callable[[Tensor], Tensor],
    out: str = "out",
    probe: str = "probe",
) -> None:
    """Compare changed features, and the gradient of their product with the probe."""
    found, slope = changed(fixture, change, probe)
    fixture.check(f"{name}.{out}", found)
    fixture.check(f"{name}.dx", slope)


def maxstyle_layer(fixture: Fixture) -> None:
    """Compare MaxStyle's layer, its gradients and its shares beyond 0..1."""
    for name in fixture.numbered("d", ".out"):
        read = fixture.under(f"{name}.")
        layer = _style(read, read["lmda"])
        _check_change(fixture, name, layer)
        found = {f"d{number}": slope for number, slope in gradients(layer).items()}
        found |= zip(("beta_std", "gamma_std"), layer.spread, strict=True)
        fixture.check_each(found, f"{name}.")
        if "lmda_out_of_range" in read:
            beyond = _style(read, read["lmda_out_of_range"])
            fixture.check(f"{name}.out_clamped", changed(fixture, beyond)[0])
            fixture.check(f"{name}.dlmda_clamped", beyond.lmda.grad)


def _style(read: Mapping[str, Tensor], share: Tensor) -> StyleLayer:
    noise = read["gamma_noise"], read["beta_noise"]
    return StyleLayer(0, StyleDraws(read["perm"], *noise, share))


def ibn(fixture: Fixture) -> None:
    """Compare IBN alone, and stages of residual blocks in both forms."""
    layer = IBN(fixture["x"].shape[1]).double()
    layer.load_state_dict(fixture.under("ibn.before."))
    _check_change(fixture, "ibn", layer, "train_out")
    fixture.check_all("ibn.grad.", gradients(layer))
    fixture.check_all("ibn.after.", layer.state_dict())
    fixture.check("ibn.eval_out", layer.eval()(fixture["x"]))
    for form in ("a", "b"):
        name = f"stage_{form}"
        state = fixture.under(f"{name}.before.")
        if not state:
            continue
        stage = residual_stage(state)
        insert_into_stage(stage, form)
        stage.double().load_state_dict(state)
        _check_change(fixture, name, stage, "train_out", f"{name}.probe")
        fixture.check(f"{name}.eval_out", stage.eval()(fixture["x"]))


def rsc_port(fixture: Fixture) -> None:
    """Compare the masks of the port of RSC."""
    state = fixture.under("decoder.")
    (middle, code), out = state["0.weight"].shape[:2], len(state["2.weight"])
    decoder = nn.Sequential(
        nn.Conv2d(code, middle, 3, padding=1), nn.ReLU(), nn.Conv2d(middle, out, 1)
    ).double()
    decoder.load_state_dict(state)
    targets = {"seg": classes(fixture["label"], out), "image": fixture["image_target"]}
    for kind, name in product(("channel", "spatial"), targets):
        mask = code_mask(fixture["z"], decoder, targets[name], kind)
        found = {"mask": mask, "masked": fixture["z"] * mask}
        fixture.check_each(found, f"{kind}.{name}.")


def rsc_official(fixture: Fixture) -> None:
    """Compare the masks of RSC for classification, and what comes of them."""
    truth = fixture["y"][:, None]

    def classify(x: Tensor) -> Tensor:
        return x.mean((2, 3)) @ fixture["W"].T + fixture["b"]

    def confidence(x: Tensor) -> Tensor:
        return classify(x).softmax(1).gather(1, truth)[:, 0]

    names = {n.rsplit(".", 1)[0] for n in fixture if n.endswith(".mask")}
    for name in sorted(names):
        kind, epoch = name.split(".epoch")
        x = fixture["x"].clone().requires_grad_()
        (slope,) = torch.autograd.grad(classify(x).gather(1, truth).sum(), x)
        mask = official_mask(x.detach(), slope, kind)
        before, after = confidence(x), confidence(x * mask)
        share = share_challenged(int(epoch))
        chosen = challenged(before, after, share)[:, None, None, None]
        mask = torch.where(chosen, mask, 1)
        logits = classify(x * mask)
        loss = nn.functional.cross_entropy(logits, fixture["y"])
        found = {"mask": mask, "logits": logits, "dx": torch.autograd.grad(loss, x)[0]}
        found["percent"] = torch.tensor(share, dtype=torch.double)
        fixture.check_each(found, f"{name}.")


def saliency(fixture: Fixture) -> None:
    """Compare SLAug's saliency maps of several grids."""
    for name in [n for n in fixture if n.endswith(".map")]:
        grid = int(name.removeprefix("grid").removesuffix(".map"))
        fixture.check(name, saliency_map(fixture["gradient"], grid))


def csdg_losses(fixture: Fixture) -> None:
    """Compare CSDG's cross-entropy, Dice and consistency with their gradients."""
    logits = fixture["logits"].clone().requires_grad_()
    truth = classes(fixture["label"], logits.shape[1])
    weight = fixture.constants["kl_weight"]
    views = logits.unflatten(0, (-1, len(truth)))
    agree = weight * kl_to_mean(views, per="element", exclusive=True)
    objective = ClassDiceCE(below=fixture.constants["dice_smooth"], exclusive=True)
    entropy, dice = objective.terms(views[0], truth, None)
    for name, value in {"consist_x10": agree, "ce": entropy, "dice": dice}.items():
        (slope,) = torch.autograd.grad(value, logits, retain_graph=True)
        slope = slope if value is agree else slope[: len(truth)]
        fixture.check_each({name: value, f"{name}.dlogits": slope})


def channel_prompt(fixture: Fixture) -> None:
    """Compare CCSDG's content and style features and their gradients."""
    weight = fixture["weight"].clone().requires_grad_()
    prompt = fixture["channel_prompt"].clone().requires_grad_()
    features = nn.functional.conv2d(fixture["x"], weight, stride=2, padding=3)
    masks, content, style = split_channels(features, prompt, fixture.constants["tau"])
    probes = content * fixture["probe_content"] + style * fixture["probe_style"]
    probes.sum().backward()
    found = {"f_content": content, "f_style": style, "dprompt": prompt.grad}
    found |= {"masks": masks.expand_as(fixture["masks"]), "dweight": weight.grad}
    fixture.check_each(found)
