"""DeSAM: SAM's frozen encoder and prompt encoder, its two trained modules."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from sambench.models.desam.mask_module import MaskModule
from sambench.models.sam.decoding import encode_prompts, exchange
from sambench.models.sam.frame import Frame
from sambench.models.sam.grid import GridFilter
from sambench.models.sam.network import NOTHING, PromptableSam

LEVELS = 3  # taps


class TappedEncoder:
    """A frozen encoder that is built at its first use: never, if its maps are files.

    No module: its weights are those of the backbone's file and belong to no run.

    Parameters
    ----------
    build : callable
        Returns the encoder with its weights.
    blocks : tuple of int
        Blocks that are tapped, see `tap`.
    """

    def __init__(self, build: Callable[[], nn.Module], blocks: tuple[int, ...]):
        self._build, self._blocks = build, blocks
        self.encoder: nn.Module | None = None

    @torch.no_grad()
    def __call__(self, images: Tensor) -> Tensor:
        """Encode images `(B, 3, S, S)` on their device, as `tap` does."""
        if self.encoder is None:
            self.encoder = self._build().requires_grad_(False).eval()
        return tap(self.encoder.to(images.device), images, self._blocks)


class PromptModule(nn.Module):
    """DeSAM's first half (PRIM): SAM's tokens, two-way transformer and quality head.

    Parameters
    ----------
    decoder : nn.Module
        SAM's mask decoder with its weights, of which these parts are taken over.
    """

    def __init__(self, decoder: nn.Module):
        super().__init__()
        self.transformer = decoder.transformer
        self.iou_token = decoder.iou_token
        self.mask_tokens = decoder.mask_tokens
        self.iou_prediction_head = decoder.iou_prediction_head

    def forward(
        self, embeddings: Tensor, position: Tensor, sparse: Tensor, dense: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Exchange between prompts and images; see `decode_tokens`.

        Returns
        -------
        mask_embedding : Tensor, `(B, c, g, g)`
        quality : Tensor, `(B,)`
            Predicted intersection over union.
        """
        tokens, image = exchange(self, embeddings, position, sparse, dense)
        return image, self.iou_prediction_head(tokens[:, 0])[:, 0]


class Desam(PromptableSam):
    """One mask for a point anywhere, or for a box around the whole slice.

    Parameters
    ----------
    sam : nn.Module
        Of which the prompt encoder is kept and the mask decoder's transformer, tokens
        and quality head are taken over, with their weights.
    encoder : TappedEncoder
        Gives the taps and the embedding.
    frame : Frame
        How slices become images.
    tap_width : int
        Channels of the taps.
    widths : sequence of int
        Widths of the mask module.
    grid : mapping, optional
        Arguments of `GridFilter` that differ from those of DeSAM's test: one mask a
        point, no filter by stability.
    """

    def __init__(
        self,
        sam: nn.Module,
        encoder: TappedEncoder,
        frame: Frame,
        tap_width: int,
        widths: Sequence[int],
        grid: Mapping[str, Any] | None = None,
    ):
        nn.Module.__init__(self)
        parts = dict(sam.named_children())
        self.prompt_encoder = parts["prompt_encoder"]
        self.prim = PromptModule(parts["mask_decoder"])
        self.pdmm = MaskModule(tap_width, widths)
        self.requires_grad_(True)
        self.prompt_encoder.requires_grad_(False)
        self.encoder, self.frame, self.tap_width = encoder, frame, tap_width
        options = {"stability": None, "ambiguous": False, **(grid or {})}
        self.grid_filter = GridFilter(**options)

    def train(self, mode: bool = True) -> "Desam":
        """Switch to training; the prompt encoder has nothing that would change."""
        return nn.Module.train(self, mode)

    def encode(self, images: Tensor) -> Tensor:
        """Compute taps and embedding of slices `(B, 3, H, W)`, 0 to 255."""
        return self.encoder(self.frame.enter(images))

    def decode(self, embeddings: Tensor, **prompt: Tensor) -> tuple[Tensor, Tensor]:
        """Decode one prompt per encoded slice.

        Parameters
        ----------
        embeddings : Tensor, `(N, T * C + c, g, g)`
            What `encode` gave.
        **prompt : Tensor
            `boxes` `(N, 4)`, or `points` `(N, P, 2)`, in pixels of the encoder's
            images; the label of a point is 1 wherever it lies.

        Returns
        -------
        logits : Tensor, `(N, 1, 4 g, 4 g)`
        quality : Tensor, `(N, 1)`
        """
        taps, embedding = split(embeddings, self.tap_width)
        given = {n: t for n, t in prompt.items() if n != "labels"}
        encoded = encode_prompts(self.prompt_encoder, **given)
        found, quality = self.prim(embedding, *encoded)
        return self.pdmm(found, taps), quality[:, None]

    def finish(self, logits: Tensor) -> Tensor:
        """Clean masks `(K, H, W)` as the code cleans the one of the whole box."""
        if self.training:
            return logits
        one = logits.new_ones(1)
        return torch.stack([self.grid_filter(m[None], one, NOTHING) for m in logits])

    def cast(self, cached: Tensor) -> Tensor:
        """Bring what was kept in files to the precision of the weights."""
        return cached.to(self.prim.iou_token.weight.dtype)


def tap(encoder: nn.Module, images: Tensor, blocks: tuple[int, ...]) -> Tensor:
    """Encode images `(B, 3, S, S)`, with the maps after T blocks, in rising order.

    The result `(B, T * C + c, g, g)` has the T maps of C channels, then the embedding.
    """
    maps = []
    tokens = images
    for index, tokens in enumerate(encoder.block_outputs(images)):
        if index in blocks:
            maps.append(tokens.permute(0, 3, 1, 2))
    return torch.cat([*maps, encoder.embed(tokens)], 1)


def split(encoded: Tensor, width: int) -> tuple[list[Tensor], Tensor]:
    """Split what `tap` gave into the maps of `width` channels and the embedding."""
    *maps, embedding = encoded.split(
        [width] * LEVELS + [encoded.shape[1] - LEVELS * width], 1
    )
    return maps, embedding
