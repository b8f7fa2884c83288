"""Compare our deformable attention with the pure PyTorch form of Deformable DETR.

Run as ``python speed/deformable_attention.py`` from the repository root. The other
side is the layer of the transformers library, which sambench does not need otherwise:
``pip install transformers``. Both have the same weights and must agree in values and
gradients. Time is the shortest of several alternating runs; memory is the highest
resident memory of a fresh process (on a GPU, of the allocator) in one call, beyond what
it had before; Linux only.
"""

import argparse
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

from sambench.models.dbsam.deformable_attention import (
    DeformableAttention,
    pixel_centres,
)

DIM, HEADS, POINTS, SIDE = 768, 12, 4, 64  # DB-SAM at 1024 px and ViT-B
# Query maps and value maps of the paper's exchange and of the released configuration's.
CASES = {"paper, 1 map reads 1": (1, 1), "released, 5 maps read 5": (5, 5)}
Step = Callable[[], Tensor]


def make_steps(
    queries: int, levels: int, device: str
) -> tuple[dict[str, Step], dict[str, torch.nn.Module]]:
    """Make both layers with equal weights, and a function that runs each."""
    from transformers.models.deformable_detr import DeformableDetrConfig
    from transformers.models.deformable_detr import modeling_deformable_detr as detr

    torch.manual_seed(0)
    ours = DeformableAttention(DIM, HEADS, levels, POINTS).to(device)
    config = DeformableDetrConfig(
        d_model=DIM, num_feature_levels=levels, disable_custom_kernels=True
    )
    theirs = detr.DeformableDetrMultiscaleDeformableAttention(config, HEADS, POINTS)
    with torch.no_grad():  # away from the start, where points sit on pixel centres
        for name, parameter in ours.named_parameters():
            if name.startswith(("sampling", "attention")):
                parameter.add_(0.05 * torch.randn_like(parameter))
    theirs.load_state_dict(ours.state_dict())
    theirs.to(device)
    tokens = torch.randn(1, queries * SIDE**2, DIM, device=device)
    maps = [torch.randn(1, SIDE, SIDE, DIM, device=device) for _ in range(levels)]
    sizes = [(SIDE, SIDE)] * levels
    reference = pixel_centres([(SIDE, SIDE)] * queries, tokens.device)
    values = torch.cat([each.flatten(1, 2) for each in maps], 1)

    def run_ours() -> Tensor:
        return ours(tokens, reference, maps)

    def run_theirs() -> Tensor:
        return theirs(
            tokens,
            encoder_hidden_states=values,
            reference_points=reference[None, :, None].expand(-1, -1, levels, -1),
            spatial_shapes=torch.tensor(sizes, device=device),
            spatial_shapes_list=sizes,
        )[0]

    steps = {"transformers": run_theirs, "sambench": run_ours}
    return steps, {"transformers": theirs, "sambench": ours}


def with_gradient(step: Step) -> None:
    """Run a step forward and backward."""
    step().square().mean().backward()


def check(steps: dict[str, Step], layers: dict[str, torch.nn.Module]) -> None:
    """Stop unless both layers agree in values and gradients."""
    theirs, ours = (step() for step in steps.values())
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)
    for step in steps.values():
        with_gradient(step)
    expected = dict(layers["transformers"].named_parameters())
    for name, parameter in layers["sambench"].named_parameters():
        largest = float(expected[name].grad.abs().max())
        difference = float((parameter.grad - expected[name].grad).abs().max())
        # Bilinear sampling has a kink at every pixel centre, where both are right.
        if difference > 1e-3 * largest:
            raise SystemExit(f"the gradients of {name} differ by {difference:.1e}")


def seconds(steps: dict[str, Step], train: bool, repeats: int) -> dict[str, float]:
    """Return the shortest time of each, measured in turns."""
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(repeats):
        for name, step in steps.items():
            start = time.perf_counter()
            if train:
                with_gradient(step)
            else:
                with torch.no_grad():
                    step()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def peak_mib(name: str, case: tuple[int, int], device: str, train: bool) -> float:
    """Return the peak memory of one call, in MiB; to be run in a process of its own."""
    step = make_steps(*case, device)[0][name]

    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    else:  # importing needed more than the call will: forget that peak (Linux)
        Path("/proc/self/clear_refs").write_text("5")
    before = _highest(device)
    if train:
        with_gradient(step)
    else:
        with torch.no_grad():
            step()
    return _highest(device) - before


def _highest(device: str) -> float:
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 2**10  # kB


def main() -> None:
    """Print times, peaks and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    try:
        import transformers
    except ImportError:
        sys.exit("This benchmark needs the library: pip install transformers")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}"
    print(f"{device}, {arguments.threads} threads, {versions}")
    for title, case in CASES.items():
        steps, layers = make_steps(*case, device)
        check(steps, layers)
        for train in (False, True):
            times = seconds(steps, train, arguments.repeats)
            peaks = {}
            for name in steps:
                with get_context("spawn").Pool(1) as pool:
                    peaks[name] = pool.apply(peak_mib, (name, case, device, train))
            print(f"\n{title} ({'forward and backward' if train else 'forward'})")
            for name in steps:
                print(f"  {name:13}{1e3 * times[name]:9.0f} ms{peaks[name]:9.0f} MiB")
            faster = times["transformers"] / times["sambench"]
            smaller = peaks["sambench"] / peaks["transformers"]
            print(f"  {faster:.2f} times faster, {smaller:.2f} of its memory")


if __name__ == "__main__":
    main()
