"""One training from its files to its run folder, in one process or several."""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import torch.distributed as dist

from sambench.compute.device import reserve_devices, shares_gpus
from sambench.data.packed import PackedSlices
from sambench.embed.use import open_all
from sambench.errors import InputError, count_of
from sambench.models import NETWORKS
from sambench.train.cost import PROCESS, step_cost
from sambench.train.resume import ResumeState, key_of
from sambench.train.run_folder import write_run
from sambench.train.slices import SourceSlices
from sambench.train.trainer import train
from sambench.weights.reading import digest

logger = logging.getLogger(__name__)
LIBRARY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class TrainingJob:
    """All that a training needs, in plain values that travel to other processes.

    Attributes
    ----------
    name : str
        Name of the run, for messages.
    recipe : dict
        The training part of a recipe.
    domains : list of str
        Folders of packed slices, of every domain of the source.
    seed, threads : int
        Seed of the training, CPU threads per process.
    resume : str
        Path of the state of an unfinished training.
    folder : str
        Run folder to write.
    backbone : str, optional
        Pretrained weights of the network's backbone.
    embeddings : list of str
        Files of what the frozen part of the network computed, by domain, if any.
    candidates : list of int
        Epochs, counted from 1, whose weights are kept.
    validation : float
        Share of the source's patients that is held out.
    """

    name: str
    recipe: dict[str, Any]
    domains: list[str]
    seed: int
    threads: int
    resume: str
    folder: str
    backbone: str | None = None
    embeddings: list[str] = field(default_factory=list)
    candidates: list[int] = field(default_factory=list)
    validation: float = 0


def run_job(job: TrainingJob, processes: int, devices: list[str] | None = None) -> None:
    """Train, and write the run folder.

    Parameters
    ----------
    job : TrainingJob
        What to train.
    processes : int
        GPUs that the job may use, one process each; on a CPU one process trains.
    devices : list of str, optional
        Devices to use in place of those that are free.

    Raises
    ------
    InputError
        If the recipe, the data or the weights do not fit together.
    SystemExit
        If one of several processes failed; what it said is in the log.
    """
    if not devices:
        needed = {"memory": memory_needed(job)} if shares_gpus() else {}
        devices = reserve_devices(processes, **needed)
    batch_size = job.recipe["training"]["batch_size"]
    if batch_size < len(devices):
        raise InputError(
            where=f"the recipe '{job.recipe['id']}', key 'training.batch_size'",
            found=f"{count_of(batch_size, 'slice')} for {len(devices)} GPUs",
            expected="at least one slice per GPU: the batch is shared among them",
            remedy="Use fewer GPUs (`--set-resources train:gpu=1`) or a larger batch",
        )
    if len(devices) == 1:
        _work(job, devices[0])
    else:
        _launch(job, devices)


def memory_needed(job: TrainingJob) -> int:
    """Return the bytes of a GPU that a training needs, generously.

    What `sambench plan` counts is that of a CPU: steps took up to twice as much of an
    H100 (docs/cost.md). To it come a GiB of CUDA itself and the slices of the source.
    """
    domains = [PackedSlices(folder) for folder in job.domains]
    slices = SourceSlices(domains, job.recipe, open_all(job.embeddings), job.validation)
    rows, columns = domains[0].images.shape[1:3]
    channels = len(slices.structures)
    if NETWORKS.prompted(job.recipe["network"]["name"]):
        channels = max(len(d.structures) for d in domains)  # asked for in one slice
    cost = step_cost(job.recipe, channels, (rows, columns))
    return 2 * (cost.memory - PROCESS) + 2**30 + slices.bytes()


def _work(job: TrainingJob, device: str, processes: int = 1) -> None:
    domains = [PackedSlices(folder) for folder in job.domains]
    data = {domain.folder.name: domain.digest() for domain in domains}
    backbone = Path(job.backbone) if job.backbone else None
    key = key_of(
        recipe=job.recipe,
        data=data,
        seed=job.seed,
        backbone=backbone and digest(backbone),
        candidates=job.candidates,
        validation=job.validation,
        processes=processes,
    )
    resume = ResumeState(Path(job.resume), key)
    trained = train(
        job.recipe,
        domains,
        seed=job.seed,
        threads=job.threads,
        resume=resume,
        name=job.name,
        backbone=backbone,
        embeddings=open_all(job.embeddings),
        candidates=job.candidates,
        validation=job.validation,
        device=device,
    )
    if dist.is_initialized() and dist.get_rank() != 0:
        return
    write_run(
        trained,
        Path(job.folder),
        recipe=job.recipe,
        data=data,
        seed=job.seed,
        threads=job.threads,
        processes=processes,
        backbone=backbone,
    )
    resume.delete()


def _launch(job: TrainingJob, devices: list[str]) -> None:
    """Start one process per device, pass on what they say, end all if one fails."""
    paths = [str(LIBRARY), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with tempfile.TemporaryDirectory(prefix="sambench-") as folder:
        payload = Path(folder) / "job.json"
        payload.write_text(json.dumps({"job": asdict(job), "devices": devices}))
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "sambench.train.job", str(payload), str(rank)],
                env=environment,
                stderr=subprocess.PIPE,
                text=True,
            )
            for rank in range(len(devices))
        ]
        readers = [
            Thread(target=_pass_on, args=(process.stderr,), daemon=True)
            for process in running
        ]
        for reader in readers:
            reader.start()
        try:
            while any(process.poll() is None for process in running):
                if any(process.poll() for process in running):
                    break
                time.sleep(0.2)
        finally:
            for process in running:
                process.kill()
        codes = [process.wait() for process in running]
        for reader in readers:  # what was said last is on its way still
            reader.join(timeout=10)
    if any(codes):
        raise SystemExit(1)


def _pass_on(lines: Any) -> None:
    for line in lines:
        logger.info("%s", line.rstrip())


def main(payload: str, rank: int) -> int:
    """Run one of several processes; returns its exit status."""
    content = json.loads(Path(payload).read_text())
    devices = content["devices"]
    logging.basicConfig(level=logging.INFO if rank == 0 else logging.WARNING)
    on_gpu = devices[rank].startswith("cuda")
    dist.init_process_group(
        "nccl" if on_gpu else "gloo",
        init_method=f"file://{Path(payload).with_name('store')}",
        rank=rank,
        world_size=len(devices),
        timeout=timedelta(minutes=30),
    )
    try:
        _work(TrainingJob(**content["job"]), devices[rank], len(devices))
        dist.barrier()
    except InputError as error:
        logger.error("%s", error)
        return 1
    finally:
        dist.destroy_process_group()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
