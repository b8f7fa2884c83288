"""A frozen encoder that is in memory only if it is used."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class FrozenEncoder:
    """Build an encoder at its first use: never, if what it gives was kept in files.

    No module: its weights are those of the backbone's file and belong to no run.

    Parameters
    ----------
    build : callable
        Returns the encoder with its weights.
    run : callable
        From the encoder and images `(B, 3, S, S)` to what it gives.
    """

    def __init__(
        self,
        build: Callable[[], nn.Module],
        run: Callable[[nn.Module, Tensor], Tensor],
    ):
        self._build, self._run = build, run
        self._encoder: nn.Module | None = None

    @torch.no_grad()
    def __call__(self, images: Tensor) -> Tensor:
        """Encode images, on their device."""
        if self._encoder is None:
            self._encoder = self._build().requires_grad_(False).eval()
        if next(self._encoder.parameters()).device != images.device:
            self._encoder.to(images.device)
        return self._run(self._encoder, images)

    @property
    def in_memory(self) -> bool:
        """Whether it was used."""
        return self._encoder is not None
