"""Read NIfTI files, and look at the header before a library repairs it."""

import gzip
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from nibabel import Nifti1Image, Nifti2Image

from sambench.data.geometry import GEOMETRY_TOLERANCE, PLACE_TOLERANCE
from sambench.data.volume import Volume, in_words, voxel_sizes
from sambench.errors import Unsupported

_GZIP = b"\x1f\x8b"
_CHUNK = 2**20
_CLASSES = {348: Nifti1Image, 540: Nifti2Image}
#: Code of the unit of length in `xyzt_units` to mm; without a code it is mm.
_MILLIMETRES = {0: 1.0, 1: 1e3, 2: 1.0, 3: 1e-3}


def read_nifti(path: Path) -> Volume:
    """Read a NIfTI-1 or NIfTI-2 file, compressed or not, to its very end.

    Returns
    -------
    Volume
        Values scaled as the header says; the affine in mm, whatever its unit.

    Raises
    ------
    ValueError, OSError, EOFError, zlib.error
        If the file is no NIfTI file or damaged, which its checksum shows, or its header
        has no usable voxel size.
    """
    with path.open("rb") as file:
        compressed = file.read(2) == _GZIP
        file.seek(0)
        if not compressed:
            return _read(file)
        with gzip.open(file) as stream:
            return _read(stream)


def _read(stream: BinaryIO) -> Volume:
    kind = _kind(stream)
    raw = kind.header_class.from_fileobj(stream, check=False)
    magic = raw["magic"].item()
    if magic.startswith((b"ni1", b"ni2")):
        raise Unsupported("the header of a pair .hdr and .img, not one file")
    if not magic.startswith((b"n+1", b"n+2")):
        raise ValueError("not a NIfTI header: its magic letters are missing")
    doubts = _size_doubts(raw)
    stream.seek(0)
    files = kind.make_file_map({"image": stream})
    # Memory maps are off: they report a truncated file only when it is touched.
    image = kind.from_file_map(files, mmap=False)
    array = np.asanyarray(image.dataobj).T
    if surplus := _rest(stream):
        doubts.append(f"{surplus} bytes follow the voxels that the header announces")
    affine = np.array(image.affine, float)
    unit = int(raw["xyzt_units"]) & 7
    if unit not in _MILLIMETRES:
        doubts.append(f"unknown unit of length (code {unit}), taken as mm")
    scale = _MILLIMETRES.get(unit, 1.0)
    sizes = raw["pixdim"][1:4].astype(float) * scale
    affine[:3] *= scale
    doubts += _form_doubts(image, sizes, affine)
    return Volume(array, affine, tuple(doubts))


def _kind(stream: BinaryIO) -> type[Nifti1Image]:
    start = stream.read(4)
    stream.seek(0)
    if not start:
        raise ValueError("an empty file")
    for order in ("little", "big"):
        if (kind := _CLASSES.get(int.from_bytes(start, order))) is not None:
            return kind
    raise ValueError(f"not a NIfTI file: it begins with {start!r}")


def _size_doubts(raw) -> list[str]:
    """Look at `pixdim`, of which nibabel makes positive numbers."""
    dimensions = min(max(int(raw["dim"][0]), 0), 3)
    sizes = raw["pixdim"][1 : dimensions + 1].astype(float)
    if np.isfinite(sizes).all() and (sizes > 0).all():
        return []
    shown = in_words(sizes, "g")
    if int(raw["sform_code"]) <= 0:
        raise ValueError(f"voxel sizes of {shown} in pixdim, and no affine beside it")
    return [f"voxel sizes of {shown} in pixdim; those of the affine are taken"]


def _form_doubts(image: Nifti1Image, sizes: np.ndarray, affine: np.ndarray) -> list:
    """Compare what a header says twice: pixdim and affine, qform and sform."""
    doubts = []
    used = min(image.ndim, 3)
    found, taken = sizes[:used], voxel_sizes(affine)[:used]
    sound = np.isfinite(found).all() and (found > 0).all()
    if sound and not np.allclose(found, taken, rtol=GEOMETRY_TOLERANCE, atol=0):
        doubts.append(
            f"pixdim {in_words(found)} mm and affine {in_words(taken)} mm contradict "
            "each other; the affine is taken"
        )
    header = image.header
    sform, qform = (
        form(coded=True)[0] for form in (header.get_sform, header.get_qform)
    )
    if sform is None or qform is None:
        return doubts
    shape = (*image.shape[:3], 1, 1)[:3]
    corners = [(x, y, z, 1) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    last = np.array([*(size - 1 for size in shape), 1])
    apart = np.linalg.norm(((sform - qform) @ (corners * last).T)[:3], axis=0).max()
    if apart > PLACE_TOLERANCE * voxel_sizes(sform).min():
        doubts.append(
            f"qform and sform place voxels up to {apart:.4g} units apart; "
            "sform is taken"
        )
    return doubts


def _rest(stream: BinaryIO) -> int:
    """Read what follows the voxels: the checksum of gzip is at the end."""
    return sum(map(len, iter(partial(stream.read, _CHUNK), b"")))
