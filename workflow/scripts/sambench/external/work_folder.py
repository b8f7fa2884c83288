"""The folder in which a program works: kept when it is stopped, and gone on with."""

import fcntl
import hashlib
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sambench.atomic import remove, write_text
from sambench.errors import InputError

logger = logging.getLogger(__name__)
_PATIENCE = 30.0


def key_of(**parts: Any) -> str:
    """Hash what a training depends on (JSON values)."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class WorkFolder:
    """Files of a program, and which of its commands are done.

    Snakemake deletes declared outputs when a job fails, so this folder is none. A
    folder that was begun with another key, see `key_of`, is emptied. What the program
    says is in the file `output`.
    """

    def __init__(self, path: Path, key: str):
        self.path, self.key = Path(path), key
        self.output = self.path / "output.log"
        self._state: dict[str, Any] = {}

    @contextmanager
    def opened(self) -> Iterator[IO[str]]:
        """Hold the folder alone, read how far it is, and empty one of another key.

        A child that inherits the file holds the folder, too.

        Raises
        ------
        InputError
            If another process works here, such as one that outlived a stopped run.
        """
        with self._locked(fcntl.LOCK_EX) as file:
            self._state = self._read()
            self.path.mkdir(exist_ok=True)
            self._state["starts"] += 1
            self._write()
            yield file

    @contextmanager
    def used(self) -> Iterator[IO[str]]:
        """Hold the folder together with others that only read it; as `opened`."""
        with self._locked(fcntl.LOCK_SH) as file:
            self.path.mkdir(exist_ok=True)
            yield file

    def record(self) -> dict[str, Any]:
        """Return times, starts and peak memory for `run.json`, over all attempts."""
        seconds = self._state["seconds"]
        return {
            "seconds": sum(seconds.values()),
            "seconds_of_commands": seconds,
            "starts": self._state["starts"],
            "peak_memory_bytes": self._state.get("peak", 0),
        }

    def is_done(self, name: str) -> bool:
        """Return whether a command came to its end."""
        return name in self._state["done"]

    def note_peak(self, n_bytes: int) -> None:
        """Note the peak memory of a command, if none took more; `timed` writes it."""
        self._state["peak"] = max(self._state.get("peak", 0), n_bytes)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Time a command, and note that it is done if it is."""
        begin = time.perf_counter()
        try:
            yield
            self._state["done"].append(name)
        finally:
            spent = time.perf_counter() - begin
            self._state["seconds"][name] = self._state["seconds"].get(name, 0) + spent
            self._write()

    def require_finished(self) -> None:
        """Refuse a folder whose training is another one, or is not there."""
        state = self._saved()
        if state is None or state["key"] != self.key:
            raise InputError(
                where=self.path,
                found="no folder of this training" if state is None else "another one",
                expected="what the program left when it was trained",
                remedy="Delete run.json of the run: it is trained again",
            )

    @contextmanager
    def _locked(self, how: int) -> Iterator[IO[str]]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = self.path.with_name(f".{self.path.name}.lock")
        with lock.open("w") as file:
            _lock(file, how, self.path)
            yield file

    def _read(self) -> dict[str, Any]:
        saved = self._saved()
        if saved is not None and saved["key"] == self.key:
            done = len(saved["done"])
            logger.info("%s: going on after %d finished commands", self.path, done)
            return saved
        if saved is not None:
            logger.info(
                "%s is of another recipe, data or seed: starting afresh", self.path
            )
        remove(self.path)
        return {"key": self.key, "starts": 0, "done": [], "seconds": {}}

    def _saved(self) -> dict[str, Any] | None:
        try:
            text = (self.path / "state.json").read_text(encoding="utf-8")
            return json.loads(text)
        except (OSError, ValueError):
            return None

    def _write(self) -> None:
        text = json.dumps(self._state, indent=2) + "\n"
        write_text(self.path / "state.json", text)


def _lock(file: IO[str], how: int, path: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                raise InputError(
                    where=path,
                    found="another process that still works here",
                    expected="none: two would spoil each other's files",
                    remedy="Wait for it, or end it (an earlier run that was stopped?)",
                ) from None
            time.sleep(0.5)
