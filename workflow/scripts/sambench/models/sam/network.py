"""A SAM that answers a prompt per structure."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sambench.models.sam.coordinates import first_and_last_pixel, pixel_of_point
from sambench.models.sam.decoding import decode_prompts
from sambench.models.sam.frame import Frame
from sambench.models.sam.grid import GridFilter

POINTS_AT_A_TIME = 9
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
    truncate_boxes : bool
        Cut scaled boxes to whole pixels, as LiteMedSAM's test does.
    """

    truncate_boxes = False

    def __init__(
        self,
        sam: nn.Module,
        frame: Frame,
        grid: Mapping[str, Any] | None = None,
        truncate_boxes: bool = False,
    ):
        super().__init__()
        self.sam = sam
        self.frame = frame
        self.grid_filter = GridFilter(**(grid or {}))
        self.truncate_boxes = truncate_boxes

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
        embeddings = self.cast(embeddings)
        if prompts.grid is not None:
            return self._ask_grid(embeddings, prompts.grid, shape)
        present = prompts.present(torch.Size())
        logits = embeddings.new_full((*present.shape, *shape), NOTHING)
        if not self.training and not present.any():
            return logits
        where, masks, quality = self.ask(embeddings, prompts, shape)
        masks, _ = self.choose(masks, quality)
        found = self.finish(self.frame.leave(masks, shape)[:, 0]).to(logits.dtype)
        if self.training:
            found = found.where(present[where][:, None, None], NOTHING)
        return logits.index_put(where, found)

    def ask(
        self, embeddings: Tensor, prompts: Any, shape: tuple[int, int]
    ) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor]:
        """Decode every prompt that there is, on the decoder's own grid.

        In training every one that there may be: to count them, a GPU would be waited
        for. What is decoded of absent ones means nothing.

        Returns
        -------
        where : tuple of Tensor, `(K,)`
            Slice and structure of each prompt.
        masks, quality : Tensor, `(K, M, 4 g, 4 g)` and `(K, M)`
            See `decode`.
        """
        if self.training:
            where = prompts.places()
            each = embeddings.repeat_interleave(len(where[0]) // len(embeddings), 0)
        else:
            where = torch.nonzero(prompts.present(torch.Size()), as_tuple=True)
            each = embeddings[where[0]]
        marked = self._marked(prompts, where, shape)
        marked = {name: part.to(each.device) for name, part in marked.items()}
        return where, *self.decode(each, **marked)

    def choose(
        self, masks: Tensor, quality: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """Choose a mask per prompt, `(K, 1, s, s)`, and its quality `(K, 1)`."""
        return masks[:, :1], quality if quality is None else quality[:, :1]

    def finish(self, logits: Tensor) -> Tensor:
        """Clean the chosen masks `(K, H, W)`; they stay as they are."""
        return logits

    def _marked(
        self, prompts: Any, where: tuple[Tensor, Tensor], shape: tuple[int, int]
    ) -> dict[str, Tensor]:
        """Gather the prompts of slices and structures, on the network's grid."""
        scale = self.frame.scale(shape)
        marked = {}
        if prompts.boxes is not None:
            boxes = first_and_last_pixel(prompts.boxes[where], scale)
            marked["boxes"] = boxes.trunc() if self.truncate_boxes else boxes
        if prompts.clicks is not None:
            marked["points"] = pixel_of_point(prompts.clicks[where], scale)
        if prompts.click_labels is not None:
            marked["labels"] = prompts.click_labels[where]
        if prompts.answers is not None:
            answers = prompts.answers[where][:, None]
            size = self.sam.prompt_encoder.mask_input_size
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

    def decode(
        self, embeddings: Tensor, **prompt: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """Decode one prompt per embedding, in training without the quality.

        See `decode_prompts`.
        """
        encoder, decoder = self.sam.prompt_encoder, self.sam.mask_decoder
        judged = not self.training
        return decode_prompts(encoder, decoder, embeddings, judged, **prompt)

    def _ask_grid(self, embeddings: Tensor, grid: Tensor, shape: Any) -> Tensor:
        """Ask about each point and keep one mask per slice, `(B, 1, H, W)`."""
        points = grid[:, None] * self.frame.scale(shape)
        kept = [
            self._best_of(embedding[None], points, shape) for embedding in embeddings
        ]
        return torch.stack(kept)[:, None]

    def _best_of(self, embedding: Tensor, points: Tensor, shape: Any) -> Tensor:
        """Keep one mask of one slice, `(H, W)`; few at a time are enlarged."""
        found, qualities = [], []
        for some in points.split(POINTS_AT_A_TIME):
            repeated = embedding.expand(len(some), -1, -1, -1)
            masks, quality = self.decode(repeated, points=some)
            quality = quality[:, self.grid_filter.masks].flatten()
            good = quality > self.grid_filter.quality
            masks = masks[:, self.grid_filter.masks].flatten(0, 1)[good]
            found.append(self.frame.leave(masks[:, None], shape)[:, 0])
            qualities.append(quality[good])
        return self.grid_filter(torch.cat(found), torch.cat(qualities), NOTHING)

    def cast(self, cached: Tensor) -> Tensor:
        """Bring what was kept in files to the precision of the weights."""
        return cached.to(self.sam.mask_decoder.iou_token.weight.dtype)
