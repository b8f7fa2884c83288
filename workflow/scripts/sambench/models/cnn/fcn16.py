"""FCN-16 with two decoders: MaxStyle's network (code at 89933fb).

An encoder with a code for the image and a code for the segmentation, and a decoder for
each. Names of the parts are those of the authors' code.
"""

import itertools
from collections import OrderedDict
from collections.abc import Sequence
from typing import Annotated

from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from sambench.models.cnn.padding import cropped, padded

SLOPE = 0.2


class Residual(nn.Module):
    """A change of resolution, called `down` or `up`, then a residual block."""

    def __init__(self, into: int, out: int, change: nn.Module, name: str):
        super().__init__()
        self._change = name
        self.add_module(name, change)
        self.conv = _twice(into, out)
        self.conv_input = nn.Conv2d(into, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(N, into, H, W)` to `(N, out, H', W')`."""
        x = getattr(self, self._change)(x)
        return leaky_relu(self.conv(x) + self.conv_input(x), SLOPE)


class Encoder(nn.Sequential):
    """Four halvings and a code; `widths` are those before and after each halving.

    Images become their code, `(N, code, H/16, W/16)`.
    """

    def __init__(self, channels: int, widths: Sequence[int], code: int):
        parts = {"inc": _twice(channels, widths[0]), "activation": nn.LeakyReLU(SLOPE)}
        for i, (into, out) in enumerate(itertools.pairwise(widths), 1):
            down = nn.Conv2d(into, into, 3, stride=2, padding=1)
            parts[f"down{i}"] = Residual(into, out, down, "down")
        parts["final_conv"] = nn.Sequential(
            nn.Conv2d(widths[-1], code, 1), nn.BatchNorm2d(code), nn.ReLU()
        )
        super().__init__(OrderedDict(parts))


class DualEncoder(nn.Module):
    """An encoder, and what takes the segmentation's code out of the image's."""

    def __init__(self, channels: int, widths: Sequence[int], code: int):
        super().__init__()
        self.general_encoder = Encoder(channels, widths, code)
        self.code_decoupler = nn.Sequential(*_twice(code, code, bias=False), nn.ReLU())

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the codes of image and segmentation, `(N, code, H/16, W/16)`."""
        code = self.general_encoder(images)
        return code, self.code_decoupler(code)


class Decoder(nn.Module):
    """Four doublings of a code, to `widths`, and a result of `out` channels.

    That of an image is made by transposed convolutions and brought to 0..1, that of a
    segmentation by repeating pixels.

    Attributes
    ----------
    channels : tuple of int
        Channels of the maps after each layer, see `forward`.
    """

    def __init__(self, code: int, widths: Sequence[int], out: int, of_image: bool):
        super().__init__()
        self.channels = (code, *widths, out)
        for i, (before, after) in enumerate(itertools.pairwise((code, *widths)), 1):
            up = (
                nn.ConvTranspose2d(before, before, 2, stride=2)
                if of_image
                else nn.Upsample(scale_factor=2, mode="nearest")
            )
            self.add_module(f"up{i}", Residual(before, after, up, "up"))
        self.final_conv = nn.Conv2d(widths[-1], out, 1)
        self.of_image = of_image

    def forward(self, code: Tensor, styles: Sequence = ()) -> Tensor:
        """Decode; `styles` change the feature maps after their layer.

        Layer 0 is the code, 1 to 4 follow the doublings, 5 is the result.
        """
        styles = {style.layer: style for style in styles}

        def styled(layer: int, x: Tensor) -> Tensor:
            return styles[layer](x) if layer in styles else x

        x = styled(0, code)
        for layer in range(1, 5):
            x = styled(layer, getattr(self, f"up{layer}")(x))
        x = self.final_conv(x)
        return styled(5, x.sigmoid() if self.of_image else x)


class FCN16(nn.Module):
    """MaxStyle's network; as a segmenter it is encoder and segmentation decoder.

    Parameters
    ----------
    structures : int
        Channels of logits.
    down, up : sequence of int
        Widths of the encoder (five) and of the decoders (four).
    code : int
        Channels of both codes.
    channels : int
        Number of channels of images.
    """

    multiple = 16

    def __init__(
        self,
        structures: int,
        down: Sequence[int],
        up: Sequence[int],
        code: int,
        channels: int = 3,
    ):
        super().__init__()
        self.image_encoder = DualEncoder(channels, down, code)
        self.image_decoder = Decoder(code, up, channels, of_image=True)
        self.segmentation_decoder = Decoder(code, up, structures, of_image=False)

    @property
    def stages(self) -> dict[str, nn.Module]:
        """Encoder stages by name, after their activation."""
        encoder = self.image_encoder.general_encoder
        downs = {f"down{i}": getattr(encoder, f"down{i}") for i in range(1, 5)}
        return {"inc": encoder.activation, **downs, "final": encoder.final_conv}

    def forward(self, images: Tensor, prompts=None, cached=None) -> Tensor:
        """Map images `(N, 3, H, W)` to logits `(N, C, H, W)`."""
        _, code = self.image_encoder(padded(images, self.multiple))
        return cropped(self.segmentation_decoder(code), images)


def build_fcn16(
    *,
    structures: int,
    down: tuple[int, int, int, int, int] = (16, 32, 64, 128, 128),
    up: tuple[int, int, int, int] = (64, 32, 16, 16),
    code: Annotated[int, {"minimum": 1}] = 128,
) -> FCN16:
    """Build the network with torch's initialisation; see `FCN16`."""
    return FCN16(structures, down, up, code)


def _twice(into: int, out: int, bias: bool = True) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(into, out, 3, padding=1, bias=bias),
        nn.BatchNorm2d(out),
        nn.LeakyReLU(SLOPE),
        nn.Conv2d(out, out, 3, padding=1, bias=bias),
        nn.BatchNorm2d(out),
    )
