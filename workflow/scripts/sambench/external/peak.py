"""The most memory that a process of another program took."""

import resource
import sys
import threading
from pathlib import Path

SECONDS = 0.5  # between two looks


class PeakMemory:
    """Watches the processes of a session while a block runs.

    On Linux by looking at /proc, where each process has its own peak; what the system
    sums up of ended children begins with the memory of the process that started them.

    Parameters
    ----------
    session : int
        Number of the process that leads the session.

    Attributes
    ----------
    bytes : int
        Peak of the process that took most, so far.
    """

    def __init__(self, session: int):
        self._session, self.bytes = session, 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()
        if sys.platform != "linux":
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            self.bytes = peak if sys.platform == "darwin" else peak * 1024

    def _watch(self) -> None:
        while sys.platform == "linux":
            for folder in Path("/proc").glob("[0-9]*"):
                self.bytes = max(self.bytes, _peak_of(folder, self._session))
            if self._ended.wait(SECONDS):
                return


def _peak_of(folder: Path, session: int) -> int:
    """Return the peak of a process in bytes; 0 if it has ended or is another's."""
    try:
        # after the name in brackets: state, parent, group, session
        numbers = (folder / "stat").read_text().rpartition(")")[2].split()
        if int(numbers[3]) != session:
            return 0
        for line in (folder / "status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0
