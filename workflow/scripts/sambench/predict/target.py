"""Predict every test slice of a target."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from sambench.data.packed import PackedSlices
from sambench.errors import InputError
from sambench.methods import PROMPTS
from sambench.predict import PREDICTORS
from sambench.predict.store import Predictions


def predict_target(
    recipe: dict[str, Any],
    packed: PackedSlices,
    weights: Path | None,
    threads: int,
    backbone: Path | None = None,
    embeddings: np.ndarray | None = None,
) -> Predictions:
    """Segment all slices of all test cases of a target.

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

    Raises
    ------
    InputError
        If the target has no test case.
    """
    rows = packed.rows("test")
    if not rows.size:
        raise InputError(
            where=packed.folder,
            found="no slice to test on",
            expected="slices of cases that test",
            remedy="Look at slices.parquet and at the benchmark's `split` rule",
        )
    structures = list(packed.structures)
    extra: dict[str, Any] = {} if backbone is None else {"backbone": backbone}
    predictor = PREDICTORS[recipe["predictor"]](
        recipe, weights, structures, threads, **extra
    )
    size = recipe["inference"]["batch_size"]
    masks = np.empty((len(rows), len(structures), *packed.images.shape[1:3]), bool)
    for start in range(0, len(rows), size):
        batch = rows[start : start + size]
        prompts = PROMPTS.build(
            recipe["prompt"],
            masks=packed.structure_masks(batch),
            seeds=prompt_seeds(packed, batch),
        )
        given = [] if embeddings is None else [embeddings[batch]]
        masks[start : start + size] = predictor(packed.images[batch], prompts, *given)
    return Predictions(rows, masks, structures)


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
