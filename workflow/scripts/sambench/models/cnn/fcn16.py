"""FCN-16 with two decoders: MaxStyle's network (code at 89933fb).

An encoder with a code for the image and a code for the segmentation, and a decoder for
each. Names of the parts are those of the authors' code.
"""

import itertools
from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from sambench.models.cnn.padding import cropped, padded

SLOPE = 0.2


class Residual(nn.Module):
    """A change of resolution, then a residual block of two convolutions.

    Parameters
    ----------
    into, out : int
        Channels.
    change : nn.Module
        Change of resolution; keeps the channels. It is called `down` or `up`.
    name : str
        What it is called.
    """

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


class Encoder(nn.Module):
    """Four halvings and a code.

    Parameters
    ----------
    channels : int
        Number of channels of images.
    widths : sequence of int
        After the first convolutions and after each halving.
    code : int
        Channels of the code.
    """

    def __init__(self, channels: int, widths: Sequence[int], code: int):
        super().__init__()
        self.inc = _twice(channels, widths[0])
        self.activation = nn.LeakyReLU(SLOPE)
        for i, (into, out) in enumerate(itertools.pairwise(widths), 1):
            down = nn.Conv2d(into, into, 3, stride=2, padding=1)
            self.add_module(f"down{i}", Residual(into, out, down, "down"))
        self.final_conv = nn.Sequential(
            nn.Conv2d(widths[-1], code, 1), nn.BatchNorm2d(code), nn.ReLU()
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map images to their code, `(N, code, H/16, W/16)`."""
        x = self.activation(self.inc(x))
        for i in range(1, 5):
            x = getattr(self, f"down{i}")(x)
        return self.final_conv(x)


class DualEncoder(nn.Module):
    """An encoder, and what takes the segmentation's code out of the image's."""

    def __init__(self, channels: int, widths: Sequence[int], code: int):
        super().__init__()
        self.general_encoder = Encoder(channels, widths, code)
        self.code_decoupler = nn.Sequential(
            nn.Conv2d(code, code, 3, padding=1, bias=False),
            nn.BatchNorm2d(code),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(code, code, 3, padding=1, bias=False),
            nn.BatchNorm2d(code),
            nn.ReLU(),
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the codes of image and segmentation, `(N, code, H/16, W/16)`."""
        code = self.general_encoder(images)
        return code, self.code_decoupler(code)


class Decoder(nn.Module):
    """Four doublings of a code.

    Parameters
    ----------
    code : int
        Channels of the code.
    widths : sequence of int
        After each doubling.
    out : int
        Channels of the result.
    learned : bool
        Up-sampling by transposed convolutions, as the image decoder has it; else by
        repeating pixels.
    sigmoid : bool
        Bring the result to 0..1.
    """

    def __init__(
        self, code: int, widths: Sequence[int], out: int, learned: bool, sigmoid: bool
    ):
        super().__init__()
        into = (code, *widths[:-1])
        for i, (before, after) in enumerate(zip(into, widths, strict=True), 1):
            up = (
                nn.ConvTranspose2d(before, before, 2, stride=2)
                if learned
                else nn.Upsample(scale_factor=2, mode="nearest")
            )
            self.add_module(f"up{i}", Residual(before, after, up, "up"))
        self.final_conv = nn.Conv2d(widths[-1], out, 1)
        self.sigmoid = sigmoid

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
        return styled(5, x.sigmoid() if self.sigmoid else x)


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
        self.image_decoder = Decoder(code, up, channels, learned=True, sigmoid=True)
        self.segmentation_decoder = Decoder(
            code, up, structures, learned=False, sigmoid=False
        )

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

    def both(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and the image as it is reconstructed."""
        image_code, code = self.image_encoder(padded(images, self.multiple))
        logits = self.segmentation_decoder(code)
        return cropped(logits, images), cropped(self.image_decoder(image_code), images)


def build_fcn16(
    *,
    structures: int,
    down: Sequence[int] = (16, 32, 64, 128, 128),
    up: Sequence[int] = (64, 32, 16, 16),
    code: int = 128,
) -> FCN16:
    """Build the network with torch's initialisation; see `FCN16`."""
    return FCN16(structures, down, up, code)


def _twice(into: int, out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(into, out, 3, padding=1),
        nn.BatchNorm2d(out),
        nn.LeakyReLU(SLOPE),
        nn.Conv2d(out, out, 3, padding=1),
        nn.BatchNorm2d(out),
    )
