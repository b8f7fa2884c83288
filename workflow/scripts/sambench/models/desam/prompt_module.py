"""DeSAM's first half (PRIM): SAM's decoder up to the mask embedding and the quality."""

import torch
from torch import Tensor, nn


class PromptModule(nn.Module):
    """SAM's tokens, two-way transformer and quality head.

    Parameters
    ----------
    decoder : nn.Module
        SAM's mask decoder with its weights, of which these parts are taken over.
    """

    def __init__(self, decoder: nn.Module):
        super().__init__()
        self.transformer = decoder.transformer
        self.iou_token = decoder.iou_token
        self.mask_tokens = decoder.mask_tokens
        self.iou_prediction_head = decoder.iou_prediction_head

    def forward(
        self, embeddings: Tensor, position: Tensor, sparse: Tensor, dense: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Exchange between prompts and images.

        Parameters
        ----------
        embeddings, dense : Tensor, `(B, c, g, g)`
            Embeddings of the images and of the prompts.
        position : Tensor, `(1, c, g, g)`
            Position encoding of the grid.
        sparse : Tensor, `(B, P, c)`
            Prompt tokens.

        Returns
        -------
        mask_embedding : Tensor, `(B, c, g, g)`
        quality : Tensor, `(B,)`
            Predicted intersection over union.
        """
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight])
        count = len(embeddings)
        tokens = torch.cat([own.expand(count, -1, -1), sparse], dim=1)
        tokens, image = self.transformer(
            embeddings + dense, position.expand(count, -1, -1, -1), tokens
        )
        quality = self.iou_prediction_head(tokens[:, 0])[:, 0]
        return image.transpose(1, 2).reshape(embeddings.shape), quality
