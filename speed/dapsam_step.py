"""Time DAPSAM's training step and inference beside the package's attention.

Run from the repository root, e.g. ``python speed/dapsam_step.py --batch 1``. The
reference is the same network with the package's attention, torch's linear layers and
the allocator as it is. A step is forward, loss, backward and AdamW in float32 (and,
where asked for, in bfloat16). Columns as in ``attention.py``; "differs" compares the
losses, or logits.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from side_by_side import compare, machine, serve

VARIANTS = {
    "package": {"SAMBENCH_KEEP_MEMORY": "0", "SAMBENCH_LINEAR": "torch"},
    "ours": {},
    "ours, memory not kept": {"SAMBENCH_KEEP_MEMORY": "0"},
}
CHECKPOINTED, BFLOAT16 = "ours, checkpointing", "ours, bfloat16"


def main() -> None:
    """Compare steps and inference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--backbone", default="vit_b")
    parser.add_argument("--structures", type=int, default=1)
    parser.add_argument("--work", choices=["step", "inference"], nargs="+")
    parser.add_argument("--bfloat16", action="store_true")
    parser.add_argument("--checkpointing", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        serve(make_work(arguments))
        return
    print(machine())
    variants = dict(VARIANTS)
    variants |= {BFLOAT16: {}} if arguments.bfloat16 else {}
    for work in arguments.work or ["step", "inference"]:
        size, batch = str(arguments.size), str(arguments.batch)
        print(f"\nDAPSAM {arguments.backbone}, {size} px, batch {batch}, {work}")
        given = ["--size", size, "--batch", batch, "--work", work]
        given += ["--backbone", arguments.backbone]
        given += ["--structures", str(arguments.structures)]
        given += ["--threads", str(arguments.threads)]
        checkpointed = work == "step" and arguments.checkpointing
        more = {CHECKPOINTED: {}} if checkpointed else {}
        compare(Path(__file__), variants | more, given, arguments.repeats)


def make_work(arguments: argparse.Namespace) -> Callable[[], Sequence[float]]:
    """Build the network of a variant; the environment holds its settings."""
    from sambench.compute.allocator import keep_freed_memory

    keep_freed_memory()
    import torch

    from sambench.methods.objectives import DiceBCE
    from sambench.models.dapsam import encoder
    from sambench.models.dapsam.network import Dapsam
    from sambench.models.sam.build import sam_size

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    if arguments.worker == "package":
        encoder.attend = package_attention
    network = Dapsam(
        sam_size(arguments.backbone),
        arguments.size,
        arguments.structures,
        checkpointing=arguments.worker == CHECKPOINTED,
    )
    shape = (arguments.batch, 3, arguments.size, arguments.size)
    images = torch.randn(shape)
    labels = (torch.rand(shape)[:, : arguments.structures] > 0.5).float()
    annotated, objective = labels.new_ones(labels.shape[:2]).bool(), DiceBCE(0.8)
    trained = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=5e-4, weight_decay=0.1)
    bfloat16 = arguments.worker == BFLOAT16

    def step() -> list[float]:
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits = network(images)
        loss = objective(logits, labels, annotated)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        return [loss.item()]

    def inference() -> list[float]:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, bfloat16):
            return network(images).float().flatten()[::997].tolist()

    return step if arguments.work == ["step"] else inference


def package_attention(block, tokens):
    """Compute the attention branch of a block as the package does."""
    from sambench.models.sam.package import window_partition, window_unpartition

    side = block.window_size
    if not side:
        return block.attn(tokens)
    rows, columns = tokens.shape[1:3]
    windows, padded = window_partition(tokens, side)
    return window_unpartition(block.attn(windows), side, padded, (rows, columns))


if __name__ == "__main__":
    main()
