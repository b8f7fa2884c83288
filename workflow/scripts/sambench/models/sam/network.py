"""A SAM that answers a prompt per structure."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sambench.models.sam.coordinates import first_and_last_pixel, pixel_of_point
from sambench.models.sam.decoding import decode_prompts
from sambench.models.sam.frame import Frame
from sambench.models.sam.grid import GridFilter

NOTHING = -30.0  # the logit where no prompt was given: a probability of 1e-13


class PromptableSam(nn.Module):
    """Encode a slice once, decode each structure's prompt.

    Parameters
    ----------
    sam : nn.Module
        With `image_encoder`, `prompt_encoder` and `mask_decoder`, weights loaded.
    frame : Frame
        How slices become images.
    grid : mapping, optional
        Arguments of `GridFilter`, for prompts that are grids of points.
    """

    promptable = True

    def __init__(
        self, sam: nn.Module, frame: Frame, grid: Mapping[str, Any] | None = None
    ):
        super().__init__()
        self.sam = sam
        self.frame = frame
        self.grid_filter = GridFilter(**(grid or {}))

    def forward(
        self, images: Tensor, prompts: Any = None, cached: Tensor | None = None
    ) -> Tensor:
        """Segment what the prompts mark.

        Parameters
        ----------
        images : Tensor, `(B, 3, H, W)`
            0 to 255; only their size is used if embeddings are given.
        prompts : Prompts
            In the coordinates of `images`.
        cached : Tensor, `(B, c, g, g)`, optional
            What `encode` gave for these images.

        Returns
        -------
        Tensor, `(B, C, H, W)`
            Logits, a channel per structure of the prompts.
        """
        embeddings = self.encode(images) if cached is None else cached
        return self.answer(embeddings, prompts, images.shape[-2:])

    def answer(
        self, embeddings: Tensor, prompts: Any, shape: tuple[int, int]
    ) -> Tensor:
        """Segment what prompts mark in encoded slices of a shape; see `forward`."""
        embeddings = embeddings.to(self._dtype())
        if prompts.grid is not None:
            return self._ask_grid(embeddings, prompts.grid, shape)
        present = prompts.present(torch.Size())
        logits = embeddings.new_full((*present.shape, *shape), NOTHING)
        slices, channels = torch.nonzero(present, as_tuple=True)
        if not len(slices):
            return logits
        marked = self._marked(prompts, slices, channels, shape)
        masks, _ = self.decode(embeddings[slices], **marked)
        found = self.frame.leave(masks[:, :1], shape)[:, 0]
        return logits.index_put((slices, channels), found.to(logits.dtype))

    def _marked(
        self, prompts: Any, slices: Tensor, channels: Tensor, shape: tuple[int, int]
    ) -> dict[str, Tensor]:
        """Gather the prompts of slices and channels `(P,)`, on the network's grid."""
        scale = self.frame.scale(shape)
        marked = {}
        if prompts.boxes is not None:
            boxes = prompts.boxes[slices, channels]
            marked["boxes"] = first_and_last_pixel(boxes, scale)
        if prompts.clicks is not None:
            points = prompts.clicks[slices, channels]
            marked["points"] = pixel_of_point(points, scale)
        if prompts.click_labels is not None:
            marked["labels"] = prompts.click_labels[slices, channels]
        if prompts.answers is not None:
            size = self.sam.prompt_encoder.mask_input_size
            answers = prompts.answers[slices, channels][:, None]
            marked["masks"] = self.frame.enter_logits(answers, size, NOTHING)
        return marked

    def train(self, mode: bool = True) -> "PromptableSam":
        """Switch to training, but for parts that are frozen as a whole."""
        super().train(mode)
        for part in self.sam.children():
            if not any(p.requires_grad for p in part.parameters()):
                part.eval()
        return self

    def encode(self, images: Tensor) -> Tensor:
        """Encode slices `(B, 3, H, W)`, 0 to 255, as `(B, c, g, g)`."""
        return self.sam.image_encoder(self.frame.enter(images))

    def decode(self, embeddings: Tensor, **prompt: Tensor) -> tuple[Tensor, Tensor]:
        """Decode one prompt per embedding; see `decode_prompts`."""
        return decode_prompts(
            self.sam.prompt_encoder, self.sam.mask_decoder, embeddings, **prompt
        )

    def _ask_grid(self, embeddings: Tensor, grid: Tensor, shape: Any) -> Tensor:
        """Ask about each point and keep one mask per slice, `(B, 1, H, W)`."""
        points = grid[:, None] * self.frame.scale(shape)
        kept = []
        for embedding in embeddings:
            repeated = embedding.expand(len(points), -1, -1, -1)
            masks, quality = self.decode(repeated, points=points)
            masks = self.frame.leave(masks, shape)
            kept.append(self.grid_filter(masks, quality, NOTHING))
        return torch.stack(kept)[:, None]

    def _dtype(self) -> torch.dtype:
        return self.sam.mask_decoder.iou_token.weight.dtype
