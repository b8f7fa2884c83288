"""DAPSAM by its formulas alone, on the blocks of segment-anything, and its fixtures.

It shares no code with `sambench.models.dapsam` but the package's classes, and has the
names of the published code.
"""

from functools import partial

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from sambench.models.sam.package import (
    ImageEncoderViT,
    MaskDecoder,
    PositionEmbeddingRandom,
    TwoWayTransformer,
    window_partition,
    window_unpartition,
)


class ChannelAdapter(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.D_fc1 = nn.Linear(width, width // 4)
        self.D_fc2 = nn.Linear(width // 4, width)

    def forward(self, normed: Tensor, low: Tensor) -> Tensor:
        u = normed + low
        gate = torch.sigmoid(u.amax((1, 2)) + u.mean((1, 2)))
        return self.D_fc2(functional.gelu(self.D_fc1(u * gate[:, None, None])))


class LowLevelAdapter(nn.Module):
    def __init__(self, width: int, depth: int):
        super().__init__()
        self.embedding_generator = nn.Linear(width, width)
        for i in range(depth):
            mlp = nn.Sequential(
                nn.Linear(width, width // 4), nn.GELU(), nn.Linear(width // 4, width)
            )
            setattr(self, f"lightweight_mlp_{i}", mlp)

    def embed(self, x: Tensor) -> Tensor:
        batch, rows, columns, width = x.shape
        scrambled = x.contiguous().reshape(batch, width, rows * columns)
        return self.embedding_generator(scrambled.transpose(1, 2)).reshape(x.shape)

    def forward(self, i: int, x: Tensor, low: Tensor) -> Tensor:
        z = 0.5 * x + low
        gate = torch.sigmoid(z.amax((1, 3)) + z.mean((1, 3)))  # a value per column
        return x + getattr(self, f"lightweight_mlp_{i}")(z * gate[:, None, :, None])


class Encoder(ImageEncoderViT):
    def __init__(self, sizes: dict):
        names = ("img_size", "patch_size", "embed_dim", "depth", "num_heads")
        names += ("out_chans", "window_size", "global_attn_indexes")
        super().__init__(
            **{name: sizes[name] for name in names},
            use_rel_pos=True,
            norm_layer=partial(nn.LayerNorm, eps=1e-6),
        )
        self.l_adapter = LowLevelAdapter(sizes["embed_dim"], sizes["depth"])
        for block in self.blocks:
            block.channel_adapter = ChannelAdapter(sizes["embed_dim"])

    def forward(self, images: Tensor, features: dict[str, Tensor]) -> Tensor:
        x = self.patch_embed(images) + self.pos_embed
        low = self.l_adapter.embed(x)
        for i, block in enumerate(self.blocks):
            x = self.l_adapter(i, x, low)
            attended, side = block.norm1(x), block.window_size
            if side:
                attended, padded = window_partition(attended, side)
            attended = block.attn(attended)
            if side:
                attended = window_unpartition(attended, side, padded, x.shape[1:3])
            x = x + attended
            n = block.norm2(x)
            x = x + block.mlp(n) + 0.5 * block.channel_adapter(n, low)
            features[f"feature/block{i}"] = x
        return self.neck(x.permute(0, 3, 1, 2))


class Prototype(nn.Module):
    def __init__(self, channels: int, items: int):
        super().__init__()
        self.memory_bank = nn.Module()
        self.memory_bank.weight = nn.Parameter(torch.randn(items, channels) / 8)
        self.pe_layer = PositionEmbeddingRandom(channels // 2)
        self.fuse_conv = nn.Conv2d(2 * channels + 1, channels, 1)

    def forward(self, embedding: Tensor) -> Tensor:
        p = embedding.mean((2, 3)) + embedding.amax((2, 3))
        weights = torch.softmax(p @ self.memory_bank.weight.T, -1)
        r = (weights @ self.memory_bank.weight)[:, :, None, None].expand_as(embedding)
        likeness = functional.cosine_similarity(r, embedding, dim=1, eps=1e-7)
        return self.fuse_conv(torch.cat([embedding, r, likeness[:, None]], 1))


class Reference(nn.Module):
    def __init__(self, sizes: dict, items: int):
        super().__init__()
        channels = sizes["out_chans"]
        self.sizes = sizes
        self.image_encoder = Encoder(sizes)
        self.mask_decoder = MaskDecoder(
            transformer_dim=channels,
            transformer=TwoWayTransformer(2, channels, 8, 128),
            num_multimask_outputs=sizes["num_classes"] - 1,
        )
        self.prompt_generator = Prototype(channels, items)
        for name, parameter in self.image_encoder.named_parameters():
            parameter.requires_grad_("adapter" in name)

    def forward(self, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        found: dict[str, Tensor] = {}
        embedding = self.image_encoder(images, found)
        dense = self.prompt_generator(embedding)
        found |= {"feature/embedding": embedding, "feature/dense_prompt": dense}
        found["low_res_logits"], found["iou_predictions"] = (
            self.mask_decoder.predict_masks(
                embedding,
                self.prompt_generator.pe_layer(embedding.shape[-2:])[None],
                torch.empty(1, 0, embedding.shape[1]),
                dense,
            )
        )
        side = self.sizes["img_size"]
        masks = functional.interpolate(
            found["low_res_logits"], (side, side), mode="bilinear", align_corners=False
        )
        return masks, found


def reference_loss(masks: Tensor, targets: Tensor) -> Tensor:
    """0.2 cross-entropy and 0.8 Dice of the batch, per class and summed."""
    total = masks.new_zeros(())
    for p, y in zip(masks.sigmoid().unbind(1), targets.float().unbind(1), strict=True):
        dice = 1 - (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)
        total = total + 0.2 * functional.binary_cross_entropy(p, y) + 0.8 * dice
    return total


def write_reference_fixture(path, sizes: dict, items: int, rename=lambda name: name):
    """Write a fixture of random weights; return its tensors and metadata."""
    torch.manual_seed(0)
    network = Reference(sizes, items)
    for name, parameter in network.named_parameters():
        if "pos" in name:  # zero as the package makes them
            nn.init.normal_(parameter, std=0.2)
        elif parameter.ndim == 1:
            parameter.data += 0.1 * torch.randn_like(parameter)
    side = sizes["img_size"]
    images = torch.randn(2, 3, side, side)
    steps = torch.arange(side) - side * torch.tensor([[0.4], [0.5]])
    distance = (steps[:, :, None] ** 2 + steps[:, None] ** 2).sqrt() / side
    target = torch.stack([distance < 0.3, distance < 0.15], 1)
    target = target[:, : sizes["num_classes"]]
    masks, tensors = network(images)
    loss = reference_loss(masks, target)
    loss.backward()
    tensors |= {"input": images, "target": target.byte(), "loss": loss.view(1)}
    for name, tensor in network.state_dict().items():
        tensors[f"weights/{rename(name)}"] = tensor
    for name, parameter in network.named_parameters():
        if parameter.grad is not None:
            tensors[f"grad_norm/{rename(name)}"] = parameter.grad.norm().view(1)
    tensors = {name: t.detach().clone().contiguous() for name, t in tensors.items()}
    metadata = {name: str(value) for name, value in sizes.items()}
    save_file(tensors, path, metadata)
    return tensors, metadata
