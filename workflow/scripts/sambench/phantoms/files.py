"""Files of data sets and their archives, byte for byte the same at every writing."""

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import nibabel
import numpy as np
from PIL import Image

from sambench.atomic import atomic_path

Triple = tuple[float, float, float]
Members = Iterator[tuple[str, object]]
"""Names of members of an archive with their contents, as `encoded` takes them."""

APPLE_DOUBLE = bytes.fromhex("00051607 00020000") + bytes(155)
"""What macOS leaves beside a file as ``._name``: no image, whatever its suffix."""


class Volume(NamedTuple):
    """Voxels on a grid that is centred on zero.

    Parameters
    ----------
    voxels : np.ndarray
        int16 or integer of 8 bits ``(Z, Y, X)``; for NIfTI also ``(Z, Y, X, C)``.
    spacing : tuple of float
        ``(z, y, x)`` in mm.
    orientation : str
        Directions of the axes in a NIfTI file; the anatomy stays what it is.
    """

    voxels: np.ndarray
    spacing: Triple
    orientation: str = "LPS"

    def origin(self) -> Triple:
        """Return the centre of the first voxel in mm: left, posterior, superior."""
        sizes = zip(self.voxels.shape[2::-1], self.spacing[::-1], strict=True)
        return tuple(-step * (n - 1) / 2 for n, step in sizes)


def encoded(members: Members) -> dict[str, bytes]:
    """Return the bytes of the members of an archive; a suffix says how one is written.

    Parameters
    ----------
    members : iterable of (str, object)
        Name in the archive, and a `Volume` for ``.nii.gz``, ``.nrrd`` and ``.mhd``
        (whose voxels get a file of their own), uint8 ``(H, W)`` or ``(H, W, 3)`` for
        ``.tif``, arrays by name for ``.npz``, anything for ``.json``. Text and bytes
        are stored as they are.
    """
    files = {}
    for name, content in members:
        if isinstance(content, str | bytes):
            files[name] = content if isinstance(content, bytes) else content.encode()
        elif name.endswith((".nrrd", ".mhd")):
            from sambench.phantoms.itk import itk_files

            files |= itk_files(name, content)
        else:
            files[name] = _WRITERS[PurePosixPath(name).suffix](content)
    return files


def _nifti(volume: Volume) -> bytes:
    affine = np.diag([*volume.spacing[::-1], 1.0])
    affine[:3, 3] = volume.origin()
    to_ras = np.diag([-1, -1, 1, 1])
    image = nibabel.Nifti1Image(np.swapaxes(volume.voxels, 0, 2), to_ras @ affine)
    axes = (nibabel.orientations.axcodes2ornt(c) for c in ("LPS", volume.orientation))
    image = image.as_reoriented(nibabel.orientations.ornt_transform(*axes))
    image.header.set_xyzt_units("mm", "sec")
    buffer = io.BytesIO()
    # No file name and no time in the header: both would change the bytes.
    with gzip.GzipFile("", "wb", compresslevel=4, fileobj=buffer, mtime=0) as file:
        file.write(image.to_bytes())
    return buffer.getvalue()


def _tiff(picture: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="TIFF")
    return buffer.getvalue()


def _npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


_WRITERS = {
    ".gz": _nifti,
    ".tif": _tiff,
    ".npz": _npz,
    ".json": lambda content: json.dumps(content).encode(),
}


def write_archive(path: Path, members: Mapping[str, bytes]) -> None:
    """Write an archive whole, members in the order of their names.

    Parameters
    ----------
    path : Path
        Archive to write: a tar file if its name ends in ``.tar``, else a zip file.
    members : mapping of str to bytes
        Name in the archive -> content.
    """
    with atomic_path(path) as temporary:
        if path.suffix != ".tar":
            _write_zip(temporary, members)
            return
        with tarfile.open(temporary, "w", format=tarfile.USTAR_FORMAT) as archive:
            for name in sorted(members):
                info = tarfile.TarInfo(name)
                info.size = len(members[name])
                archive.addfile(info, io.BytesIO(members[name]))


def _write_zip(path: Path, members: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name)  # of 1980, as early as zip allows
            info.create_system = 3  # Unix, on every machine: the attributes are its own
            info.external_attr = 0o100644 << 16
            packed = name.endswith(".gz")
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            archive.writestr(info, members[name], compresslevel=6)
