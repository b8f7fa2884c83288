"""Trainings on two CPU processes: several in one pair that starts once.

Run as a program, it is one process of the pair.
"""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import torch

from sambench.data.packed import PackedSlices
from sambench.train.job import TrainingJob, main
from sambench.train.run_folder import read_method


def job_in(folder: Path, recipe: dict, domain: PackedSlices) -> TrainingJob:
    """Describe a training on one domain that writes a new folder."""
    folder.mkdir()
    return TrainingJob(
        name="test",
        recipe=recipe,
        domains=[str(domain.folder)],
        seed=1,
        threads=1,
        resume=str(folder / "resume.pt"),
        folder=str(folder),
    )


def train_in_two(jobs: list[TrainingJob]) -> None:
    """Train one job after another, each on two processes."""
    payloads = [Path(job.folder) / "job.json" for job in jobs]
    for job, payload in zip(jobs, payloads, strict=True):
        content = {"job": asdict(job), "devices": ["cpu", "cpu"]}
        payload.write_text(json.dumps(content))
    commands = [[sys.executable, __file__, rank, *payloads] for rank in ("0", "1")]
    running = [subprocess.Popen(command) for command in commands]
    assert [process.wait() for process in running] == [0, 0]


def check_equal_weights(one: TrainingJob, two: TrainingJob, **tolerance: float) -> None:
    """Compare the weights that one process and two came to."""
    states = []
    for processes, job in enumerate((one, two), start=1):
        folder = Path(job.folder)
        record = json.loads((folder / "run.json").read_text())
        assert record["processes"] == processes
        assert not (folder / "resume.pt").exists()
        weights = folder / "weights.safetensors"
        method = read_method(job.recipe, weights, torch.device("cpu"))
        states.append(method.trained_state())
    for key, tensor in states[0].items():
        torch.testing.assert_close(states[1][key], tensor, **tolerance, msg=key)


if __name__ == "__main__":
    sys.exit(max(main(payload, int(sys.argv[1])) for payload in sys.argv[2:]))
