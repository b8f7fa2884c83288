"""Look at a folder and guess how a data set is laid out, for `sambench init`."""

from sambench.data.own.guess.labels import SiteLabels, look_at_labels
from sambench.data.own.guess.pairs import Guess, Site, guess_pairs
from sambench.data.own.guess.written import write_guess

__all__ = [
    "Guess",
    "Site",
    "SiteLabels",
    "guess_pairs",
    "look_at_labels",
    "write_guess",
]
