"""The slices of a source as a torch data set, augmented and normalised."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from sambench.data.packed import PackedSlices
from sambench.data.validation import validation_rows
from sambench.errors import InputError
from sambench.methods import INPUTS, PROMPTS
from sambench.methods.inputs import channels_first
from sambench.methods.method import Batch
from sambench.models.promptable.prompts import PromptTensors
from sambench.train.augmentation import Augmentation


def structures_of(domains: Sequence[PackedSlices]) -> list[str]:
    """List the structures of several domains, each once, in order of appearance."""
    return list(dict.fromkeys(name for domain in domains for name in domain.structures))


class SourceSlices(Dataset):
    """Training slices of one source, which may span several domains.

    An item is asked for as ``(visit, index)``: the visit numbers every slice drawn in
    the whole training, so that each is augmented anew.

    Parameters
    ----------
    domains : sequence of PackedSlices
        The domains of the source, all packed at one size.
    recipe : mapping
        With `input` and `training`.
    seed : int
        Of the run.
    embeddings : sequence of ndarray, optional
        Of every slice of each domain, `(N, ...)`: not possible with augmentation.
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
        seed: int,
        embeddings: Sequence[np.ndarray] | None = None,
        validation: float = 0,
    ):
        self.domains = list(domains)
        self.structures = structures_of(domains)
        self.seed = seed
        self._augment = Augmentation(recipe["training"]["augmentation"])
        self._normalise = INPUTS[recipe["input"]["normalisation"]]
        self._prompt = recipe["training"].get("prompt") or recipe["prompt"]
        self._embeddings = embeddings
        held_out = validation_rows(domains, validation)
        self.validation_cases = {
            domain.domain: domain.slices["case"].iloc[rows].unique().tolist()
            for domain, rows in zip(domains, held_out, strict=True)
        }
        self._items = self._training_items(recipe["training"]["slices"], held_out)
        self._check_sizes()

    def __len__(self) -> int:
        return len(self._items)

    @property
    def groups(self) -> np.ndarray:
        """Number of the domain of each slice of the pool."""
        return np.array([number for number, _ in self._items])

    def __getitem__(self, key: tuple[int, int]) -> tuple[Any, ...]:
        """Give image, target, annotated, prompts and embedding of one slice.

        `(3, H, W)`, `(C, H, W)` and `(C,)`; prompts are of one slice, B = 1, or None;
        so is the embedding.
        """
        visit, index = key
        number, row = self._items[index]
        domain = self.domains[number]
        image = channels_first(domain.images[row : row + 1])[0]
        masks = domain.structure_masks(np.array([row]))[0]
        channels = [self.structures.index(name) for name in domain.structures]
        target = np.zeros((len(self.structures), *masks.shape[1:]), np.float32)
        target[channels] = masks
        annotated = np.zeros(len(self.structures), bool)
        annotated[channels] = True
        seed = (self.seed, visit, index)
        image, target = self._augment(image, target, seed)
        image = np.array(self._normalise(image, domain.images.dtype), dtype=np.float32)
        target = np.array(target, dtype=np.float32)
        embedding = None
        if self._embeddings is not None:
            embedding = torch.from_numpy(np.array(self._embeddings[number][row]))
        return (
            torch.from_numpy(image),
            torch.from_numpy(target),
            torch.from_numpy(annotated),
            self._prompts(target, seed),
            embedding,
        )

    def _prompts(self, target: np.ndarray, seed: tuple) -> PromptTensors | None:
        if self._prompt["name"] == "none":
            return None
        masks = target[None] > 0.5
        prompts = PROMPTS.build(self._prompt, masks=masks, seeds=[seed])
        return PromptTensors.of(prompts)

    def _training_items(
        self, slices: str, held_out: Sequence[np.ndarray]
    ) -> list[tuple[int, int]]:
        items = []
        for number, domain in enumerate(self.domains):
            rows = domain.rows("train", foreground=slices == "foreground" or None)
            rows = np.setdiff1d(rows, held_out[number])
            items += [(number, int(row)) for row in rows]
        if not items:
            raise InputError(
                where=", ".join(str(domain.folder) for domain in self.domains),
                found="no slice to train on",
                expected=f"slices of cases that train ({slices})",
                remedy="Look at slices.parquet and at the benchmark's `split` rule",
            )
        return items

    def _check_sizes(self) -> None:
        sizes = {domain.images.shape[1:3] for domain in self.domains}
        if len(sizes) > 1:
            raise InputError(
                where=", ".join(str(domain.folder) for domain in self.domains),
                found=f"slices of sizes {sorted(sizes)}",
                expected="one size, as one network is trained on all of them",
                remedy="Give the preparations a `size`, or set `image_size`",
            )


