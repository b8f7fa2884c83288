"""Which weights of a training are kept for a protocol to choose from."""

LAST = "last"
ON_SOURCE = "best_on_source_validation"
ON_TARGET = "best_on_target"
CHECKPOINTS = (LAST, ON_SOURCE, ON_TARGET)


def candidate_epochs(epochs: int, candidates: int) -> list[int]:
    """List the epochs, from 1, whose weights a training keeps for a choice.

    They are evenly spaced, with the last among them; none if there is nothing to
    choose: with one candidate.
    """
    if candidates == 1:
        return []
    return sorted({-(-epochs * n // candidates) for n in range(1, candidates + 1)})
