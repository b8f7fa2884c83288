"""SAM's encoder with an adapter of channels and space beside each MLP."""

from torch import Tensor, nn

from sambench.models.sam.attention import attend
from sambench.models.sam.encoder import SamImageEncoder

REDUCTION = 4


class SpaceAdapter(nn.Module):
    """A gate of channels, then down and up by convolutions, added and normalised.

    The norm at the end makes it no small change at the start. The grid must be even.

    Parameters
    ----------
    width : int
        Width of the tokens.
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
    """SAM's encoder with SAM-Med2D's adapters; made by `add_sam_med2d`."""

    def _block(self, index: int, tokens: Tensor) -> Tensor:
        block = self.blocks[index]
        tokens = tokens + attend(block, block.norm1(tokens))
        normed = block.norm2(tokens)
        return tokens + block.mlp(normed) + self.adapters[index](normed)


def add_sam_med2d(encoder: SamImageEncoder) -> None:
    """Freeze an encoder and turn it into a `SamMed2dEncoder`, in place."""
    encoder.requires_grad_(False)
    width = encoder.pos_embed.shape[-1]
    with encoder.pos_embed.device:
        encoder.adapters = nn.ModuleList(SpaceAdapter(width) for _ in encoder.blocks)
    encoder.__class__ = SamMed2dEncoder
