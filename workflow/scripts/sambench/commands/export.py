"""Write the weights of a DAPSAM run under the names of the published code.

The file is a whole state dict for torch.load, which that code loads strictly. Released
weights come the other way by the method dapsam_release.
"""

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "run_folder",
        metavar="RUN",
        type=Path,
        help="such as results/runs/prostate/dapsam/RUNMC/seed1",
    )
    parser.add_argument(
        "--backbone",
        type=Path,
        required=True,
        metavar="FILE",
        help="the weights that the training began from",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="such as dapsam.pth"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the file; return the exit status."""
    import torch

    from sambench.atomic import atomic_path
    from sambench.models.dapsam.builder import published_state
    from sambench.train.run_folder import read_method, read_record

    recipe = read_record(arguments.run_folder / "run.json")["recipe"]
    method = read_method(
        recipe,
        arguments.run_folder / "weights.safetensors",
        torch.device("cpu"),
        arguments.backbone,
    )
    network = getattr(method.network, "network", method.network)
    state = published_state(network, recipe["id"])
    with atomic_path(arguments.out) as temporary:
        torch.save(state, temporary)
    print(f"{len(state)} tensors written to {arguments.out}")
    return 0
