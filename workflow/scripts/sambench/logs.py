"""The log of one job: to its file and to the terminal."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sambench.errors import InputError

logger = logging.getLogger(__name__)


@contextmanager
def job_log(path: Path | str) -> Iterator[None]:
    """Log a job's messages to a file and to standard error.

    Bad input ends the job with one message and no traceback; any other error is logged
    with its traceback.

    Parameters
    ----------
    path : Path or str
        Log file; replaced.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    handlers = [logging.FileHandler(path, mode="w"), logging.StreamHandler(sys.stderr)]
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%H:%M:%S",
        handlers=handlers,
        force=True,
    )
    logging.captureWarnings(True)
    try:
        yield
    except InputError as error:
        logger.error("%s", error)
        raise SystemExit(1) from None
    except Exception:
        logger.exception("the job failed")
        raise SystemExit(1) from None
