"""Write the slices of a domain as memory-mapped arrays with a table beside them.

Writes ``images.npy``, ``masks.npy``, ``native_masks.npz``, ``slices.parquet`` and
``domain.json`` into a folder that appears whole. Memory holds a few cases.
"""

import json
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd

from sambench.atomic import atomic_path
from sambench.data.array_stream import ArrayStream
from sambench.data.datasets import find_dataset
from sambench.data.npz import add_array, describe_npz, open_npz
from sambench.data.prefetch import in_order
from sambench.data.prepared_case import PreparedCase, prepare_case
from sambench.data.slice_size import packed_size, padded_size
from sambench.data.split_files import split_cases
from sambench.data.volume import in_words
from sambench.errors import InputError, count_of

logger = logging.getLogger(__name__)


def pack_domain(
    inventory: pd.DataFrame,
    root: Path,
    benchmark: dict,
    domain: str,
    folder: Path,
    data_source: str,
    image_size: int | None = None,
    split_file: Path | None = None,
    description: dict | None = None,
    listed: pd.DataFrame | None = None,
) -> None:
    """Pack the cases of one domain.

    Parameters
    ----------
    image_size : int or None
        Rows and columns in pixels, instead of the preparation's ``size``.
    split_file : Path or None
        The committed split, which replaces the benchmark's rule if it exists.
    description : dict or None
        Description of the user's data set, see `sambench.data.own`.
    listed : pd.DataFrame or None
        Every case of the set, from which splits are drawn; by default the inventory.

    Raises
    ------
    InputError
        If native sizes differ while none is set, the split leaves a side empty, or a
        file changed since. Nothing is left behind.
    """
    where = f"benchmark {benchmark['id']}, domain {domain}"
    settings = benchmark["domains"][domain]
    dataset = find_dataset(settings["dataset"], description)
    preparation = dict(benchmark["preparations"][settings["preparation"]])
    if image_size is not None:
        _resize(preparation, image_size)
    split = split_cases(inventory, benchmark["split"], split_file, listed)
    cases = inventory.assign(split=split)[inventory["group"] == settings["group"]]
    patients = count_of(cases["patient"].nunique(), "patient")
    _check_sides(cases, patients, benchmark, where)
    cases = cases.sort_values("case")
    size = _common_size(cases, preparation, where)
    given = {"preparation": preparation, "structures": settings["structures"]}
    prepare = partial(prepare_case, root=Path(root), dataset=dataset, **given)
    photo = benchmark["kind"] == "photo"
    with atomic_path(folder) as packed:
        packed.mkdir()
        dtype = "uint8" if photo else preparation.get("dtype", "float32")
        entry = (*size, 3) if photo or dataset.channels > 1 else size
        with (
            ArrayStream(packed / "images.npy", dtype, entry) as images,
            ArrayStream(packed / "masks.npy", "uint8", size) as masks,
            open_npz(packed / "native_masks.npz") as native,
        ):
            slices, grids = _fill(images, masks, native, cases, prepare, preparation)
        _check_packed(slices, benchmark, settings, where)
        slices.to_parquet(packed / "slices.parquet", index=False)
        description = {
            "benchmark": benchmark["id"],
            "domain": domain,
            "kind": benchmark["kind"],
            "unit": "px" if photo else "mm",
            "structures": settings["structures"],
            "data_source": data_source,
            "preparation": preparation,
            "arrays": {"images": images.describe(), "masks": masks.describe()},
            "native_masks": describe_npz(native),
            "grids": grids,
        }
        text = json.dumps(description, indent=2) + "\n"
        (packed / "domain.json").write_text(text, encoding="utf-8")
    n_cases = slices["case"].nunique()
    packed_as = f"{count_of(len(slices), 'slice')}, {in_words(size, 'd')}"
    logger.info(f"{where}: {count_of(n_cases, 'case')}, {packed_as}")
    if left := len(cases) - n_cases:
        words = f"{count_of(left, 'case')} left out, with too little of a label"
        logger.info(f"{where}: {words}")


