"""DAPSAM's prompt: a prototype read from a learned memory by the image embedding."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.models.sam.package import PositionEmbeddingRandom

ITEMS = 256  # of the memory


class PrototypePrompt(nn.Module):
    """Make a dense prompt for the mask decoder from the image embedding alone.

    The memory is a parameter like any other: nothing is written to it but gradients,
    and training and testing do the same.

    Parameters
    ----------
    channels : int
        Number of channels of the image embedding.
    items : int
        Number of items of the memory.
    similarity : str
        How an image reads the memory: softmax of ``"dot"`` products, as the published
        code does, or of ``"cosine"`` similarities.
    """

    def __init__(self, channels: int, items: int = ITEMS, similarity: str = "dot"):
        super().__init__()
        self.similarity = similarity
        self.memory = nn.Parameter(torch.empty(items, channels))
        bound = channels**-0.5
        nn.init.uniform_(self.memory, -bound, bound)
        # Random and never trained: not SAM's matrix, but part of a trained model
        self.position = PositionEmbeddingRandom(channels // 2)
        self.fuse = nn.Conv2d(2 * channels + 1, channels, 1)

    def forward(self, embedding: Tensor) -> Tensor:
        """Map an embedding `(B, K, h, w)` to a dense prompt of the same shape."""
        query = embedding.mean((2, 3)) + embedding.amax((2, 3))
        memory = self.memory
        if self.similarity == "cosine":
            query, memory = (functional.normalize(x, dim=1) for x in (query, memory))
        weights = (query @ memory.T).softmax(1)
        prototype = (weights @ self.memory)[:, :, None, None].expand_as(embedding)
        likeness = functional.cosine_similarity(prototype, embedding, dim=1, eps=1e-7)
        return self.fuse(torch.cat([embedding, prototype, likeness[:, None]], 1))


class LearnedPrompt(nn.Module):
    """A dense prompt of the same vector at every place, as SAM's without a mask."""

    def __init__(self, channels: int):
        super().__init__()
        self.vector = nn.Parameter(torch.randn(channels))
        self.position = PositionEmbeddingRandom(channels // 2)

    def forward(self, embedding: Tensor) -> Tensor:
        """Map an embedding `(B, K, h, w)` to a dense prompt of the same shape."""
        return self.vector[:, None, None].to(embedding.dtype).expand_as(embedding)
