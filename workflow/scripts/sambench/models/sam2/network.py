"""One adapter for SAM 2.1 and SAM 3: a slice is encoded once, each prompt decoded."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.errors import InputError
from sambench.models.sam.coordinates import first_and_last_pixel, pixel_of_point
from sambench.models.sam.network import NOTHING

LARGEST = 32.0  # of the logits that SAM 2 is given back: its code clamps them


class TransformersSam(nn.Module):
    """A SAM of `transformers` that answers a prompt per structure, never trained.

    Slices are stretched to the square that the model reads, as its own processor does.
    One point alone is ambiguous: of three answers that of the best predicted quality is
    taken; anything else has one answer.

    Parameters
    ----------
    model : nn.Module
        `Sam2Model` or `Sam3TrackerModel`, weights loaded.
    image_size : int
        Rows and columns of its images in pixels.
    mean, std : sequence of float
        Mean and standard deviation of the channels of images from 0 to 1.
    """

    def __init__(
        self,
        model: nn.Module,
        image_size: int,
        mean: Sequence[float],
        std: Sequence[float],
    ):
        super().__init__()
        self.model = model.requires_grad_(False)
        self.image_size = image_size
        for name, values in (("mean", mean), ("std", std)):
            tensor = torch.tensor(values)[:, None, None]
            self.register_buffer(name, tensor, persistent=False)

    def forward(
        self, images: Tensor, prompts: Any = None, cached: Tensor | None = None
    ) -> Tensor:
        """Segment what boxes, clicks or both mark in slices `(N, 3, H, W)`, 0 to 255.

        Return logits `(N, C, H, W)`, a channel per structure of the prompts.
        """
        if prompts.grid is not None:
            raise InputError(
                where="the recipe's prompt",
                found="a grid of points",
                expected="boxes or clicks, which SAM 2 and SAM 3 answer",
                remedy="Choose the prompt box or click, or the network promptable_sam",
            )
        present = prompts.present(torch.Size())
        shape = images.shape[-2:]
        logits = images.new_full((*present.shape, *shape), NOTHING, dtype=torch.float32)
        slices, channels = torch.nonzero(present, as_tuple=True)
        if not len(slices):
            return logits
        encoded = self.model.get_image_embeddings(self._enter(images))
        asked = self._asked(prompts, slices, channels, shape)
        one_point = prompts.clicks is not None and prompts.clicks.shape[2] == 1
        answers = self.model(
            image_embeddings=[level[slices] for level in encoded],
            multimask_output=one_point and prompts.boxes is None,
            **asked,
        )
        best = answers.iou_scores[:, 0].argmax(-1)
        masks = answers.pred_masks[torch.arange(len(best)), 0, best][:, None].float()
        found = functional.interpolate(masks, tuple(shape), mode="bilinear")[:, 0]
        return logits.index_put((slices, channels), found)

    def _enter(self, images: Tensor) -> Tensor:
        """Scale images from 0..255 for the model and stretch them to its square."""
        images = functional.interpolate(
            images.float() / 255,
            (self.image_size, self.image_size),
            mode="bilinear",
            antialias=max(images.shape[-2:]) > self.image_size,
        )
        return (images - self.mean) / self.std

    def _asked(
        self, prompts: Any, slices: Tensor, channels: Tensor, shape: Sequence[int]
    ) -> dict[str, Tensor]:
        """Gather the arguments of the model: prompts in pixels of its images."""
        height, width = shape
        scale = self.image_size / torch.tensor(
            [width, height], dtype=torch.float32, device=slices.device
        )
        asked: dict[str, Tensor] = {}
        if prompts.boxes is not None:
            boxes = prompts.boxes[slices, channels].float()
            asked["input_boxes"] = first_and_last_pixel(boxes, scale)[:, None]
        if prompts.clicks is not None:
            points = pixel_of_point(prompts.clicks[slices, channels].float(), scale)
            labels = points.new_ones(points.shape[:2])
            if prompts.click_labels is not None:
                labels = prompts.click_labels[slices, channels]
            asked["input_points"] = points[:, None]
            asked["input_labels"] = labels[:, None].to(torch.int32)
        if prompts.answers is not None:
            answers = prompts.answers[slices, channels][:, None].float()
            asked["input_masks"] = functional.interpolate(
                answers, self.model.prompt_encoder.mask_input_size, mode="bilinear"
            ).clamp(-LARGEST, LARGEST)
        return asked
