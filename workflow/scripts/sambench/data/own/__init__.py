"""Data sets that the configuration describes: files, cases, and how they are read."""

from sambench.data.own.dataset import own_dataset
from sambench.data.own.description import describe

__all__ = ["describe", "own_dataset"]
