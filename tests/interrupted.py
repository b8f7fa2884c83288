"""A training that is killed between two epochs, for tests of resuming."""

from sambench.train.resume import ResumeState


class Interrupted(Exception):
    """Stands for a kill between two epochs."""


class InterruptedState(ResumeState):
    """Ends the training right after the state of the first epoch is on disk."""

    def save(self, **state):
        super().save(**state)
        raise Interrupted