class EpochSampler(Sampler):
    """Shuffle the pool of slices, repeated to a minimum number of steps, per epoch.

    The order of an epoch depends on seed and epoch alone, so that a resumed run sees
    what an uninterrupted one would have seen.

    Parameters
    ----------
    size : int
        Slices in the pool.
    batch_size, min_steps : int
        The pool is repeated whole until it fills this many batches.
    seed : int
        Of the run.
    groups : ndarray of int, `(size,)`, optional
        The domain of each slice: every domain is then drawn as often, the slices of
        the larger ones less often than once an epoch and of the smaller ones more.
    replayed : bool
        Keep the order of the first epoch.
    """

    def __init__(
        self,
        size: int,
        batch_size: int,
        min_steps: int,
        seed: int,
        groups: np.ndarray | None = None,
        replayed: bool = False,
    ):
        self._size = size
        self._repeats = -(-min_steps * batch_size // size) if size else 1
        self._repeats = max(1, self._repeats)
        self._seed = seed
        self._groups = groups
        self._replayed = replayed
        self.epoch = 0

    def __len__(self) -> int:
        return self._size * self._repeats

    def __iter__(self) -> Iterator[tuple[int, int]]:
        order_of = 0 if self._replayed else self.epoch
        generator = np.random.default_rng([self._seed, order_of])
        if self._groups is None:
            order = generator.permutation(len(self)) % self._size
        else:
            order = self._balanced(generator)
        first = self.epoch * len(self)
        return ((first + n, int(index)) for n, index in enumerate(order))

    def _balanced(self, generator: np.random.Generator) -> np.ndarray:
        """Draw every domain in turn; within a domain, all slices before any again."""
        numbers = np.unique(self._groups)
        share = -(-len(self) // len(numbers))
        columns = []
        for number in numbers:
            pool = np.flatnonzero(self._groups == number)
            rounds = [
                generator.permutation(pool) for _ in range(-(-share // len(pool)))
            ]
            columns.append(np.concatenate(rounds)[:share])
        turns = np.stack(columns, axis=1)
        turns = generator.permuted(turns, axis=1)
        return turns.ravel()[: len(self)]


def make_loader(
    slices: SourceSlices, training: dict[str, Any], threads: int, pin: bool
) -> DataLoader:
    """Batch the slices of a source; threads beyond two read ahead."""
    sampling = training.get("sampling")
    sampler = EpochSampler(
        len(slices),
        training["batch_size"],
        training["min_steps_per_epoch"],
        slices.seed,
        slices.groups if sampling == "balanced" else None,
        replayed=sampling == "replayed",
    )
    return DataLoader(
        slices,
        batch_size=training["batch_size"],
        sampler=sampler,
        num_workers=max(0, threads - 2),
        persistent_workers=threads > 2,
        pin_memory=pin,
        collate_fn=collate,
    )


def collate(items: list[tuple[Any, ...]]) -> Batch:
    """Stack items into a `Batch`."""
    images, targets, annotated, prompts, embeddings = zip(*items, strict=True)
    return Batch(
        torch.stack(images),
        torch.stack(targets),
        torch.stack(annotated),
        None if prompts[0] is None else PromptTensors.join(prompts),
        None if embeddings[0] is None else torch.stack(embeddings),
    )
