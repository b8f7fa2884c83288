"""DB-SAM's image encoder: a frozen SAM ViT, a convolution branch and their exchange.

Known [C]: the order of the parts, the layer norm before SAM's neck that SAM does not
have, the layer norms of the ViT with epsilon 1e-5 where SAM has 1e-6, which of the two
the exchange reads. Inferred [I]: which of the released classes is the paper's model,
see `presets`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn

from sambench.models.dbsam.channel_attention import ChannelAttention
from sambench.models.dbsam.conv_branch import WIDTHS, ConvBranch
from sambench.models.dbsam.deformable_attention import DeformableAttention
from sambench.models.dbsam.exchange import EXCHANGES
from sambench.models.dbsam.fusion import FUSIONS
from sambench.models.sam.encoder import SamImageEncoder
from sambench.models.sam.linear import speed_up_linear_layers

N_STAGES = 4


class DualBranchEncoder(nn.Module):
    """Encode images as SAM does, with what a convolution branch adds.

    The ViT but for its neck is frozen here. What comes before the first trained part,
    patch embedding and first stage, is a pure function of the image: it runs without
    gradient (`prefix`), and its result may be kept and given back.

    Parameters
    ----------
    vit : SamImageEncoder
        SAM's encoder, with its weights.
    stages : sequence of (int, int), optional
        First and last block of each stage; by default four of equal length.
    levels : sequence of int
        Levels of the convolution branch, see `ConvBranch`; not used without exchange.
    channel_attention : str or None
        ``"before"`` or ``"after"`` the exchange of each stage, or None.
    exchange : str or None
        ``"bilateral"``, ``"joint"``, or None: no convolution branch at all.
    fusion : mapping, optional
        `name` in `FUSIONS` and its arguments; not used without exchange.
    channel_expansion : int
        Expansion of the channel attention; 1 in every known configuration.
    channel_squeeze : int, optional
        `squeezed` of `ChannelAttention`.
    heads : int, optional
        Number of heads of the exchange, by default those of the ViT (12 at ViT-B).
    widths, antialias
        Settings of the convolution branch; see `ConvBranch`.
    layer_norm_epsilon : float
        Epsilon of layer normalisation of the ViT's blocks.
    train_neck : bool
        Whether SAM's neck is trained [C].
    checkpointing : bool
        Whether blocks are computed again for the gradient instead of kept.
    **block
        Other arguments of `CrossAttentionBlock`: points, ffn, expansion, drop rates.
    """

    def __init__(
        self,
        vit: SamImageEncoder,
        *,
        stages: Sequence[tuple[int, int]] | None = None,
        levels: Sequence[int] = (2,),
        channel_attention: Literal["before", "after"] | None = "before",
        exchange: Annotated[str, "sambench.models.dbsam.exchange:EXCHANGES"]
        | None = "bilateral",
        fusion: Annotated[Mapping, "sambench.models.dbsam.fusion:FUSIONS"]
        | None = None,
        channel_expansion: int = 1,
        channel_squeeze: int | None = None,
        heads: int | None = None,
        widths: Sequence[int] = WIDTHS,
        antialias: bool = False,
        layer_norm_epsilon: float = 1e-5,
        train_neck: bool = True,
        checkpointing: bool = False,
        **block: Annotated[
            Any, "sambench.models.dbsam.cross_attention:CrossAttentionBlock"
        ],
    ):
        super().__init__()
        dim = vit.pos_embed.shape[-1]
        heads = heads or vit.blocks[0].attn.num_heads
        block["checkpointing"] = checkpointing
        self.stages = [tuple(stage) for stage in stages or _equal(len(vit.blocks))]
        self.channel_attention_place = channel_attention
        self.checkpointing = vit.checkpointing = checkpointing
        self.channel_attention = self.exchange = None
        if channel_attention:
            self.channel_attention = nn.ModuleList(
                ChannelAttention(dim, channel_expansion, channel_squeeze)
                for _ in self.stages
            )
        if exchange:
            self.conv_branch = ConvBranch(dim, levels, widths, antialias)
            self.level_embed = nn.Parameter(torch.zeros(len(levels), dim))
            self.exchange = nn.ModuleList(
                EXCHANGES[exchange](dim, heads, len(levels), **block)
                for _ in self.stages
            )
            self.merge = None
            if exchange == "bilateral":
                self.merge = nn.Conv2d(len(levels) * dim, dim, 1)
            arguments = dict(fusion or {"name": "DANE3"})
            self.fusion = FUSIONS[arguments.pop("name")](dim, **arguments)
        self.norm = nn.LayerNorm(dim)
        _initialise(self)
        self.vit = vit
        vit.requires_grad_(False)
        vit.neck.requires_grad_(train_neck)
        for each in vit.blocks:
            each.norm1.eps = each.norm2.eps = layer_norm_epsilon
        speed_up_linear_layers(self)

    @torch.no_grad()
    def prefix(self, images: Tensor) -> Tensor:
        """Return what the frozen first stage makes of normalised images.

        `(B, 3, S, S)` become `(B, S / 16, S / 16, C)`.
        """
        return self._frozen(self.vit.tokens(images), 0)

    def forward(self, images: Tensor, prefix: Tensor | None = None) -> Tensor:
        """Encode normalised images `(B, 3, S, S)`, as `(B, 256, S / 16, S / 16)`.

        `prefix` is what the method of that name gave for these images.
        """
        x = self.prefix(images) if prefix is None else prefix
        conv = self._convolve(images)
        for number in range(len(self.stages)):
            x = x if number == 0 else self._frozen(x, number)
            x, conv = self._adapt(x, conv, number)
        x = self.norm(self._fuse(x, conv))
        return self.vit.embed(x)

    def _frozen(self, x: Tensor, number: int) -> Tensor:
        """Run the blocks of a stage."""
        first, last = self.stages[number]
        for index in range(first, last + 1):
            x = self.vit.run_block(index, x)
        return x

    def _convolve(self, images: Tensor) -> list[Tensor]:
        if self.exchange is None:
            return []
        maps = self.conv_branch(images)
        return [x + shift for x, shift in zip(maps, self.level_embed, strict=True)]

    def _adapt(
        self, x: Tensor, conv: list[Tensor], number: int
    ) -> tuple[Tensor, list[Tensor]]:
        """Run the trained parts of a stage."""
        if self.channel_attention_place == "before":
            x = self.channel_attention[number](x)
        if self.exchange is not None:
            x, conv = self.exchange[number](x, conv)
        if self.channel_attention_place == "after":
            x = self.channel_attention[number](x)
        return x, conv

    def _fuse(self, x: Tensor, conv: list[Tensor]) -> Tensor:
        if self.exchange is None:
            return x
        if self.merge is not None:
            merged = self.merge(torch.cat(conv, -1).permute(0, 3, 1, 2))
            conv = [merged.permute(0, 2, 3, 1)]
        return self.fusion(x, conv)


def _equal(depth: int) -> list[tuple[int, int]]:
    """Cut blocks into stages of equal length: 12 into (0, 2), (3, 5), ..."""
    length = depth // N_STAGES
    return [(k * length, (k + 1) * length - 1) for k in range(N_STAGES)]


def _initialise(adapter: nn.Module) -> None:
    """Draw the weights of everything that SAM does not bring [C].

    Linear layers: normal, 0.02, cut at 2; convolutions: normal with variance 2 / fan
    out; norms: 1 and 0; biases: 0; deformable attention: its own start, after that.
    Nothing is zero that should not be: the output differs from SAM's from the start.
    """
    for module in adapter.modules():
        if isinstance(module, nn.Linear):
            nn.init.trunc_normal_(module.weight, std=0.02)
        elif isinstance(module, nn.Conv2d):
            fan_out = math.prod(module.kernel_size) * module.out_channels
            deviation = math.sqrt(2 * module.groups / fan_out)
            nn.init.normal_(module.weight, std=deviation)
        elif isinstance(module, nn.LayerNorm | nn.BatchNorm2d):
            nn.init.ones_(module.weight)
        else:
            continue
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    for module in adapter.modules():
        if isinstance(module, DeformableAttention):
            module.reset_parameters()
