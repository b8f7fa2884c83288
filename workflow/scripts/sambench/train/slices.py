"""The training slices of a source."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch

from sambench.data.channels import channels_first
from sambench.data.packed import PackedSlices
from sambench.data.validation import validation_rows
from sambench.errors import InputError
from sambench.methods.batch import Batch
from sambench.train.pool import training_rows


def structures_of(domains: Sequence[PackedSlices]) -> list[str]:
    """List the structures of several domains, each once, in order of appearance."""
    return list(dict.fromkeys(name for domain in domains for name in domain.structures))


class SourceSlices:
    """Training slices of one source, which may span several domains.

    Parameters
    ----------
    domains : sequence of PackedSlices
        The domains of the source, all packed at one size.
    recipe : mapping
        With `input` and `training`.
    cached : sequence of ndarray, optional
        What the frozen part of the network computed for every slice of each domain,
        `(N, ...)`; not possible with augmentation.
    validation : float
        Share of the patients that is held out, see `validation_rows`.

    Attributes
    ----------
    validation_cases : dict of str to list of str
        By domain, the cases that are held out.

    Raises
    ------
    InputError
        If the domains differ in size, or no training slice is left.
    """

    def __init__(
        self,
        domains: Sequence[PackedSlices],
        recipe: dict[str, Any],
        cached: Sequence[np.ndarray] | None = None,
        validation: float = 0,
    ):
        self.domains = list(domains)
        self.structures = structures_of(domains)
        self._cached = cached
        self._context = recipe["input"].get("context", 1)
        held_out = validation_rows(domains, validation)
        self.validation_cases = {
            domain.domain: domain.cases_of(rows)
            for domain, rows in zip(domains, held_out, strict=True)
        }
        slices = recipe["training"]["slices"]
        rows = training_rows(domains, slices, held_out)
        self._items = [(n, int(row)) for n, each in enumerate(rows) for row in each]
        if not self._items:
            raise InputError(
                where=", ".join(str(domain.folder) for domain in domains),
                found="no slice to train on",
                expected=f"slices of cases that train ({slices})",
                remedy="Look at slices.parquet and at the benchmark's `split` rule",
            )
        self._check_sizes()
        kinds = {(d.images.dtype, d.images.ndim) for d in self.domains}
        self._mixed = len(kinds) > 1

    def __len__(self) -> int:
        return len(self._items)

    @property
    def groups(self) -> np.ndarray:
        """Number of the domain of each slice of the pool."""
        return np.array([number for number, _ in self._items])

    def batch(self, indices: Sequence[int]) -> Batch:
        """Read some slices of the pool, each with its neighbours if there are any.

        Parameters
        ----------
        indices : sequence of int
            `n` positions in the pool.

        Returns
        -------
        Batch
            `N` is `n` times `input.context`, the slices of a window side by side.
        """
        return self.read(self.window(index) for index in indices)

    def window(self, index: int) -> tuple[int, np.ndarray]:
        """Return the domain of a slice and the rows `(k,)` of its window."""
        number, row = self._items[index]
        return number, self.domains[number].window(row, self._context)

    def bytes(self) -> int:
        """Return how much memory the slices of the pool take, neighbours included."""
        total = 0
        for number, domain in enumerate(self.domains):
            count = len(domain) if self._context > 1 else (self.groups == number).sum()
            pixels = domain.masks[0].size
            total += int(count) * (
                domain.images[0].nbytes + pixels * len(self.structures)
            )
            if self._cached is not None:
                total += int(count) * self._cached[number][0].nbytes
        return total

    def read(self, windows: Iterable[tuple[int, np.ndarray]]) -> Batch:
        """Read windows as `window` returns them, one after the other."""
        parts = [self._read(*window) for window in windows]
        joined = [torch.from_numpy(np.concatenate(p)) for p in zip(*parts, strict=True)]
        images, targets, annotated, *cached = joined
        return Batch(images, targets, annotated, None, *cached)

    def _read(self, number: int, rows: np.ndarray) -> list[np.ndarray]:
        """Read rows of a domain: images, targets, annotated, and cached if any are."""
        domain = self.domains[number]
        images = channels_first(domain.images[rows])
        if self._mixed:
            images = _as_bytes(images)
        masks = domain.structure_masks(rows)
        channels = [self.structures.index(name) for name in domain.structures]
        targets = np.zeros((len(rows), len(self.structures), *masks.shape[2:]), "f4")
        targets[:, channels] = masks
        annotated = np.zeros((len(rows), len(self.structures)), bool)
        annotated[:, channels] = True
        cached = [] if self._cached is None else [np.array(self._cached[number][rows])]
        return [images, targets, annotated, *cached]

    def _check_sizes(self) -> None:
        sizes = {domain.images.shape[1:3] for domain in self.domains}
        if len(sizes) > 1:
            raise InputError(
                where=", ".join(str(domain.folder) for domain in self.domains),
                found=f"slices of sizes {sorted(sizes)}",
                expected="one size, as one network is trained on all of them",
                remedy="Give the preparations a `size`, or set `image_size`",
            )


def _as_bytes(images: np.ndarray) -> np.ndarray:
    """Bring images of a mixed source to one form: bytes in three channels."""
    if images.dtype != np.uint8:
        low = images.min((1, 2, 3), keepdims=True)
        span = images.max((1, 2, 3), keepdims=True) - low
        images = np.rint((images - low) * (255 / np.where(span > 0, span, 1)))
    shape = (len(images), 3, *images.shape[2:])
    return np.broadcast_to(images.astype(np.uint8), shape)
