"""The two-way transformer of Med-SA's code since 2024, which is not SAM's."""

from torch import Tensor, nn


class TwoWayBlock(nn.Module):
    """A block of SAM's two-way transformer that adds positions to its queries for good.

    SAM adds the positions of the points to queries and keys of the self-attention, not
    to its values and not to the residual, and leaves the residual out in its first
    block. Made from SAM's block by `keep_positions`, with its parameters.
    """

    def forward(
        self, queries: Tensor, keys: Tensor, query_pe: Tensor, key_pe: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Exchange between points `(B, P, c)` and image `(B, N, c)`."""
        if not self.skip_first_layer_pe:
            queries = queries + query_pe
        queries = queries + self.self_attn(q=queries, k=queries, v=queries)
        queries = self.norm1(queries)
        q, k = queries + query_pe, keys + key_pe
        queries = queries + self.cross_attn_token_to_image(q=q, k=k, v=keys)
        queries = self.norm2(queries)
        queries = self.norm3(queries + self.mlp(queries))
        q = queries + query_pe
        keys = keys + self.cross_attn_image_to_token(q=k, k=q, v=queries)
        return queries, self.norm4(keys)


def keep_positions(decoder: nn.Module) -> None:
    """Turn the blocks of a SAM's mask decoder into `TwoWayBlock`, in place."""
    for block in decoder.transformer.layers:
        block.__class__ = TwoWayBlock
