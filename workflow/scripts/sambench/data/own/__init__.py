"""Data sets that the configuration describes: files, cases, and how they are read."""

from sambench.data.own.description import describe
from sambench.data.own.layout import own_layout

__all__ = ["describe", "own_layout"]
