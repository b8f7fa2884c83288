"""Run one command: its output to a file, its progress to our log, its end with ours."""

import logging
import os
import re
import signal
import subprocess
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from sambench.errors import InputError
from sambench.external.commands import Command
from sambench.external.peak import PeakMemory
from sambench.shortage import shortage_in

logger = logging.getLogger(__name__)
_LAST_LINES = 30
_SECONDS_TO_END = 20


def run(
    command: Command,
    environment: Mapping[str, str],
    output: Path,
    progress: str | None,
    held: IO[str],
) -> int:
    """Run a command to its end.

    Parameters
    ----------
    command : Command
        Its program is looked for on the `PATH` of `environment`.
    output : Path
        Everything it says is added to this file.
    progress : str or None
        Regular expression of the lines that go to our log, too; None is every line.
    held : file
        A locked file, which the command inherits: locked as long as it lives.

    Returns
    -------
    int
        Peak memory in bytes of that of its processes which took most.

    Raises
    ------
    InputError
        If the command is not there or fails; its last lines are in our log.
    """
    logger.info("%s", " ".join(command.arguments))
    pattern = re.compile(progress or "")
    last: deque[str] = deque(maxlen=_LAST_LINES)
    with output.open("a", encoding="utf-8") as file:
        try:
            process = subprocess.Popen(
                command.arguments,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
                pass_fds=[held.fileno()],
            )
        except OSError as error:
            raise InputError(
                where=command.arguments[0],
                found=f"a command that cannot be run ({error.strerror})",
                expected="a program on the path",
                remedy="Install it, or correct `external.path` of the recipe",
            ) from error
        with _ended_with_us(process), PeakMemory(process.pid) as peak:
            for line in process.stdout:
                file.write(line)
                file.flush()
                last.append(line.rstrip())
                if line.strip() and pattern.search(line):
                    logger.info("%s", line.strip())
            status = process.wait()
    if status:
        advice = f"Read {output}; the same run goes on with this command"
        for line in filter(None, last):
            logger.error("%s", line)
        raise InputError(
            where=command.name,
            found=f"a command that ended with {_described(status)}",
            expected="exit status 0",
            remedy=". ".join(filter(None, [shortage_in("\n".join(last)), advice])),
        )
    return peak.bytes


@contextmanager
def _ended_with_us(process: subprocess.Popen) -> Iterator[None]:
    """End a process and its children when the block is left before they end."""
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        with suppress(ProcessLookupError):
            for number in (signal.SIGTERM, signal.SIGKILL):
                if process.poll() is None:
                    os.killpg(process.pid, number)
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(_SECONDS_TO_END)


def _leave(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _described(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    name = signal.Signals(-status).name
    memory = ", as when memory runs out" if -status == signal.SIGKILL else ""
    return f"signal {name}{memory}"
