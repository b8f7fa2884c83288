"""SAM's encoder with an adapter after the attention and one beside the MLP."""

from torch import Tensor, nn

from sambench.models.sam.attention import attend
from sambench.models.sam.encoder import SamImageEncoder

MLP_SHARE = 0.5  # of the adapter beside the MLP
REDUCTION = 4


class Bottleneck(nn.Module):
    """Down to a quarter of the width, GELU, and up again."""

    def __init__(self, width: int, hidden: int):
        super().__init__()
        self.down = nn.Linear(width, hidden)
        self.up = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens `(..., C)` to `(..., C)`."""
        return self.up(nn.functional.gelu(self.down(x)))


class MedSaEncoder(SamImageEncoder):
    """SAM's encoder with Med-SA's adapters; made by `add_med_sa`.

    Med-SA pads windows before the layer norm, SAM after it: what fills them is the
    bias of the norm and not zero.
    """

    def _block(self, index: int, tokens: Tensor) -> Tensor:
        block = self.blocks[index]
        padding = block.norm1.bias
        attended = attend(block, block.norm1(tokens), padding=padding)
        tokens = tokens + attended + self.space[index](attended)
        normed = block.norm2(tokens)
        return tokens + block.mlp(normed) + MLP_SHARE * self.beside[index](normed)


def add_med_sa(encoder: SamImageEncoder) -> None:
    """Freeze an encoder and turn it into a `MedSaEncoder`, in place."""
    encoder.requires_grad_(False)
    width = encoder.pos_embed.shape[-1]
    with encoder.pos_embed.device:
        for name in ("space", "beside"):
            adapters = (Bottleneck(width, width // REDUCTION) for _ in encoder.blocks)
            setattr(encoder, name, nn.ModuleList(adapters))
    encoder.__class__ = MedSaEncoder
