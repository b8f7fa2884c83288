"""RandConv against the authors' results, and those of the port."""

import torch

from sambench.methods.consistency import kl_from_mean
from sambench.methods.views import randconv
from sambench.parity.cnn import batch_of, classes
from sambench.parity.fixture import Fixture
from sambench.parity.tiny_models import TinyUNet


def rand_conv(fixture: Fixture) -> None:
    """Compare convolutions, mixtures, chained views and consistencies."""
    images = fixture["x"]
    official, plain = randconv.RandConv(), randconv.RandConv(mix=False)
    for name in fixture.numbered("draw", ".out"):
        draws = _convolution(fixture, name)
        fixture.check(f"{name}.out", official.convolved(images, draws))
        fixture.check(f"{name}.conv", plain.convolved(images, draws))
    if "bias.out" in fixture:
        biased = randconv.RandConv(mix=False, bias=True)
        found = biased.convolved(images, _convolution(fixture, "bias"))
        fixture.check("bias.out", found)
    if "clamp.out" in fixture:
        limits = [fixture[f"clamp.{end}"].flatten().tolist() for end in ("low", "up")]
        clamped = randconv.RandConv(limits=limits)
        found = clamped.convolved(images, _convolution(fixture, "clamp"))
        fixture.check("clamp.out", found)
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
    pooled = task == "cls"
    model = TinyUNet({k.removeprefix("m."): t for k, t in state.items()})
    logits = []
    for name, one in zip(names, views, strict=True):
        fixture.check(name + ".image", one.images)
        scores = model(one.images)
        if pooled:  # 0.3 x spatial mean, as the header says
            scores = 0.3 * scores.mean((2, 3), keepdim=True)
        logits.append(scores)
        given = fixture[f"{task}.logits{len(logits) - 1}"]
        fixture.check(f"{task}.logits{len(logits) - 1}", scores.view_as(given))
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
