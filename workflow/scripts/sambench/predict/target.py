"""Predict every test slice of a target."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from sambench.data.packed import PackedSlices
from sambench.errors import InputError
from sambench.methods import PROMPTS
from sambench.predict import PREDICTORS
from sambench.predict.case_masks import CaseMasks
from sambench.predict.original import Originals
from sambench.predict.store import Predictions


def predict_target(
    recipe: dict[str, Any],
    packed: PackedSlices,
    weights: Path | None,
    threads: int,
    backbone: Path | None = None,
    embeddings: np.ndarray | None = None,
    epoch: int | None = None,
    rows: np.ndarray | None = None,
) -> Predictions:
    """Segment slices of a target, by default all of all test cases, on both grids.

    Parameters
    ----------
    recipe : dict
        The training and prediction parts of a recipe.
    packed : PackedSlices
        The target.
    weights : Path or None
        Of the run; None for a method that is not trained.
    threads : int
        CPU threads.
    backbone : Path, optional
        Pretrained weights of the network's backbone.
    embeddings : ndarray, `(N, ...)`, optional
        Of every slice of the target by what is frozen of the network.
    epoch : int, optional
        Which of the candidates in `weights` to take.
    rows : ndarray of int, optional
        Slices to segment, in place of those of the test cases.

    Raises
    ------
    InputError
        If the target has no test case.
    """
    rows = packed.rows("test") if rows is None else rows
    if not rows.size:
        raise InputError(
            where=packed.folder,
            found="no slice to test on",
            expected="slices of cases that test",
            remedy="Look at slices.parquet and at the benchmark's `split` rule",
        )
    structures = list(packed.structures)
    extra: dict[str, Any] = {} if backbone is None else {"backbone": backbone}
    extra |= {} if epoch is None else {"epoch": epoch}
    predictor = PREDICTORS[recipe["predictor"]](
        recipe, weights, structures, threads, **extra
    )
    size = recipe["inference"]["batch_size"]
    masks = np.empty((len(rows), len(structures), *packed.images.shape[1:3]), bool)
    originals = Originals(packed)
    native, begun = CaseMasks(), {}
    for start in range(0, len(rows), size):
        batch = rows[start : start + size]
        seeds = prompt_seeds(packed, batch)
        prompts = PROMPTS.build(
            recipe["prompt"], masks=packed.structure_masks(batch), seeds=seeds
        )
        elsewhere = list(originals.of(batch, seeds))
        given = [] if embeddings is None else [embeddings[batch]]
        masks[start : start + size], found = predictor(
            packed.images[batch], prompts, *given, originals=elsewhere
        )
        for original, mask in zip(elsewhere, found, strict=True):
            done = begun.setdefault(original.case, [])
            done.append(mask)
            if len(done) == len(packed.case_rows(original.case)):
                native[original.case] = np.stack(begun.pop(original.case))
    return Predictions(rows, masks, structures, native)


def prompt_seeds(packed: PackedSlices, rows: np.ndarray) -> list[tuple[int, int]]:
    """Give the seeds of random prompts, by case and slice.

    They depend on nothing else, so that every method and every seed of a training sees
    the same prompts.
    """
    chosen = packed.slices.iloc[rows]
    return [
        (zlib.crc32(f"{packed.domain}/{case}".encode()), int(number))
        for case, number in zip(chosen["case"], chosen["slice"], strict=True)
    ]
