"""LiteMedSAM: SAM's prompt encoder and decoder on a TinyViT image encoder.

The encoder reads images of 256 pixels and gives the embedding SAM has at 1024: a grid
of 64. Its tensor names are those of the published weights. Architecture: TinyViT (Wu et
al., ECCV 2022) as MobileSAM and LiteMedSAM changed it (first convolutions without
stride, last merging without stride), both Apache-2.0.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.models.sam.attention import into_windows
from sambench.models.sam.build import SamSize, build_mask_decoder, build_prompt_encoder
from sambench.models.sam.fused import fuse
from sambench.models.sam.linear import speed_up_linear_layers
from sambench.models.sam.package import LayerNorm2d, Sam, window_unpartition

IMAGE_SIZE = 256
GRID = 64
WIDTHS = (64, 128, 160, 320)
DEPTHS = (2, 2, 6, 2)
HEADS = (2, 4, 5, 10)
WINDOWS = (7, 7, 14, 7)
STRIDES = (2, 2, 1)  # of the merging after each stage but the last
CHANNELS = 256


def build_lite_medsam() -> Sam:
    """Build LiteMedSAM with random weights, in evaluation mode.

    Returns
    -------
    Sam
        Sam of the package; images `(B, 3, 256, 256)` scaled to 0..1, prompts in pixels
        of them, masks of 256 pixels.
    """
    patch = IMAGE_SIZE // GRID
    size = SamSize(
        WIDTHS[-1], sum(DEPTHS), HEADS[-1], (), patch=patch, channels=CHANNELS
    )
    sam = Sam(
        image_encoder=TinyViT(),
        prompt_encoder=build_prompt_encoder(size, IMAGE_SIZE),
        mask_decoder=build_mask_decoder(size),
    )
    fuse(sam.image_encoder)
    speed_up_linear_layers(sam.image_encoder)
    return sam.eval()


class TinyViT(nn.Module):
    """One convolutional stage, three of windowed attention, and SAM's neck."""

    img_size = IMAGE_SIZE

    def __init__(self):
        super().__init__()
        width = WIDTHS[0]
        stem = _conv(3, width // 2), nn.GELU(), _conv(width // 2, width)
        self.patch_embed = _named(seq=nn.Sequential(*stem))
        self.layers = nn.Sequential()
        for index, (width, depth) in enumerate(zip(WIDTHS, DEPTHS, strict=True)):
            blocks = [
                _AttentionBlock(width, HEADS[index], WINDOWS[index])
                if index
                else _ConvBlock(width)
                for _ in range(depth)
            ]
            merging = nn.Identity()
            if index < len(STRIDES):
                out = WIDTHS[index + 1]
                merging = _bottleneck(width, out, out, STRIDES[index])
            blocks = nn.Sequential(*blocks)
            self.layers.append(_named(blocks=blocks, downsample=merging))
        self.neck = nn.Sequential(
            nn.Conv2d(WIDTHS[-1], CHANNELS, 1, bias=False),
            LayerNorm2d(CHANNELS),
            nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False),
            LayerNorm2d(CHANNELS),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Encode images `(B, 3, S, S)` into embeddings `(B, 256, S / 4, S / 4)`."""
        return self.neck(self.layers(self.patch_embed(images)))


def _named(**parts: nn.Module) -> nn.Sequential:
    """Run parts one after the other, under the names of the published weights."""
    return nn.Sequential(OrderedDict(parts))


def _conv(
    channels: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    """Build a convolution without bias and a batch norm."""
    padding, norm = kernel // 2, nn.BatchNorm2d(out)
    conv = nn.Conv2d(channels, out, kernel, stride, padding, groups=groups, bias=False)
    return _named(c=conv, bn=norm)


def _bottleneck(width: int, hidden: int, out: int, stride: int = 1) -> nn.Sequential:
    """Build three convolutions, the second by channel and with a stride."""
    return _named(
        conv1=_conv(width, hidden),
        gelu1=nn.GELU(),
        conv2=_conv(hidden, hidden, 3, stride, groups=hidden),
        gelu2=nn.GELU(),
        conv3=_conv(hidden, out),
    )


class _ConvBlock(nn.Sequential):
    """A bottleneck beside the identity."""

    def __init__(self, width: int):
        parts = _bottleneck(width, 4 * width, width).named_children()
        super().__init__(OrderedDict(parts))

    def forward(self, x: Tensor) -> Tensor:
        return functional.gelu(x + super().forward(x))


class _AttentionBlock(nn.Module):
    """Windowed attention, a depthwise convolution, and an MLP; NCHW to NCHW."""

    def __init__(self, width: int, heads: int, window: int):
        super().__init__()
        self.attn = _WindowAttention(width, heads, window)
        self.local_conv = _conv(width, width, 3, groups=width)
        self.mlp = _named(
            norm=nn.LayerNorm(width),
            fc1=nn.Linear(width, 4 * width),
            gelu=nn.GELU(),
            fc2=nn.Linear(4 * width, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.permute(0, 2, 3, 1)
        x = (tokens + self.attn(tokens)).permute(0, 3, 1, 2)
        tokens = self.local_conv(x).permute(0, 2, 3, 1)
        return (tokens + self.mlp(tokens)).permute(0, 3, 1, 2)


class _WindowAttention(nn.Module):
    """Attention in windows with a bias by absolute distance in rows and columns.

    Windows at the border are padded with zero tokens before the norm. Their queries,
    keys and values are those of the norm's bias, so they are filled in.
    """

    def __init__(self, width: int, heads: int, window: int):
        super().__init__()
        self.heads, self.window = heads, window
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.attention_biases = nn.Parameter(torch.zeros(heads, window * window))
        self.register_buffer("_distance", _distances(window), persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        rows, columns, width = tokens.shape[1:]
        side = self.window
        windows, padded = into_windows(
            self.qkv(self.norm(tokens)),
            side,
            lambda qkv: self.qkv(self.norm.bias).to(qkv.dtype),
        )
        split = windows.flatten(1, 2).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        query, key, value = split.chunk(3, -1)
        bias = self.attention_biases[:, self._distance].to(query.dtype)
        heads = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=bias[None]
        )
        attended = heads.transpose(1, 2).reshape(-1, side, side, width)
        return self.proj(window_unpartition(attended, side, padded, (rows, columns)))


def _distances(side: int) -> Tensor:
    """Index `(N, N)` of each pair's distance: rows times side plus columns."""
    place = torch.arange(side)
    apart = (place[:, None] - place[None, :]).abs()
    index = apart[:, None, :, None] * side + apart[None, :, None, :]
    return index.reshape(side * side, side * side)
