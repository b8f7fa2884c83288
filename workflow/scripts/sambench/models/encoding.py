"""What is computed once for each slice, and kept in a file. Needs no torch."""

from typing import NamedTuple


class Encoding(NamedTuple):
    """What of a network is computed once for each slice, by its method `encode`.

    Attributes
    ----------
    network : str
        A name in `NETWORKS`.
    backbone : str
        Whose weights.
    side : int
        Side of the network's images in pixels.
    """

    network: str
    backbone: str
    side: int
