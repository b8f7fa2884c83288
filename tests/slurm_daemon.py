"""A SLURM of this machine alone, with one GPU that it believes in."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SYSTEM = Path("/etc/slurm")  # jobs look here: Snakemake takes SLURM_CONF from them
COMMANDS = ("munged", "slurmctld", "slurmd", "sbatch")
REQUIRED = bool(os.environ.get("SAMBENCH_SLURM"))

CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=64000 Gres=gpu:1 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
SlurmdParameters=config_overrides
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
MinJobAge=3600
"""


def why_not() -> str:
    """Return what keeps a SLURM from being started here; empty if nothing does."""
    missing = [name for name in COMMANDS if shutil.which(name) is None]
    if missing:
        return f"no {', '.join(missing)} (Debian: slurmctld slurmd slurm-client munge)"
    if os.geteuid() != 0:
        return "the daemons are started as root"
    found = (SYSTEM / "slurm.conf").exists()
    return f"{SYSTEM} has a configuration of its own" if found else ""


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def slurm(folder: Path) -> Iterator[None]:
    """Start the daemons, which SLURM's commands find until they are stopped."""
    host = socket.gethostname().split(".")[0]
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    conf = CONF.format(host=host, folder=folder, ports=free_ports(2))
    (folder / "slurm.conf").write_text(conf)
    (folder / "gres.conf").write_text("AutoDetect=off\nName=gpu File=/dev/null\n")
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    SYSTEM.mkdir(exist_ok=True)
    links = [SYSTEM / name for name in ("slurm.conf", "gres.conf")]
    paths = {name: folder / f"munge.{name}" for name in ("pid", "log", "seed")}
    munged = [
        *("munged", "--foreground", "--force", "--key-file", str(key)),
        *("--socket", str(folder / "munge.socket")),
        *("--pid-file", str(paths["pid"]), "--log-file", str(paths["log"])),
        *("--seed-file", str(paths["seed"])),
    ]
    commands = [munged, ["slurmctld", "-D", "-c"], ["slurmd", "-D", "-N", host]]
    started = []
    try:
        for link in links:
            link.symlink_to(folder / link.name)
        for command in commands:
            output = (folder / f"{command[0]}.out").open("w")
            started.append(
                subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
            )
            time.sleep(1)
        wait_until_idle(folder)
        yield
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(timeout=30)
        for link in links:
            link.unlink(missing_ok=True)


def wait_until_idle(folder: Path) -> None:
    deadline = time.monotonic() + 60
    state = ""
    while time.monotonic() < deadline:
        done = subprocess.run(
            ["sinfo", "--noheader", "--format=%T"],
            capture_output=True,
            text=True,
            check=False,
        )
        state = done.stdout.strip() or done.stderr
        if state == "idle":
            return
        time.sleep(0.5)
    logs = "\n".join(path.read_text()[-1500:] for path in folder.glob("*.log"))
    raise RuntimeError(f"SLURM is not idle but {state}\n{logs}")
