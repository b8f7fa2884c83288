"""Masks of many cases, each of its own size, in little memory."""

import zlib
from collections.abc import Iterator, Mapping

import numpy as np


class CaseMasks(Mapping[str, np.ndarray]):
    """Masks `(n, C, rows, columns)` of bool by case, kept as compressed bits.

    The mask of an organ in a CT of 300 slices takes 75 MiB as an array, and well below
    1 MiB here.
    """

    def __init__(self):
        self._cases: dict[str, tuple[tuple[int, ...], bytes]] = {}

    def __setitem__(self, case: str, masks: np.ndarray) -> None:
        # Masks are mostly zeros: higher levels take longer and gain next to nothing.
        self._cases[case] = masks.shape, zlib.compress(np.packbits(masks), 1)

    def __getitem__(self, case: str) -> np.ndarray:
        shape, data = self._cases[case]
        bits = np.frombuffer(zlib.decompress(data), np.uint8)
        count = int(np.prod(shape))
        return np.unpackbits(bits, count=count).view(bool).reshape(shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self._cases)

    def __len__(self) -> int:
        return len(self._cases)
