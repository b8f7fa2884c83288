"""A full disk and a small /dev/shm: said as such, and nothing is lost.

Real file systems of a few MB, in a mount namespace of their own.
"""

import subprocess
import sys

import pytest

from sambench.errors import InputError
from sambench.shortage import shortage_in, shortage_of

MOUNT = "mount -t tmpfs -o size={size} tmpfs {folder} && exec {command}"


def in_small(folder, size, *command, **options) -> subprocess.CompletedProcess:
    """Run a command where a folder is a file system of some size."""
    script = MOUNT.format(size=size, folder=folder, command='"$@"')
    return subprocess.run(
        ["unshare", "-m", "bash", "-c", script, "bash", *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def may_mount() -> bool:
    try:
        return in_small("/mnt", "1m", "true").returncode == 0
    except OSError:
        return False


mounted = pytest.mark.skipif(not may_mount(), reason="no right to mount a small disk")

# A file is there; its replacement is larger than the disk.
WRITERS = {
    "text": "path.write_text(blob)",
    "numpy": "import numpy; numpy.savez(path, numpy.zeros(1000000))",
    "torch": "import torch; torch.save({'a': torch.zeros(1000000)}, path)",
    "safetensors": "from safetensors.numpy import save_file; import numpy; "
    "save_file({'a': numpy.zeros(1000000)}, path)",
    "pandas": "import pandas; pandas.DataFrame({'a': range(1000000)}).to_csv(path)",
    "parquet": "import numpy, pandas; "
    "pandas.DataFrame({'a': numpy.random.rand(1000000)}).to_parquet(path)",
}
PROGRAM = """
import sys
from pathlib import Path
from sambench.atomic import atomic_path
from sambench.logs import job_log
folder, blob = Path(sys.argv[1]), "x" * 8000000
target = folder / "old.npz"
target.write_text("as it was")
with job_log(folder / "job.log"):
    try:
        with atomic_path(target) as path:
            {write}
    finally:
        print("left:", sorted(p.name for p in folder.iterdir()), target.read_text())
"""


@mounted
@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_is_said_and_leaves_what_was_there(tmp_path, writer):
    program = PROGRAM.replace("{write}", WRITERS[writer])
    done = in_small(tmp_path, "2m", sys.executable, "-c", program, tmp_path)
    assert done.returncode == 1
    assert f"{tmp_path}: found a full disk or quota" in done.stderr
    assert "of 2.1 MB free" in done.stderr
    assert "Nothing finished is lost" in done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert "left: ['job.log', 'old.npz'] as it was" in done.stdout


@mounted
def test_a_log_on_a_full_disk_stops_nothing(tmp_path):
    program = (
        "import sys, logging; from pathlib import Path; "
        "from sambench.logs import job_log\n"
        "with job_log(sys.argv[1] + '/job.log'):\n"
        "    try: Path(sys.argv[1] + '/big').write_bytes(bytes(9000000))\n"
        "    except OSError: pass\n"
        "    for n in range(3): logging.info('message %d', n)\n"
        "print('done')"
    )
    done = in_small(tmp_path, "1m", sys.executable, "-c", program, tmp_path)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    assert "message 2" in done.stderr
    assert "Logging error" not in done.stderr


@mounted
@pytest.mark.workflow
def test_training_needs_no_shared_memory(repository, tmp_path):
    command = (
        *(sys.executable, "-m", "snakemake", "--quiet", "rules"),
        *("--cores", "4", "results/runs/prostate/erm/RUNMC/seed1/weights.safetensors"),
        *("--snakefile", repository / "Snakefile", "--workflow-profile", "none"),
        *("--configfile", repository / "tests" / "smoke.yaml"),
    )
    done = in_small("/dev/shm", "1m", *command, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stderr


@mounted
@pytest.mark.workflow
def test_a_training_on_a_full_disk_goes_on_when_there_is_space(repository, tmp_path):
    """The state after an epoch is replaced: the old one stays where no new one fits."""
    program = (
        "import sys, torch; from pathlib import Path\n"
        "from sambench.errors import InputError\n"
        "from sambench.train.resume import ResumeState\n"
        "state = ResumeState(Path(sys.argv[1]) / 'resume.pt', 'key')\n"
        "state.save(method={'a': torch.ones(1000)}, epoch=1)\n"
        "try: state.save(method={'a': torch.ones(9000000)}, epoch=2)\n"
        "except InputError as error: print(type(error).__name__, error.found)\n"
        "print(state.load()['epoch'])"
    )
    done = in_small(tmp_path, "4m", sys.executable, "-c", program, tmp_path)
    assert done.stdout.startswith("DiskFullError a full disk"), done.stderr
    assert done.stdout.endswith("\n1\n")


# --- what libraries and other programs say of it --------------------------------------


@pytest.mark.parametrize(
    ("error", "place"),
    [
        (
            "unable to allocate shared memory(shm) for file </torch_1>: No space left "
            "on device (28)",
            "/dev/shm",
        ),
        ("DataLoader worker (pid 3) is killed by signal: Bus error.", "/dev/shm"),
        ("CUDA out of memory. Tried to allocate 20.00 GiB", "the GPU"),
        ("DefaultCPUAllocator: can't allocate memory: you tried", "this machine"),
    ],
)
def test_a_lack_of_memory_is_told_by_its_place(tmp_path, error, place):
    found = shortage_of(RuntimeError(error), tmp_path)
    assert found.where == place
    hidden = RuntimeError("a worker failed")
    hidden.__cause__ = RuntimeError(error)
    assert shortage_of(hidden, tmp_path).where == place


def test_the_remedy_of_shared_memory_is_that_of_containers(tmp_path):
    assert "--shm-size=8g or --ipc=host" in shortage_in("unable to open shared memory")


@pytest.mark.parametrize("error", [ValueError("no such key"), OSError(2, "No file")])
def test_other_errors_are_no_shortage(tmp_path, error):
    assert shortage_of(error, tmp_path) is None


def test_what_is_told_already_is_not_told_again(tmp_path):
    error = InputError(
        where="x", found="no space left on device", expected="", remedy=""
    )
    assert shortage_of(error, tmp_path) is None
