"""Messages of a training: how far it is and how long it will take."""

import logging
import time

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_MESSAGES = 5.0


class Progress:
    """Log at most every few seconds, and at the last epoch.

    Parameters
    ----------
    name : str
        Name of the run.
    epochs : int
        Epochs of the whole training.
    """

    def __init__(self, name: str, epochs: int):
        self._name, self._epochs = name, epochs
        self._begin = self._last = time.perf_counter()
        self._done = 0

    def report(self, epoch: int, loss: float, rate: float) -> None:
        """Log an epoch, counted from 1, with its mean loss and learning rate."""
        now = time.perf_counter()
        self._done += 1
        if now - self._last < SECONDS_BETWEEN_MESSAGES and epoch < self._epochs:
            return
        self._last = now
        logger.info(
            "%s: epoch %d/%d, loss %.4f, learning rate %.2g, %.0f s left",
            self._name,
            epoch,
            self._epochs,
            loss,
            rate,
            (now - self._begin) / self._done * (self._epochs - epoch),
        )
