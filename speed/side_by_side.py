"""Time variants of one computation in turns, each in a process of its own.

Allocator settings and peak memory belong to a process, so variants cannot share one.
All processes are started, then asked in turns, so that a load on the machine falls on
all of them alike; ratios are medians of the ratios within a turn.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

GIB = 2**30


def serve(work: Callable[[], Sequence[float]]) -> None:
    """In a worker: run the work whenever the parent asks for it, and report.

    Parameters
    ----------
    work : callable
        Returns a few numbers by which variants are compared.
    """
    import torch

    from sambench.compute.device import peak_memory

    idle = _resident()
    for _ in sys.stdin:
        start, cpu = time.perf_counter(), time.process_time()
        numbers = work()
        seconds, used = time.perf_counter() - start, time.process_time() - cpu
        peak = peak_memory(torch.device("cpu"))
        report = {
            "seconds": seconds,
            "cpu_seconds": used,
            "peak": peak,
            "above_idle": peak - idle,
            "numbers": [float(number) for number in numbers],
        }
        print(json.dumps(report), flush=True)


def compare(
    script: Path,
    variants: Mapping[str, Mapping[str, str]],
    arguments: Sequence[str],
    repeats: int,
) -> None:
    """Run variants in turns and print times, peak memory and ratios to the first.

    Parameters
    ----------
    script : Path
        Called with ``--worker NAME`` and the arguments.
    variants : mapping of str to mapping of str to str
        Name to environment variables.
    arguments : sequence of str
        Further arguments of the script.
    repeats : int
        Turns that are timed, after one that is not.
    """
    workers = {
        name: _start(script, name, environment, arguments)
        for name, environment in variants.items()
    }
    turns = []
    for _ in range(repeats + 1):
        turns.append({name: _ask(worker) for name, worker in workers.items()})
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    first = next(iter(variants))
    expected = turns[0][first]["numbers"]
    scale = max(abs(number) for number in expected)
    print(_row("", "s", "faster", "CPU s", "faster", "GiB", "above", "differs"))
    for name in variants:
        own = [turn[name] for turn in turns[1:]]
        pairs = zip(turns[0][name]["numbers"], expected, strict=True)
        print(
            _row(
                name,
                f"{statistics.median(run['seconds'] for run in own):.3f}",
                f"{_ratio(turns[1:], first, name, 'seconds'):.2f}",
                f"{statistics.median(run['cpu_seconds'] for run in own):.3f}",
                f"{_ratio(turns[1:], first, name, 'cpu_seconds'):.2f}",
                f"{own[-1]['peak'] / GIB:.2f}",
                f"{own[-1]['above_idle'] / GIB:.2f}",
                f"{max(abs(a - b) for a, b in pairs) / scale:.0e}",
            ),
            flush=True,
        )


def _ratio(turns: Sequence[Mapping], first: str, name: str, what: str) -> float:
    return statistics.median(turn[first][what] / turn[name][what] for turn in turns)


def _row(name: str, *cells: str) -> str:
    return f"{name:24}" + "".join(f"{cell:>9}" for cell in cells)


def machine() -> str:
    """Describe the machine: processor, cores, load, versions."""
    import torch

    name = platform.processor()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text().splitlines()
        found = [line.split(":")[1].strip() for line in lines if "model name" in line]
        name = found[0] if found else name
    load = f"{os.getloadavg()[0]:.1f}"
    return f"{name}, {os.cpu_count()} cores, load {load}, torch {torch.__version__}"


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _start(
    script: Path, name: str, environment: Mapping[str, str], arguments: Sequence[str]
) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(script), "--worker", name, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **environment},
        text=True,
    )


def _ask(worker: subprocess.Popen) -> dict[str, Any]:
    worker.stdin.write("run\n")
    worker.stdin.flush()
    return json.loads(worker.stdout.readline())
