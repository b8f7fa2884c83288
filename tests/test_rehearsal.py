"""What a network of one's own gets wrong is told before it is trained."""

import numpy as np
import pytest
import torch
from torch import nn

from sambench.errors import InputError
from sambench.methods.batch import Batch
from sambench.methods.method import Method
from sambench.methods.views.view import View
from sambench.predict.case_slices import CaseSlices
from sambench.predict.network import NetworkPredictor
from sambench.train.optimisation import Optimisers
from sambench.train.rehearsal import rehearse

TRAINING = {
    "optimiser": {"name": "sgd", "lr": 0.1},
    "schedule": {"name": "constant"},
    "epochs": 1,
}


class Layers(nn.Module):
    """Two convolutions, as they should be."""

    def __init__(self, structures: int):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.last = nn.Conv2d(4, structures, 3, padding=1)

    def forward(self, images, prompts=None, cached=None):
        return self.last(self.first(images).relu())


class InAList(Layers):
    def __init__(self, structures):
        super().__init__(structures)
        self.hidden = [nn.Conv2d(4, 4, 3, padding=1)]
        self.last = nn.Sequential(lambda_of(self.hidden[0]), self.last)


def lambda_of(layer):
    """A module that does not know the layer that it calls."""

    class Call(nn.Module):
        def forward(self, x):
            return layer(x)

    return Call()


class NoBuffer(Layers):
    def __init__(self, structures):
        super().__init__(structures)
        self.scale = torch.rand(1, structures, 1, 1)

    def forward(self, images, prompts=None, cached=None):
        return super().forward(images) * self.scale


class FrozenAtRandom(Layers):
    def __init__(self, structures):
        super().__init__(structures)
        self.first.requires_grad_(False)


class AlwaysDropping(Layers):
    def forward(self, images, prompts=None, cached=None):
        return nn.functional.dropout(super().forward(images))


class Halved(Layers):
    def forward(self, images, prompts=None, cached=None):
        return super().forward(images)[..., ::2, ::2]


class Named(Layers):
    def forward(self, images, prompts=None, cached=None):
        return {"out": super().forward(images)}


class NoNumbers(Layers):
    def forward(self, images, prompts=None, cached=None):
        return super().forward(images) * (1.0 if self.training else torch.nan)


class OneMore(Layers):
    def __init__(self, structures):
        super().__init__(structures + 1)


def method_of(recipe: dict, network: type, monkeypatch) -> Method:
    monkeypatch.setattr(f"{__name__}.built", network, raising=False)
    recipe = recipe | {"network": {"name": f"{__name__}:build"}}
    return Method(recipe, ["disc", "cup"])


def build(*, structures: int) -> nn.Module:
    return built(structures)  # noqa: F821 (set by `method_of`)


def batch() -> Batch:
    images = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 1, 16, 12)))
    targets = torch.zeros(2, 2, 16, 12)
    return Batch(images.float(), targets, torch.ones(2, 2, dtype=torch.bool))


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (InAList, "after it was built again"),
        (NoBuffer, "after it was built again"),
        (FrozenAtRandom, "after it was built again"),
        (AlwaysDropping, "asked about the same slices again"),
        (Halved, r"an output \[2, 2, 8, 6\], expected logits \[2, 2, 16, 12\]"),
        (OneMore, r"an output \[2, 3, 16, 12\], expected logits \[2, 2, 16, 12\]"),
        (Named, "an output of type dict"),
        (NoNumbers, r"outputs that are not numbers \(NaN\)"),
    ],
)
def test_what_would_be_tested_with_other_weights_is_refused(
    small_training, monkeypatch, network, message
):
    one, other = (method_of(small_training, network, monkeypatch) for _ in range(2))
    with pytest.raises(InputError, match=message):
        rehearse(one, other, batch())


class InPlaceOnly(Layers):
    """Changes the images it is given, which are its own."""

    def forward(self, images, prompts=None, cached=None):
        return super().forward(images.mul_(2))


@pytest.mark.parametrize("network", [Layers, InPlaceOnly])
def test_a_sound_network_is_left_as_it_was(small_training, monkeypatch, network):
    one, other = (method_of(small_training, network, monkeypatch) for _ in range(2))
    before = {name: tensor.clone() for name, tensor in one.state_dict().items()}
    rehearse(one, other, batch())
    for name, tensor in one.state_dict().items():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)


def test_nothing_that_is_trained_is_refused(small_training, monkeypatch):
    method = method_of(small_training, Layers, monkeypatch)
    method.requires_grad_(False)
    with pytest.raises(InputError, match="no parameter that is trained"):
        Optimisers(method.groups(), TRAINING, epoch_steps=1)


def test_a_loss_without_a_gradient_is_refused(small_training, monkeypatch):
    method = method_of(small_training, Layers, monkeypatch)
    optimise = Optimisers(method.groups(), TRAINING, epoch_steps=1)
    with pytest.raises(InputError, match="depends on no trained parameter"):
        optimise(method.losses(batch())["loss"].detach())


class NoList(View):
    def apply(self, batch, draws):
        return batch


class Nothing(View):
    def apply(self, batch, draws):
        return []


class InPlace(View):
    def apply(self, batch, draws):
        changed = batch.images
        changed *= 2
        return [batch, batch._replace(images=changed)]


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (NoList, "a Batch from `apply`"),
        (Nothing, "no batch from `apply`"),
        (InPlace, "changed in place"),
    ],
)
def test_views_return_new_batches(view, message):
    with pytest.raises(InputError, match=f"the view {view.__name__}: .*{message}"):
        view()(batch())


def test_logits_that_are_not_numbers_are_no_background(pack_discs):
    packed = pack_discs()
    predictor = object.__new__(NetworkPredictor)
    predictor._threshold, predictor._count = 0.5, 1
    logits = torch.zeros(3, 1, 64, 64)
    predictor._masks(logits, CaseSlices(packed, "case3"))
    logits[1, 0, 2, 2] = torch.nan
    with pytest.raises(InputError, match=r"case case3: found .*\(NaN\)"):
        predictor._masks(logits, CaseSlices(packed, "case3"))