def _resize(preparation: dict, image_size: int) -> None:
    """Set the size; a limit on pixels keeps its part of the slice."""
    size, rule = preparation.get("size"), preparation.get("slices") or {}
    if size is not None and "min_pixels" in rule:
        part = (image_size / size) ** 2
        limit = round(rule["min_pixels"] * part)
        preparation["slices"] = {**rule, "min_pixels": limit}
    preparation["size"] = image_size


def _common_size(cases: pd.DataFrame, preparation: dict, where: str) -> tuple[int, int]:
    native = cases[["n_rows", "n_columns"]].drop_duplicates().sort_values("n_rows")
    native = [(int(rows), int(columns)) for rows, columns in native.to_numpy()]
    sizes = {packed_size(preparation, *size) for size in native}
    if len(sizes) > 1:
        shown = ", ".join(f"{rows} x {columns}" for rows, columns in native[:8])
        raise InputError(
            where=where,
            found=f"slices of {len(native)} native sizes ({shown})",
            expected="one size, since the preparation keeps the native one",
            remedy="Give the preparation a size",
        )
    return sizes.pop()


def _fill(
    images: ArrayStream,
    masks: ArrayStream,
    native: ZipFile,
    cases: pd.DataFrame,
    prepare: Callable[[tuple], PreparedCase],
    preparation: dict,
) -> tuple[pd.DataFrame, dict[str, dict]]:
    """Write the arrays case by case; return the table of slices and the grids."""
    tables, grids = [], {}
    for row, prepared in in_order(prepare, cases.itertuples()):
        images.append(prepared.image)
        masks.append(prepared.mask)
        if prepared.native is not None and len(prepared.native):
            add_array(native, row.case, prepared.native)
        if prepared.grid is not None:
            grids[row.case] = prepared.grid
        tables.append(_slice_rows(row, prepared, preparation))
    return pd.concat(tables, ignore_index=True), grids


def _check_packed(
    slices: pd.DataFrame, benchmark: dict, settings: dict, where: str
) -> None:
    if slices.empty:
        raise InputError(
            where=where,
            found=f"no case with enough of {', '.join(settings['structures'])} to keep",
            expected="at least one, by the preparation's key 'slices'",
            remedy="Add cases, relax the key, or draw larger phantoms",
        )
    if not slices["foreground"].any():
        raise InputError(
            where=where,
            found=f"no structure ({', '.join(settings['structures'])}) in any of "
            f"{count_of(len(slices), 'slice')}",
            expected="at least one slice with one of them",
            remedy="Correct the label values of the structures",
        )
    _check_sides(slices, "slices", benchmark, where)


def _check_sides(rows: pd.DataFrame, what: str, benchmark: dict, where: str) -> None:
    sides = set(rows["split"])
    if benchmark["split"]["rule"] == "patient" and sides != {"train", "test"}:
        raise InputError(
            where=where,
            found=f"{what} on the {sides.pop()} side of the split only",
            expected="some on both sides",
            remedy="Choose another seed or train_fraction, or add cases",
        )


def _slice_rows(row: tuple, prepared: PreparedCase, preparation: dict) -> pd.DataFrame:
    size = prepared.mask.shape[1:]
    if row.kind == "photo":  # its pixels are the unit
        native, sides = (1.0, 1.0, 1.0), size
    else:
        native = (row.spacing_z, row.spacing_y, row.spacing_x)
        sides = padded_size(preparation, row.n_rows, row.n_columns)
    # A resized pixel covers more or less of the body than a native one.
    step_y, step_x = np.multiply(native[1:], sides) / size
    return pd.DataFrame(
        {
            "case": row.case,
            "patient": row.patient,
            "split": row.split,
            "slice": prepared.slices,
            "foreground": prepared.foreground,
            "native_rows": row.n_rows,
            "native_columns": row.n_columns,
            "native_spacing_y": native[1],
            "native_spacing_x": native[2],
            "spacing_z": native[0],
            "spacing_y": step_y,
            "spacing_x": step_x,
        }
    )
