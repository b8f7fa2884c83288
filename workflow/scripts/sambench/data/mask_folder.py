"""List the masks in a folder: each file is recognised, or named as one that is not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sambench.data.file_names import entries, name_key
from sambench.errors import InputError, first_few

VOLUMES = (".nii.gz", ".nii", ".mha", ".mhd", ".seg.nrrd", ".nrrd")
PHOTOS = (".png", ".tif", ".tiff", ".bmp")

#: Endings of files that programs write beside masks.
_BESIDE = (".raw", ".zraw", ".json", ".csv", ".tsv", ".txt", ".log", ".pkl", ".md")
_BESIDE += (".yaml", ".yml", ".xml", ".html", ".pdf", ".xlsx")


@dataclass(frozen=True)
class MaskFolder:
    """What a folder of masks holds.

    Attributes
    ----------
    masks : dict
        `name_key` of a mask's name without its suffix to its file.
    strangers : list of str
        Names that are no masks of the kind asked for, nor beside one.
    """

    path: Path
    masks: dict[str, Path]
    strangers: list[str] = field(default_factory=list)

    def holding(self) -> str:
        """Return in words what is there."""
        names = [path.name for path in self.masks.values()] + self.strangers
        return first_few(names) if names else "nothing"


def mask_name(path: Path, suffixes: Sequence[str] = VOLUMES + PHOTOS) -> str | None:
    """Return the name of a mask without its suffix; None if it is no mask."""
    for suffix in suffixes:
        if path.name.lower().endswith(suffix) and len(path.name) > len(suffix):
            return path.name[: -len(suffix)]
    return None


def list_masks(folder: Path, suffixes: Sequence[str] = VOLUMES + PHOTOS) -> MaskFolder:
    """List the masks in a folder, without its subfolders.

    One that is named as a mask and holds a single one, as unpacking makes them, counts
    as that mask. An `InputError` if two files have one name.
    """
    masks: dict[str, Path] = {}
    others = []
    for path in entries(folder):
        name = mask_name(path, suffixes)
        inside = _single(path, suffixes) if name is not None and path.is_dir() else path
        if name is None or inside is None:
            others.append(path)
            continue
        first = masks.setdefault(name_key(name), inside)
        if first != inside:
            raise InputError(
                where=folder,
                found=f"two files of one name: {first.name} and {inside.name}",
                expected="one file per mask",
                remedy="Keep one of them",
            )
    strangers = [
        path.name + "/" * path.is_dir()
        for path in others
        if path.is_dir() or not _is_beside(path, masks)
    ]
    return MaskFolder(folder, masks, strangers)


def _single(folder: Path, suffixes: Sequence[str]) -> Path | None:
    inside = [path for path in entries(folder) if mask_name(path, suffixes)]
    return inside[0] if len(inside) == 1 and inside[0].is_file() else None


def _is_beside(path: Path, masks: dict[str, Path]) -> bool:
    """Check for a file that belongs to a mask, or to no mask at all."""
    stem = mask_name(path) or path.stem
    return path.suffix.lower() in _BESIDE or name_key(stem) in masks
