"""SAM-Med2D (2023): adapters beside SAM's MLPs, trained on prompts in nine steps.

As its published code (bfd2b93) computes it, which ``python -m sambench parity`` checks.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn

from sambench.compute.constants import constant
from sambench.models.sam.attention import attend
from sambench.models.sam.build import build_sam
from sambench.models.sam.decoding import decode_tokens, encode_prompts
from sambench.models.sam.encoder import SamImageEncoder
from sambench.models.sam.frame import Frame
from sambench.models.sam.network import PromptableSam
from sambench.models.sam.positions import load_sam_weights
from sambench.models.sam.pretrained import read_backbone, vit_size
from sambench.models.sam.renaming import Renaming

REDUCTION = 4


class SpaceAdapter(nn.Module):
    """A gate of channels, then down and up by convolutions, added and normalised.

    The norm at the end makes it no small change at the start. The grid must be even.
    """

    def __init__(self, width: int):
        super().__init__()
        self.squeeze = nn.Linear(width, width // REDUCTION, bias=False)
        self.excite = nn.Linear(width // REDUCTION, width, bias=False)
        self.down = nn.Conv2d(width, width, 3, stride=2, padding=1, bias=False)
        self.up = nn.ConvTranspose2d(width, width, 4, stride=2, padding=1, bias=False)
        self.norm = nn.LayerNorm(width)
        for layer in (self.squeeze, self.excite, self.down, self.up):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out")

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens `(B, H, W, C)` to `(B, H, W, C)`."""
        mean = tokens.mean((1, 2))
        gate = self.excite(self.squeeze(mean).relu()).sigmoid()
        gated = (tokens * gate[:, None, None]).permute(0, 3, 1, 2)
        space = self.up(self.down(gated).relu()).relu()
        return self.norm(tokens + space.permute(0, 2, 3, 1))


class SamMed2dEncoder(SamImageEncoder):
    """SAM's encoder with SAM-Med2D's adapters; made by `_extend`."""

    def _block(self, index: int, tokens: Tensor) -> Tensor:
        block = self.blocks[index]
        tokens = tokens + attend(block, block.norm1(tokens))
        normed = block.norm2(tokens)
        return tokens + block.mlp(normed) + self.adapters[index](normed)


class SamMed2d(PromptableSam):
    """A SAM that answers each prompt by that of masks 1 to 3 it thinks best of."""

    def decode(
        self, embeddings: Tensor, frozen_prompts: bool = False, **prompt: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Decode one prompt per embedding `(N, c, g, g)`; see `decode_prompts`.

        If `frozen_prompts`, without gradients of the prompt encoder, as where answers
        are corrected.
        """
        with torch.set_grad_enabled(torch.is_grad_enabled() and not frozen_prompts):
            encoded = encode_prompts(self.sam.prompt_encoder, **prompt)
        return decode_tokens(self.sam.mask_decoder, embeddings, *encoded)

    def _marked(
        self, prompts: Any, where: tuple[Tensor, Tensor], shape: tuple[int, int]
    ) -> dict[str, Tensor]:
        """Gather prompts as its code has them.

        Boxes end one pixel beyond the last (utils.py); an earlier answer is given back
        as probabilities (train.py), where SAM takes logits.
        """
        marked = super()._marked(prompts, where, shape)
        if "boxes" in marked:
            boxes = marked["boxes"]
            marked["boxes"] = boxes + constant([0, 0, 1, 1], boxes.device, boxes.dtype)
        if "masks" in marked:
            marked["masks"] = marked["masks"].sigmoid()
        return marked

    def choose(self, masks: Tensor, quality: Tensor) -> tuple[Tensor, Tensor]:
        """Choose a mask per prompt, `(K, 1, s, s)`, and its quality `(K, 1)`."""
        best = 1 + quality[:, 1:].argmax(1)
        rows = torch.arange(len(best), device=best.device)
        return masks[rows, best][:, None], quality[rows, best][:, None]


def build(
    *,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    published: bool = False,
    image_size: int = 256,
    scaling: Annotated[str, "sambench.models.sam.scaling:SCALINGS"] = "mean_std_bgr",
    resizing: Literal["nearest", "bilinear", "pillow", "area"] = "nearest",
    checkpointing: bool = False,
) -> SamMed2d:
    """Build SAM-Med2D.

    Parameters
    ----------
    weights : Path
        Weights of the backbone; of SAM-Med2D as a whole where `published`.
    published : bool
        The weights are the authors'; nothing is trained.
    image_size : int
        Side of the network's images in pixels, an even multiple of the patch.
    resizing : str
        How slices are resized, a name in `RESIZINGS`.
    backbone, scaling, checkpointing
        As for `build_promptable`; a backbone with a ViT.
    """
    size = vit_size(backbone)
    sam = build_sam(size, image_size)
    state = read_backbone(backbone, weights)
    if published:
        _extend(sam.image_encoder)
        if weights is not None:  # None: only shapes are wanted
            load_sam_weights(sam, NAMES.state_to_ours(state), size, weights)
        sam.requires_grad_(False)
    else:
        load_sam_weights(sam, state, size, weights)
        adapt(sam)
    sam.image_encoder.checkpointing = checkpointing
    return SamMed2d(sam, Frame(image_size, scaling, resizing=resizing))


def adapt(sam: nn.Module) -> None:
    """Freeze and extend a SAM as SAM-Med2D does, in place.

    Of the prompt encoder only the embeddings for "no mask" and for the corners of a box
    train: the code replaces those of points by new parameters in every forward pass, so
    that its optimiser never moves them, and no loss reaches the mask branch.
    """
    sam.requires_grad_(False)
    sam.mask_decoder.requires_grad_(True)
    prompts = sam.prompt_encoder
    for embedding in (prompts.no_mask_embed, *prompts.point_embeddings[2:]):
        embedding.requires_grad_(True)
    _extend(sam.image_encoder)


def _extend(encoder: SamImageEncoder) -> None:
    """Freeze an encoder and turn it into a `SamMed2dEncoder`, in place."""
    encoder.requires_grad_(False)
    width = encoder.pos_embed.shape[-1]
    with encoder.pos_embed.device:
        encoder.adapters = nn.ModuleList(SpaceAdapter(width) for _ in encoder.blocks)
    encoder.__class__ = SamMed2dEncoder


_THEIRS = "image_encoder.blocks.{i}.Adapter"
_OURS = "image_encoder.adapters.{i}"

NAMES = Renaming(
    [
        (f"{_THEIRS}.channel.0", f"{_OURS}.squeeze"),
        (f"{_THEIRS}.channel.2", f"{_OURS}.excite"),
        (f"{_THEIRS}.spatial.0", f"{_OURS}.down"),
        (f"{_THEIRS}.spatial.2", f"{_OURS}.up"),
        (f"{_THEIRS}.norm", f"{_OURS}.norm"),
    ]
)
