"""Archives and the files in them, byte for byte the same at every writing."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import nibabel
import numpy as np
from PIL import Image

from sambench.atomic import atomic_path

# Zip cannot store an earlier time.
EPOCH = (1980, 1, 1, 0, 0, 0)

APPLE_DOUBLE = (
    bytes.fromhex("00051607 00020000")
    + b"Mac OS X        "
    + bytes.fromhex("0002 00000009 00000032 00000079 00000002 000000ab 00000000")
    + bytes(121)
)
"""What macOS leaves beside a file as ``._name``: no image, whatever its suffix."""


def case_generator(seed: int, *names: str) -> np.random.Generator:
    """Return the random generator of one case, which depends on no other case.

    Its names, data set, group, case, are hashed, so that no two cases share a stream.
    """
    text = "/".join([str(seed), *names])
    digest = hashlib.sha256(text.encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def nifti_bytes(volume: np.ndarray, affine: np.ndarray) -> bytes:
    """Return the bytes of a ``.nii.gz``.

    Parameters
    ----------
    volume : np.ndarray
        int16 or uint8 ``(X, Y, Z)`` or ``(X, Y, Z, C)``, as nibabel stores it.
    affine : np.ndarray
        ``(4, 4)``, voxel to mm, right-anterior-superior.
    """
    image = nibabel.Nifti1Image(volume, affine)
    image.header.set_xyzt_units("mm", "sec")
    buffer = io.BytesIO()
    # No file name and no time in the header: both would change the bytes.
    with gzip.GzipFile("", "wb", compresslevel=4, fileobj=buffer, mtime=0) as file:
        file.write(image.to_bytes())
    return buffer.getvalue()


def stored_axial(volume: np.ndarray) -> np.ndarray:
    """Turn ``(Z, Y, X, ...)`` into nibabel's ``(X, Y, Z, ...)``, in file order."""
    return np.asfortranarray(np.swapaxes(volume, 0, 2))


def axial_affine(shape: tuple[int, ...], spacing: tuple[float, ...]) -> np.ndarray:
    """Return the affine of `stored_axial`: left, posterior, superior, centred on zero.

    The shape is that of ``(Z, Y, X)``, the spacing ``(z, y, x)`` in mm.
    """
    steps = np.array([-spacing[2], -spacing[1], spacing[0]])
    affine = np.diag([*steps, 1.0])
    affine[:3, 3] = -steps * (np.array(shape[::-1]) - 1) / 2
    return affine


def stored_as(
    orientation: str,
    image: np.ndarray,
    labels: np.ndarray,
    spacing: tuple[float, ...],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Store ``(Z, Y, X[, C])`` in an order such as ``"LPS"``: the same anatomy.

    Returns
    -------
    tuple of np.ndarray
        Image, labels ``(X, Y, Z)`` and affine ``(4, 4)``.
    """
    change = nibabel.orientations.ornt_transform(
        nibabel.orientations.axcodes2ornt("LPS"),
        nibabel.orientations.axcodes2ornt(orientation),
    )
    turned = [
        nibabel.orientations.apply_orientation(stored_axial(volume), change)
        for volume in (image, labels)
    ]
    inverse = nibabel.orientations.inv_ornt_aff(change, labels.shape[::-1])
    return *turned, axial_affine(labels.shape, spacing) @ inverse


def tiff_bytes(picture: np.ndarray) -> bytes:
    """Return the bytes of a plain TIFF, grey ``(H, W)`` or RGB ``(H, W, 3)``."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="TIFF")
    return buffer.getvalue()


def write_zip(path: Path, members: Mapping[str, bytes]) -> None:
    """Write a zip file whole, members in the order of their names.

    Parameters
    ----------
    path : Path
        Archive to write.
    members : mapping of str to bytes
        Name in the archive -> content.
    """
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system = 3  # Unix, on every machine: the attributes are its own
            info.external_attr = 0o100644 << 16
            packed = name.endswith(".gz")
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            archive.writestr(info, members[name], compresslevel=6)


def write_tar(path: Path, members: Mapping[str, bytes]) -> None:
    """Write an uncompressed tar file whole, members in the order of their names.

    Parameters
    ----------
    path : Path
        Archive to write.
    members : mapping of str to bytes
        Name in the archive -> content.
    """
    with (
        atomic_path(path) as temporary,
        tarfile.open(temporary, "w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name in sorted(members):
            info = tarfile.TarInfo(name)
            info.size = len(members[name])
            info.mode = 0o644
            archive.addfile(info, io.BytesIO(members[name]))
