"""SAM's prompt encoder and mask decoder over a batch of prompts of many images."""

import torch
from torch import Tensor, nn

from sambench.models.full_precision import full_precision


def decode_prompts(
    prompt_encoder: nn.Module,
    mask_decoder: nn.Module,
    embeddings: Tensor,
    judged: bool = True,
    **prompt: Tensor | None,
) -> tuple[Tensor, Tensor | None]:
    """Decode one prompt per embedding; the package takes one image at a time.

    Parameters
    ----------
    prompt_encoder, mask_decoder : nn.Module
        Prompt encoder and mask decoder of a SAM.
    embeddings : Tensor, `(N, c, g, g)`
        Embeddings of images; an image with several prompts occurs several times.
    judged : bool
        Predict the quality, too.
    **prompt
        As for `encode_prompts`.

    Returns
    -------
    logits : Tensor, `(N, M, 4 g, 4 g)`
        Logits of every mask token: the first is SAM's for clear prompts, the others its
        for ambiguous ones.
    quality : Tensor, `(N, M)`, optional
        Predicted intersection over union.
    """
    encoded = encode_prompts(prompt_encoder, **prompt)
    return decode_tokens(mask_decoder, embeddings, *encoded, judged=judged)


def encode_prompts(
    prompt_encoder: nn.Module,
    *,
    boxes: Tensor | None = None,
    points: Tensor | None = None,
    labels: Tensor | None = None,
    masks: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Encode prompts in full precision, whatever the rest is computed in.

    In bfloat16 a coordinate of 1024 pixels would be off by up to two, and the phases of
    its sines and cosines with it.

    Parameters
    ----------
    prompt_encoder : nn.Module
        Prompt encoder of a SAM.
    boxes : Tensor, `(N, 4)`, optional
        x0, y0, x1, y1 in pixels of the encoder's images.
    points : Tensor, `(N, P, 2)`, optional
        x, y of points in pixels of the encoder's images.
    labels : Tensor, `(N, P)`, optional
        1 for points inside the structure, 0 for those outside, -1 for none; inside, if
        left out.
    masks : Tensor, `(N, 1, 4 g, 4 g)`, optional
        Logits of an earlier answer.

    Returns
    -------
    position : Tensor, `(1, c, g, g)`
        Position encoding of the grid.
    sparse : Tensor, `(N, P, c)`
        Prompt tokens.
    dense : Tensor, `(N, c, g, g)`
        What is added to the embeddings.
    """
    with full_precision(prompt_encoder.no_mask_embed.weight.device):
        marked = None
        if points is not None:
            if labels is None:
                labels = torch.ones(points.shape[:2], device=points.device)
            marked = (points.float(), labels)
        boxes = None if boxes is None else boxes.float()
        masks = None if masks is None else masks.float()
        sparse, dense = prompt_encoder(points=marked, boxes=boxes, masks=masks)
        return prompt_encoder.get_dense_pe(), sparse, dense


def decode_tokens(
    decoder: nn.Module,
    embeddings: Tensor,
    position: Tensor,
    sparse: Tensor,
    dense: Tensor,
    judged: bool = True,
) -> tuple[Tensor, Tensor | None]:
    """Run SAM's mask decoder on encoded prompts, one per embedding.

    Parameters
    ----------
    decoder : nn.Module
        SAM's `MaskDecoder`.
    embeddings, dense : Tensor, `(N, c, g, g)`
        Embeddings of the image and of the prompt; `dense` may be broadcast over N.
    position : Tensor, `(1, c, g, g)`
        Position encoding of the grid.
    sparse : Tensor, `(N, P, c)`
        Prompt tokens; P may be 0. One set `(1, P, c)` may serve all embeddings.
    judged : bool
        Predict the quality, too, which few losses use.
    """
    tokens, image = exchange(decoder, embeddings, position, sparse, dense)
    upscaled = decoder.output_upscaling(image)
    networks = enumerate(decoder.output_hypernetworks_mlps, 1)
    weights = [network(tokens[:, number]) for number, network in networks]
    logits = torch.stack(weights, dim=1) @ upscaled.flatten(2)
    logits = logits.unflatten(2, upscaled.shape[2:])
    return logits, decoder.iou_prediction_head(tokens[:, 0]) if judged else None


def exchange(
    decoder: nn.Module,
    embeddings: Tensor,
    position: Tensor,
    sparse: Tensor,
    dense: Tensor,
) -> tuple[Tensor, Tensor]:
    """Run SAM's two-way transformer; the arguments are those of `decode_tokens`.

    Returns
    -------
    tokens : Tensor, `(N, 1 + M + P, c)`
        Of the quality, the masks and the prompt.
    image : Tensor, `(N, c, g, g)`
    """
    own = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
    count = len(sparse)
    tokens = torch.cat([own.expand(count, -1, -1), sparse], dim=1)
    tokens, image = decoder.transformer(
        embeddings + dense, position.expand(count, -1, -1, -1), tokens
    )
    return tokens, image.transpose(1, 2).reshape(embeddings.shape)
