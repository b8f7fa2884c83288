"""Time two trainings at once on the same cores: waiting threads spin, or sleep.

Run from the repository root: ``python speed/concurrency.py``. Threads of OpenMP
spin while they wait for others; `sambench` lets them sleep (`GOMP_SPINCOUNT=1000`).
Each line is the median step of a small U-Net with two threads, alone and beside a
second one.
"""

import os
import statistics
import subprocess
import sys
import time

from side_by_side import machine

WORK = """
import sys, time, torch
torch.set_num_threads(2)
network = torch.nn.Sequential(
    *(torch.nn.Conv2d(i, 32, 3, padding=1) for i in (3, 32, 32, 32))
)
images = torch.rand(4, 3, 96, 96)
times = []
end = time.time() + float(sys.argv[1])
while time.time() < end:
    begin = time.perf_counter()
    network(images).square().mean().backward()
    times.append(time.perf_counter() - begin)
times.sort()
print(times[len(times) // 2])
"""


def steps(processes: int, spin: str | None, seconds: float) -> float:
    """Return the median step of some processes at once."""
    environment = {k: v for k, v in os.environ.items() if k != "GOMP_SPINCOUNT"}
    if spin:
        environment["GOMP_SPINCOUNT"] = spin
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WORK, str(seconds)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    return statistics.mean(float(p.communicate()[0]) for p in running)


def main() -> None:
    """Print seconds a step."""
    print(machine(), time.strftime("%Y-%m-%d"))
    for spin in (None, "1000"):
        alone, beside = (steps(count, spin, 8) for count in (1, 2))
        name = f"GOMP_SPINCOUNT={spin}" if spin else "spinning (default)"
        print(f"{name:24} alone {alone:.3f} s, beside another {beside:.3f} s a step")


if __name__ == "__main__":
    main()
