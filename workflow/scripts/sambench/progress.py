"""Messages of a job: how far it is and how long it will take."""

import logging
import time

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_MESSAGES = 5.0


class Progress:
    """Log at most every few seconds, and at the end.

    Parameters
    ----------
    what : str
        What is counted, such as ``"erm/RUNMC: epoch"``.
    total : int
        How many there are.
    begun : int
        How many were done before.
    """

    def __init__(self, what: str, total: int, begun: int = 0):
        self._what, self._total, self._begun = what, total, begun
        self._start = self._last = time.perf_counter()

    def report(self, done: int, words: str = "") -> None:
        """Log how many are done, with more words about them."""
        now = time.perf_counter()
        if now - self._last < SECONDS_BETWEEN_MESSAGES and done < self._total:
            return
        self._last = now
        left = (now - self._start) / (done - self._begun) * (self._total - done)
        logger.info(f"{self._what} {done}/{self._total}{words}, {left:.0f} s left")
