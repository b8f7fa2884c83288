"""The log of one job: to its file and to the terminal."""

import atexit
import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sambench.errors import InputError
from sambench.shortage import is_full, shortage_of

logger = logging.getLogger(__name__)


@contextmanager
def job_log(path: Path | str) -> Iterator[None]:
    """Log a job's messages to a file, which is replaced, and to standard error.

    Bad input ends the job with one message and no traceback, and so does a lack of
    disk, shared memory or memory; any other error is logged with its traceback.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        handlers.insert(0, _LogFile(path, mode="w"))
    except OSError as error:
        if not is_full(error):
            raise
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%H:%M:%S",
        handlers=handlers,
        force=True,
    )
    logging.captureWarnings(True)
    # At its end Python looks for garbage among all objects of torch and pandas: 0.2 s.
    atexit.register(gc.freeze)
    try:
        yield
    except InputError as error:
        logger.error("%s", error)
        raise SystemExit(1) from None
    except Exception as error:
        if (short := shortage_of(error, Path(path).parent)) is not None:
            logger.error("%s", short)
        else:
            logger.exception("the job failed")
        raise SystemExit(1) from None


class _LogFile(logging.FileHandler):
    """A log that a full disk cuts short; its messages still reach the terminal."""

    def handleError(self, record: logging.LogRecord) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)
