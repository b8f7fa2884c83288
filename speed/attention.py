"""Time SAM's image encoder with our attention beside the package as it is.

Run from the repository root, e.g. ``python speed/attention.py --sizes 384 1024``.
Variants: the package's forward pass and allocator; ours as jobs run it; ours with
memory handed back and the form of attention that needs least of it. With ``--parts``
also what each change does alone. Weights are random, images are noise. "faster" is the
ratio of times to the package, "GiB" the peak of the process, "above" the peak without
weights and libraries, "differs" the largest relative difference of outputs.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from side_by_side import compare, machine, serve

PLAIN = {"SAMBENCH_KEEP_MEMORY": "0", "SAMBENCH_LINEAR": "torch"}
VARIANTS = {
    "package": PLAIN,
    "ours": {},
    "ours, low memory": {
        "SAMBENCH_KEEP_MEMORY": "0",
        "SAMBENCH_ATTENTION": "rows",
    },
}
PARTS = {
    "package, memory kept": {"SAMBENCH_LINEAR": "torch"},
    "package, oneDNN": {"SAMBENCH_KEEP_MEMORY": "0"},
    "ours, bias": {**PLAIN, "SAMBENCH_ATTENTION": "bias"},
    "ours, rows": {**PLAIN, "SAMBENCH_ATTENTION": "rows"},
    "ours, folded": {**PLAIN, "SAMBENCH_ATTENTION": "folded"},
}


def main() -> None:
    """Compare at each image size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[384, 512, 1024])
    parser.add_argument("--backbone", default="vit_b")
    parser.add_argument("--backward", action="store_true", help="and gradients")
    parser.add_argument("--parts", action="store_true", help="each change alone, too")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        serve(make_work(arguments))
        return
    print(machine())
    variants = VARIANTS | (PARTS if arguments.parts else {})
    for size in arguments.sizes:
        what = "forward and backward" if arguments.backward else "forward"
        print(f"\n{arguments.backbone}, {size} px, batch 1, {what}, float32")
        given = ["--sizes", str(size), "--backbone", arguments.backbone]
        given += ["--threads", str(arguments.threads)]
        given += ["--backward"] * arguments.backward
        compare(Path(__file__), variants, given, arguments.repeats)


def make_work(arguments: argparse.Namespace) -> Callable[[], Sequence[float]]:
    """Build the encoder of a variant; the environment holds its settings."""
    from sambench.compute.allocator import keep_freed_memory

    keep_freed_memory()
    import torch

    from sambench.models.sam.build import build_encoder, sam_size
    from sambench.models.sam.package import ImageEncoderViT

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    size = arguments.sizes[0]
    encoder = build_encoder(sam_size(arguments.backbone), size).requires_grad_(False)
    for name, parameter in encoder.named_parameters():
        if "pos" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    images = torch.randn(1, 3, size, size)
    weights = torch.randn(1, encoder.neck[0].out_channels, size // 16, size // 16)
    package = arguments.worker.startswith("package")

    def encode(images: torch.Tensor) -> torch.Tensor:
        if package:
            return ImageEncoderViT.forward(encoder, images)
        return encoder(images)

    def forward() -> list[float]:
        with torch.inference_mode():
            return encode(images).flatten()[:: size * 4].tolist()

    def backward() -> list[float]:
        given = images.clone().requires_grad_()
        (encode(given) * weights).mean().backward()
        return given.grad.flatten()[:: size * 4].tolist()

    return backward if arguments.backward else forward


if __name__ == "__main__":
    main()
