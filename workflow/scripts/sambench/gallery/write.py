"""Write the cases of one benchmark: those worth a look as JSON, every one as a script.

A page that is opened from a file may load a script beside it, but no JSON.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from sambench.atomic import write_text
from sambench.data.packed import PackedSlices
from sambench.data.predictions import load_predictions
from sambench.gallery.case import case_document
from sambench.gallery.choice import choose_cases
from sambench.tables.context import Context

EMBEDDED = 3_000_000
"""Bytes of the chosen cases of a benchmark that stand in the page itself."""


def write_gallery(
    scores: pd.DataFrame,
    context: Context,
    packed_folder: Path,
    predictions: Mapping[str, Mapping[str, Path]],
    turned: Mapping[str, bool],
    record: Path,
    folder: Path,
) -> None:
    """Write the images of every tested case, one script per case in a folder.

    Parameters
    ----------
    scores : DataFrame
        Columns of `sambench.metrics.scores_file.SCHEMA`, of one benchmark.
    context : Context
        Its protocol is the one that cases are chosen and shown under.
    packed_folder : Path
        Folder of the benchmark that holds a folder of packed slices per domain.
    predictions : mapping of str to mapping of str to Path
        By target and run (``"erm/RUNMC"``), the file of the first seed's predictions.
    turned : mapping of str to bool
        By target, whether its volumes are in RAS order and are turned to be upright.
    record : Path
        JSON file with `chosen` (see `sambench.gallery.choice.choose_cases`), `files` by
        target and case, and `cases` by file: the documents of chosen cases, as far as
        `EMBEDDED` goes.
    folder : Path
        For the scripts.
    """
    native = context.protocol.get("grid", "packed") == "native"
    chosen = choose_cases(scores, context)
    wanted = [(entry["target"], entry["case"]) for entry in chosen]
    files: dict[str, dict[str, str]] = {}
    texts: dict[tuple, str] = {}
    folder.mkdir(parents=True, exist_ok=True)
    for target, runs in predictions.items():
        packed = PackedSlices(packed_folder / target)
        loaded = {run: load_predictions(Path(path)) for run, path in runs.items()}
        tested = set(scores.loc[scores["target"] == target, "case"])
        for number, case in enumerate(sorted(tested)):
            document = case_document(
                packed, case, loaded, native=native, turned=turned[target]
            )
            text = json.dumps(document, separators=(",", ":"), ensure_ascii=True)
            name = f"{target}_{number:03d}.js"
            files.setdefault(target, {})[case] = name
            write_text(folder / name, f"showCase({text});\n")
            if (target, case) in wanted:
                texts[target, case] = text
    embedded, size = {}, 0
    for key in wanted:
        size += len(texts[key])
        if embedded and size > EMBEDDED:
            break
        embedded[files[key[0]][key[1]]] = json.loads(texts[key])
    document = {"chosen": chosen, "files": files, "cases": embedded}
    write_text(record, json.dumps(document) + "\n")
