"""ADS: a synthesiser that makes predictions differ (Xu et al., MICCAI 2022)."""

from itertools import chain
from typing import Annotated, Any, NamedTuple

import torch
from torch import Tensor, nn

from sambench.methods.algorithms.patch_nce import (
    Encoder,
    PatchVectors,
    draw_positions,
    patch_nce,
)
from sambench.methods.algorithms.synthesiser import Draws as StyleDraws
from sambench.methods.algorithms.synthesiser import Synthesiser
from sambench.methods.batch import Batch
from sambench.methods.consistency import symmetric_kl
from sambench.methods.freezing import frozen_weights
from sambench.methods.method import Method
from sambench.methods.optimise import Optimise


class Draws(NamedTuple):
    """Random numbers of one update.

    Attributes
    ----------
    style : StyleDraws
        Style draws of the views.
    positions : list of list of Tensor, optional
        Patches of each tap, for two evaluations; drawn when they are needed, if left
        out.
    """

    style: StyleDraws
    positions: list[list[Tensor]] | None = None


class ADS(Method):
    """Two updates a batch: the segmenter on two views, then what makes the views.

    The synthesiser makes the predictions of its views differ while the first view
    still shares information with the image (code at 27fbc90). Both evaluations of that
    information take the first view, as there.

    Parameters
    ----------
    agreement, difference, information : float
        Weights of the divergence in the segmenter's loss, of the divergence and of the
        information in the synthesiser's loss.
    width, blocks, length, patches : int
        Width, residual blocks, vector length and patches of the contrastive network.
    """

    n_views = 1

    exclusive = False  # whether channels of logits are classes already

    def __init__(
        self,
        *,
        agreement: float = 10,
        difference: float = 100,
        information: float = 10,
        width: int = 32,
        blocks: int = 6,
        length: int = 256,
        patches: int = 256,
        **parts: Annotated[Any, "sambench.methods.method:Method"],
    ):
        super().__init__(**parts)
        self.agreement, self.difference = agreement, difference
        self.information, self.patches = information, patches
        self.synthesiser = Synthesiser()
        self.encoder = Encoder(width=width, blocks=blocks)
        self.vectors = PatchVectors(self.encoder.widths, length)

    def groups(self) -> dict[str, list[nn.Parameter]]:
        """Return the segmenter, and what makes and compares views."""
        parts = (self.encoder, self.vectors, self.synthesiser)
        makers = list(chain.from_iterable(part.parameters() for part in parts))
        return {**super().groups(), "synthesiser": makers}

    def draw(self, images: Tensor) -> Draws:
        """Draw styles and shares for normalised images."""
        return Draws(self.synthesiser.draw(images))

    def update(self, batch: Batch, optimise: Optimise) -> dict[str, Tensor]:
        """Learn from one packed batch."""
        view = self.see(batch)[0]
        draws = self.draw(view.images)
        views, made = self.synthesiser(view.images, draws.style)

        logits = [self.network(image.detach()) for image in views]
        loss = sum(self.compare(scores, view) for scores in logits)
        agree = self._divergence(logits)
        optimise(loss + self.agreement * agree, "main")

        with frozen_weights(self.network):
            differ = self._divergence([self.network(image) for image in views])
            shared = self.shared(view.images, made[0], draws.positions)
            optimise(
                self.information * shared - self.difference * differ, "synthesiser"
            )
        return {"loss": loss, "agree": agree, "differ": differ, "shared": shared}

    def shared(
        self,
        images: Tensor,
        made: Tensor,
        positions: list[list[Tensor]] | None = None,
    ) -> Tensor:
        """Compute the contrastive loss of images and a view, over two evaluations."""
        features = self.encoder(made), self.encoder(images)
        if positions is None:
            positions = [draw_positions(features[0], self.patches) for _ in range(2)]
        losses = [
            patch_nce(*(self.vectors(maps, chosen) for maps in features))
            for chosen in positions
        ]
        return torch.stack(losses).mean()

    def _divergence(self, logits: list[Tensor]) -> Tensor:
        return symmetric_kl(torch.stack(logits), exclusive=self.exclusive)
