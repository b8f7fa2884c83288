"""Read MetaImage files (``.mhd`` with ``.raw``, or ``.mha``)."""

import zlib
from pathlib import Path

import nibabel
import numpy as np

_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
_HEADER_BYTES = 2**16


def read_metaimage(path: Path) -> nibabel.Nifti1Image:
    """Read a 3D MetaImage.

    Parameters
    ----------
    path : Path
        Header, ``.mhd``, or header and data, ``.mha``.

    Returns
    -------
    nibabel.Nifti1Image
        ``(X, Y, Z)`` with its affine in the directions of NIfTI.

    Raises
    ------
    ValueError
        If the header lacks a key, is of a kind that is not supported, or the data are
        not of the size that it gives.
    OSError
        If a file cannot be read.
    """
    fields, start = _header(path)
    try:
        shape = tuple(int(size) for size in fields["DimSize"].split())
        dtype = np.dtype(_TYPES[fields["ElementType"]])
        spacing = [float(size) for size in fields["ElementSpacing"].split()]
        name = fields["ElementDataFile"]
    except KeyError as error:
        raise ValueError(f"MetaImage header without {error}") from error
    if len(shape) != 3 or fields.get("ElementNumberOfChannels", "1") != "1":
        raise ValueError(f"MetaImage of size {fields['DimSize']}, not one 3D volume")
    big = _first(fields, "BinaryDataByteOrderMSB", "ElementByteOrderMSB", "False")
    data = path.read_bytes()[start:] if name == "LOCAL" else _sibling(path, name)
    if fields.get("CompressedData", "False") == "True":
        data = zlib.decompress(data)
    expected = int(np.prod(shape)) * dtype.itemsize
    if len(data) != expected:
        raise ValueError(f"{len(data)} bytes of voxels, {expected} in the header")
    array = np.frombuffer(data, dtype.newbyteorder(">" if big == "True" else "<"))
    array = array.reshape(shape, order="F").astype(dtype)
    return nibabel.Nifti1Image(array, _affine(fields, spacing), dtype=dtype)


def _header(path: Path) -> tuple[dict[str, str], int]:
    """Return the fields, and where data begin that are in the same file."""
    with path.open("rb") as stream:
        text = stream.read(_HEADER_BYTES)
    fields, start = {}, 0
    for line in text.splitlines(keepends=True):
        start += len(line)
        key, separator, value = line.decode("latin-1").partition("=")
        if separator:
            fields[key.strip()] = value.strip()
        if key.strip() == "ElementDataFile":
            break
    return fields, start


def _sibling(path: Path, name: str) -> bytes:
    if Path(name).name != name:
        raise ValueError(f"MetaImage data in '{name}', not beside the header")
    return path.with_name(name).read_bytes()


def _affine(fields: dict[str, str], spacing: list[float]) -> np.ndarray:
    unit = "1 0 0 0 1 0 0 0 1"
    directions = _first(fields, "TransformMatrix", "Rotation", "Orientation", unit)
    offset = _first(fields, "Offset", "Position", "Origin", "0 0 0")
    affine = np.eye(4)
    # One direction of an axis after the other; the patient's left and back are up.
    affine[:3, :3] = np.array(directions.split(), float).reshape(3, 3).T * spacing
    affine[:3, 3] = np.array(offset.split(), float)
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


def _first(fields: dict[str, str], *names: str) -> str:
    """Return the first field that is there, or the last of the names as it is."""
    return next((fields[name] for name in names if name in fields), names[-1])
