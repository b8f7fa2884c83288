"""Read packed slices: cheap to open, nothing in memory until it is asked for."""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from sambench.data.label_values import label_table
from sambench.data.volume import Grid
from sambench.errors import InputError

#: What a part is made of, by the column `split`.
_SIDES = {
    "train": ("train", "all"),
    "test": ("test", "all", "validation"),
    "validation": ("validation",),
    "all": ("all",),
}


class PackedSlices:
    """The slices of one domain, as `sambench.data.packing.pack_domain` wrote them.

    Attributes
    ----------
    kind : str
        ``volume`` or ``photo``.
    unit : str
        Unit of distances: ``mm``, or ``px`` for photographs.
    structures : dict
        Name of the structure to its label values in `masks`, in order of channels.
    data_source : str
        ``synthetic`` or ``original``.
    preparation : dict
        How the slices were made.

    Raises
    ------
    InputError
        If the folder is no complete store.
    """

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)
        path = self.folder / "domain.json"
        try:
            description = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self._incomplete(path, error) from error
        self._description = description
        self.benchmark: str = description["benchmark"]
        self.domain: str = description["domain"]
        self.kind: str = description["kind"]
        self.unit: str = description["unit"]
        self.structures: dict[str, list[int]] = description["structures"]
        self.data_source: str = description["data_source"]
        self.preparation: dict = description["preparation"]

    def __reduce__(self):
        # A pickled memory map would carry the whole array into every loader process.
        return PackedSlices, (self.folder,)

    def __len__(self) -> int:
        return self._description["arrays"]["masks"]["shape"][0]

    @cached_property
    def images(self) -> np.ndarray:
        """Memory map ``(N, H, W)``, or ``(N, H, W, 3)`` uint8 for photographs."""
        return self._open("images")

    @cached_property
    def masks(self) -> np.ndarray:
        """Memory map ``(N, H, W)`` uint8 of the data set's label values."""
        return self._open("masks")

    @cached_property
    def slices(self) -> pd.DataFrame:
        """A row per slice, in the order of the arrays; spacing of the packed grid."""
        path = self.folder / "slices.parquet"
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise self._incomplete(path, error) from error

    def structure_masks(self, rows: np.ndarray) -> np.ndarray:
        """Return the masks ``(n, C, H, W)`` bool of rows ``(n,)``; they may overlap."""
        return self._by_structure(self.masks[np.atleast_1d(rows)])

    def native_structure_masks(self, case: str) -> np.ndarray:
        """Return the masks of all packed slices of a case on the grid of its file.

        They are ``(n, C, rows, columns)`` bool and may overlap. An `InputError` if the
        file of native masks is damaged.
        """
        if self.on_native_grid(case):
            return self.structure_masks(self.case_rows(case))
        path = self.folder / "native_masks.npz"
        try:
            with np.load(path, allow_pickle=False) as archive:
                labels = archive[case]
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise self._incomplete(path, error) from error
        expected = (len(self.case_rows(case)), *self.native_size(case))
        if labels.shape != expected or labels.dtype != np.uint8:
            raise self._incomplete(path, f"shape {labels.shape}, type {labels.dtype}")
        return self._by_structure(labels)

    def rows(
        self, split: str | None = None, foreground: bool | None = None
    ) -> np.ndarray:
        """Select rows ``(n,)`` int64, ascending.

        Parameters
        ----------
        split : str or None
            ``train``, ``test`` or ``validation``; slices of split ``all`` train and
            test, those of split ``validation`` validate and test. None: all.
        foreground : bool or None
            Only slices with (True) or without (False) a structure of the domain.
        """
        chosen = np.ones(len(self.slices), bool)
        if split is not None:
            if split not in _SIDES:
                raise ValueError(f"split is one of {', '.join(_SIDES)}, not {split!r}")
            chosen &= self.slices["split"].isin(_SIDES[split]).to_numpy()
        if foreground is not None:
            chosen &= self.slices["foreground"].to_numpy() == foreground
        return np.flatnonzero(chosen).astype(np.int64)

    def cases(self, split: str | None = None) -> list[str]:
        """List the cases of a split in stored order; see `rows` for `split`."""
        return self.cases_of(self.rows(split))

    def cases_of(self, rows: np.ndarray) -> list[str]:
        """List the cases of some rows in stored order."""
        return self.slices["case"].iloc[rows].unique().tolist()

    def case_rows(self, case: str) -> np.ndarray:
        """Return the rows ``(Z,)`` of a case in slice order, or raise a `KeyError`."""
        return self._rows_by_case[case]

    def window(self, row: int, context: int) -> np.ndarray:
        """Return the rows ``(context,)`` of a slice and its neighbours in its case.

        At the ends of a case the last slice stands for those beyond it.
        """
        if context == 1:
            return np.array([row])
        rows = self.case_rows(self.slices["case"].iloc[row])
        first = int(np.searchsorted(rows, row)) - context // 2
        return rows[np.clip(np.arange(first, first + context), 0, len(rows) - 1)]

    def case_spacing(self, case: str) -> tuple[float, float, float]:
        """Return the spacing ``(z, y, x)`` of a case in `unit`, of the packed grid."""
        return self._sizes(case, "spacing_z", "spacing_y", "spacing_x")

    def native_size(self, case: str) -> tuple[int, int]:
        """Return rows and columns of a case in its file."""
        rows, columns = self._sizes(case, "native_rows", "native_columns")
        return int(rows), int(columns)

    def native_spacing(self, case: str) -> tuple[float, float, float]:
        """Return the spacing ``(z, y, x)`` of a case in `unit`, of its file."""
        names = ("spacing_z", "native_spacing_y", "native_spacing_x")
        return self._sizes(case, *names)

    def stored_grid(self, case: str) -> Grid:
        """Return how the file of a volume stores it, and how it was turned.

        Raises
        ------
        InputError
            If that was not packed: the case is a photograph, or the store is old.
        """
        grid = self._description.get("grids", {}).get(case)
        if grid is None:
            path = self.folder / "domain.json"
            raise self._incomplete(path, f"no grid of case {case}")
        affine = None if grid["affine"] is None else np.array(grid["affine"], float)
        return Grid(affine, tuple(grid["shape"]), np.array(grid["turn"]))

    def on_native_grid(self, case: str) -> bool:
        """Return whether the slices of a case are packed on the grid of its file."""
        return self.native_size(case) == self.masks.shape[1:]

    def digest(self) -> str:
        """Return a hash of the content, for run records.

        It covers the table, the description, and shapes, types and checksums of the
        arrays and of the native masks; the checksums were taken when they were written,
        so that they are not read. It does not depend on where the folder is.
        """
        description = json.dumps(self._description, sort_keys=True)
        # The text of the table, since Parquet files name the version that wrote them.
        table = self.slices.to_csv(index=False)
        return hashlib.sha256(f"{description}\n{table}".encode()).hexdigest()

    def _sizes(self, case: str, *columns: str) -> tuple[float, ...]:
        """Return what the table of slices says of a case, equal in all its rows."""
        row = self.slices.iloc[self.case_rows(case)[0]]
        return tuple(float(row[column]) for column in columns)

    def _by_structure(self, labels: np.ndarray) -> np.ndarray:
        """Return masks ``(n, C, H, W)`` of label values ``(n, H, W)``."""
        out = np.empty((len(labels), len(self.structures), *labels.shape[1:]), bool)
        for channel, table in enumerate(label_table(self.structures)):
            np.take(table, labels, out=out[:, channel])
        return out

    @cached_property
    def _rows_by_case(self) -> dict[str, np.ndarray]:
        groups = self.slices.groupby("case", sort=False).indices
        return {case: rows.astype(np.int64) for case, rows in groups.items()}

    def _open(self, name: str) -> np.ndarray:
        path = self.folder / f"{name}.npy"
        try:
            array = np.load(path, mmap_mode="r")
        except (OSError, ValueError) as error:
            raise self._incomplete(path, error) from error
        expected = self._description["arrays"][name]
        if list(array.shape) != expected["shape"] or array.dtype != expected["dtype"]:
            raise self._incomplete(path, f"shape {array.shape}, type {array.dtype}")
        return array

    def _incomplete(self, path: Path, error: object) -> InputError:
        return InputError(
            where=path,
            found=f"no part of a store of packed slices ({error})",
            expected="images.npy, masks.npy, native_masks.npz, slices.parquet and "
            "domain.json that fit",
            remedy="Delete the folder and run the workflow again",
        )
