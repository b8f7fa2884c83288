"""Small algorithms and parts that need what the default method does not."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits

from sambench.methods.features.feature import Feature
from sambench.methods.method import Method
from sambench.methods.views.view import View
from sambench.predict.policies import ByBatch


class Tiny(nn.Module):
    """Two convolutions with batch normalisation and dropout, of one named stage."""

    def __init__(self, structures: int, *, context: int = 1):
        super().__init__()
        self.context = context
        # Without a bias, which batch normalisation would take away again
        first = nn.Conv2d(3, 6, 3, padding=1, bias=False)
        self.first = nn.Sequential(first, nn.BatchNorm2d(6))
        self.last = nn.Conv2d(6, structures, 3, padding=1)
        self.dropout = nn.Dropout(0.1)
        self.stages = {"first": self.first}

    def forward(self, images, prompts=None, cached=None):
        x = self.first(images).relu()
        if self.context > 1:  # neighbours stand side by side
            windows = x.unflatten(0, (-1, self.context))
            x = x + windows.mean(1, keepdim=True).expand_as(windows).flatten(0, 1)
        return self.last(self.dropout(x))


class Plain(Tiny):
    """Without anything random, for comparisons of processes."""

    def __init__(self, structures: int):
        super().__init__(structures)
        self.dropout = nn.Identity()


class TwoOptimisers(Method):
    """An adversary raises the loss that the network lowers, as ADS does."""

    def __init__(self, **given):
        super().__init__(**given)
        self.adversary = nn.Conv2d(3, 3, 1)

    def groups(self):
        return super().groups() | {"adversary": list(self.adversary.parameters())}

    def update(self, batch, optimise):
        (view,) = self.see(batch)
        changed = view._replace(images=view.images + self.adversary(view.images).tanh())
        loss = self.compare(self.network(changed.images), changed)
        optimise(-loss, "adversary")
        loss = self.compare(self.network(changed.images.detach()), changed)
        optimise(loss, "main")
        return {"loss": loss}


class InnerLoop(Method):
    """Find the worst noise in a few steps, then learn from it, as MaxStyle does."""

    def __init__(self, *, steps: int = 3, **given):
        super().__init__(**given)
        self.steps = steps

    def update(self, batch, optimise):
        (view,) = self.see(batch)
        noise = torch.randn_like(view.images).mul(0.1).requires_grad_()
        inner = torch.optim.Adam([noise], lr=0.1)
        for _ in range(self.steps):
            loss = -self.compare(self.network(view.images + noise), view)
            (noise.grad,) = torch.autograd.grad(loss, noise)
            inner.step()
        loss = self.compare(self.network(view.images + noise.detach()), view)
        optimise(loss)
        return {"loss": loss}


class FourUpdates(Method):
    """Content vectors are pulled together, then three views learnt, as in CCSDG."""

    def __init__(self, **given):
        super().__init__(**given)
        self.projector = nn.Linear(6, 4)

    def groups(self):
        return super().groups() | {"prompt": list(self.projector.parameters())}

    def update(self, batch, optimise):
        (view,) = self.see(batch)
        views = [view._replace(images=view.images * s) for s in (0.5, 1.0, 1.5)]
        maps = [self.network.first(v.images).mean((2, 3)) for v in views]
        vectors = [self.projector(each) for each in maps]
        apart = sum((a - b).abs().mean() for a, b in pairwise(vectors))
        optimise(apart, "prompt")
        losses = []
        for each in views:
            losses.append(self.compare(self.network(each.images), each))
            optimise(losses[-1], "main")
        return {"loss": torch.stack(losses).detach().mean(), "apart": apart}


class TwoPasses(Method):
    """Two backward passes and one step, as SLAug has it."""

    def update(self, batch, optimise):
        (view,) = self.see(batch)
        images = view.images.detach().clone().requires_grad_()
        optimise.zero()
        first = self.compare(self.network(images), view)
        optimise.backward(first)
        saliency = avg_pool2d(images.grad.square().mean(1, True).sqrt(), 3, 1, 1)
        mixed = images.detach() * (1 + saliency / saliency.amax().clamp(min=1e-9))
        second = self.compare(self.network(mixed), view)
        optimise.backward(second)
        optimise.step()
        return {"loss": (first + second).detach()}


class ThreeViews(View):
    """Three scalings of the packed intensities, of random strength."""

    space = "packed"

    def draw(self, batch):
        return torch.rand(3, len(batch.images), 1, 1, 1, device=batch.images.device)

    def apply(self, batch, draws):
        return [batch._replace(images=batch.images + 0.3 * each) for each in draws]


class Shuffled(Feature):
    """Mix the statistics of feature maps between slices, as MixStyle does."""

    def __init__(self, *, share: float = 0.5):
        super().__init__()
        self.share = share

    def draw(self, x):
        return torch.randperm(len(x), device=x.device)

    def apply(self, x, draws):
        mean = x.mean((2, 3), keepdim=True)
        return x + self.share * (mean[draws] - mean)


class Backwards(ByBatch):
    """A test-time policy that walks a case from its end."""

    def __call__(self, method, images, prompts=None, cached=None):
        return super().__call__(method, images.flip(0), prompts, cached).flip(0)


class Centre(ByBatch):
    """Ask about each slice in the middle of a window of five."""

    def __call__(self, method, images, prompts=None, cached=None):
        last = len(images) - 1
        around = torch.arange(len(images))[:, None] + torch.arange(-2, 3)
        logits = method.predict(images[around.clamp(0, last).flatten()])
        return logits.unflatten(0, (-1, 5))[:, 2]


def entropy(logits, targets, annotated):
    """Compute the mean cross-entropy of annotated structures."""
    return binary_cross_entropy_with_logits(logits[annotated], targets[annotated])


class Entropy(nn.Module):
    """The loss `entropy`, as a recipe names it."""

    forward = staticmethod(entropy)


class Diverging(Method):
    """The loss is not a number from the fourth step on."""

    def losses(self, batch):
        self.calls = getattr(self, "calls", 0) + 1
        (loss,) = super().losses(batch).values()
        return {"loss": loss * (float("nan") if self.calls > 3 else 1)}
