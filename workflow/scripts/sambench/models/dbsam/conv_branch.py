"""The convolution branch: maps of the image that know edges and texture.

Known [C]: the stacks, kernels, widths and strides. The paper draws one lighter stack,
"two 3x3 and three 1x1 convolutions", which no code defines. All stacks read the image
that the encoder reads, made smaller again. Whether that resizing is antialiased depends
on the version of torchvision: the code is of a time when it was not [I].
"""

from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (128, 128, 256, 256, 512, 512)
KERNELS = (3, 1, 3, 1, 3, 1, 1)
STRIDES = {
    1: (2, 1, 2, 1, 2, 1, 1),
    2: (2, 1, 2, 1, 1, 1, 1),
    3: (2, 1, 1, 1, 1, 1, 1),
    4: (1, 1, 1, 1, 1, 1, 1),
}


class ConvBranch(nn.Module):
    """One stack of convolutions per level, all giving maps of a 16th of the image.

    Parameters
    ----------
    dim : int
        Channels of the maps.
    levels : sequence of int
        Of 1 to 4; level l reads the image made smaller by 2^l: at 1024 px, level 2
        reads 256 px.
    widths : sequence of int
        Channels of the first six convolutions.
    antialias : bool
        Whether resizing uses antialiasing.
    """

    def __init__(
        self,
        dim: int,
        levels: Sequence[int],
        widths: Sequence[int] = WIDTHS,
        antialias: bool = False,
    ):
        super().__init__()
        self.levels = nn.ModuleDict(
            {str(level): ConvLevel(dim, level, widths, antialias) for level in levels}
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return a map `(B, H / 16, W / 16, C)` per level of images `(B, 3, H, W)`."""
        return [stack(images) for stack in self.levels.values()]


class ConvLevel(nn.Module):
    """A stack of seven convolutions on the image at one size; see `ConvBranch`."""

    def __init__(self, dim: int, level: int, widths: Sequence[int], antialias: bool):
        super().__init__()
        self.level, self.antialias = level, antialias
        inputs, outputs = (3, *widths), (*widths, dim)
        shapes = zip(inputs, outputs, KERNELS, STRIDES[level], strict=True)
        self.layers = nn.Sequential(*(_layer(*shape) for shape in shapes))
        del self.layers[-1].norm, self.layers[-1].relu  # not after the last
        self.norm = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, images: Tensor) -> Tensor:
        """Return the map `(B, H / 16, W / 16, C)` of images `(B, 3, H, W)`."""
        size = [length >> self.level for length in images.shape[-2:]]
        small = functional.interpolate(
            images,
            size=size,
            mode="bilinear",
            align_corners=False,
            antialias=self.antialias,
        )
        return self.norm(self.layers(small).permute(0, 2, 3, 1))


def _layer(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    """Build a convolution without bias, batch norm and ReLU."""
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    norm = nn.BatchNorm2d(outputs, momentum=0.01)
    return nn.Sequential(OrderedDict(conv=conv, norm=norm, relu=nn.ReLU()))
