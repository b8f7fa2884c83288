"""Views or features perturbed in a further pass, as MaxStyle's trainer has them."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor

from sambench.compute.distributed import pooled_mean
from sambench.methods.algorithms.dual_branch import DualBranch, Passed
from sambench.methods.batch import Batch
from sambench.methods.freezing import frozen_norms
from sambench.methods.optimise import Optimise


class PerturbedFeatures(DualBranch):
    """Pass noisy images again, with the recipe's features changed in this pass alone.

    MaxStyle's port of MixStyle and DSU (code at 89933fb): batch norms learn nothing
    from the further pass.
    """

    def pass_through(self, images: Tensor) -> Passed:
        """Encode, segment and reconstruct with features as they are."""
        with self._features(False):
            return super().pass_through(images)

    def harder(self, view: Batch, noisy: Tensor, passed: Passed) -> dict[str, Tensor]:
        """Compute the losses of perturbed features."""
        with frozen_norms(self.network), self._features(True):
            found = super().pass_through(noisy)
        return self.compared(found, view, "perturbed_")

    @contextmanager
    def _features(self, active: bool) -> Iterator[None]:
        self.features.train(active)
        try:
            yield
        finally:
            self.features.train(self.training)


class PerturbedViews(DualBranch):
    """Hold predictions of views together, and reconstruct the clean image from each.

    MaxStyle's port of RandConv (code at 89933fb). The first of the recipe's views is
    the clean image, which alone is segmented under supervision; the others are held
    together.
    """

    n_views = None

    def update(self, batch: Batch, optimise: Optimise) -> dict[str, Tensor]:
        """Learn from one packed batch: one step on the sum of all losses."""
        clean, *others = self.see(batch)
        passed = self.pass_through(self.with_noise(clean.images))
        losses = self.compared(passed, clean)
        with frozen_norms(self.network):
            found = [self.pass_through(view.images) for view in others]
        errors = [pooled_mean((each.image - clean.images).square()) for each in found]
        losses["views_reconstruction"] = self.reconstruction * sum(errors)
        losses["consistency"] = self.disagreement([each.logits for each in found])
        optimise(sum(losses.values()))
        return losses
