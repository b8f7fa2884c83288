"""Read MetaImage files (``.mhd`` with ``.raw``, or ``.mha``) by SimpleITK.

Its reader repairs a header in silence (a negative size, a missing one) and passes over
compressed data that are damaged, so that both are looked at first.
"""

import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from sambench.data.itk import quiet_itk, reason_of, volume_of
from sambench.data.volume import Volume
from sambench.errors import Unsupported

_HEADER_BYTES = 2**16
_LOCAL = "LOCAL"
_MILLIMETRES = {"mm": 1.0, "um": 1e-3, "cm": 10.0, "?": 1.0}


def read_metaimage(path: Path) -> Volume:
    """Read a MetaImage of two or three axes as ``(Z, Y, X)``.

    Raises
    ------
    ValueError
        If the header lacks a key, is of a kind that is not supported, or the data are
        missing, damaged, or not of the size that it gives.
    """
    itk = quiet_itk()
    fields, start = _header(path)
    _check_header(fields)
    _check_data(path, fields, start)
    try:
        image = itk.ReadImage(str(path), imageIO="MetaImageIO")
    except RuntimeError as error:
        reason = reason_of(error)
        raise ValueError(f"MetaImage that cannot be read: {reason}") from error
    channels = image.GetNumberOfComponentsPerPixel()
    if image.GetDimension() == 2:
        image = itk.JoinSeries(image)
    if image.GetDimension() != 3 or channels != 1:
        raise Unsupported(
            f"MetaImage of size {fields['DimSize']} with {channels} channels, "
            "not one 3D volume"
        )
    volume = volume_of(image, _MILLIMETRES[_unit(fields)])
    doubts = _doubts(path, fields, start, volume.array.nbytes)
    return replace(volume, doubts=doubts)


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


def _check_header(fields: dict[str, str]) -> None:
    for key in ("DimSize", "ElementType", "ElementDataFile"):
        if key not in fields:
            raise ValueError(f"MetaImage header without '{key}'")
    sizes = fields.get("ElementSpacing", fields.get("ElementSize"))
    if sizes is None:
        raise ValueError("MetaImage header without 'ElementSpacing'")
    numbers = np.array(sizes.split(), float)
    if not (np.isfinite(numbers).all() and (numbers > 0).all()):
        raise ValueError(f"voxel sizes of {sizes} in the MetaImage header")
    slope = float(fields.get("ElementToIntensityFunctionSlope", 1))
    offset = float(fields.get("ElementToIntensityFunctionOffset", 0))
    if (slope, offset) != (1, 0):
        raise Unsupported(f"MetaImage values to be scaled by {slope:g} and {offset:g}")
    if _unit(fields) not in _MILLIMETRES:
        raise Unsupported(f"MetaImage sizes in '{_unit(fields)}'")


def _data_file(path: Path, fields: dict[str, str]) -> Path | None:
    """Return the file of the voxels; None if they are in several."""
    name = fields["ElementDataFile"]
    if name == "LIST" or "%" in name:
        return None
    return path if name == _LOCAL else path.parent / name


def _check_data(path: Path, fields: dict[str, str], start: int) -> None:
    """Check that the file of the voxels is there and, if compressed, its checksum."""
    name, data = fields["ElementDataFile"], _data_file(path, fields)
    if data is None:
        return
    if not data.is_file():
        raise ValueError(f"no file '{name}' beside the header, which names it")
    if fields.get("CompressedData", "False").lower() == "true":
        with data.open("rb") as stream:
            stream.seek(start if data == path else 0)
            _check_stream(stream.read(), name)


def _doubts(
    path: Path, fields: dict[str, str], start: int, n_bytes: int
) -> tuple[str, ...]:
    """Look for another name of the file of the voxels, and for bytes behind them."""
    data, doubts = _data_file(path, fields), []
    if data is None:
        return ()
    if data.stem.lower() != path.stem.lower():
        name = fields["ElementDataFile"]
        doubts.append(f"the voxels are in '{name}', a file of another name")
    plain = {"CompressedData": "false", "HeaderSize": "0"}
    if all(fields.get(key, value).lower() == value for key, value in plain.items()):
        surplus = data.stat().st_size - n_bytes - (start if data == path else 0)
        if surplus > 0:
            follow = f"{surplus} bytes follow the voxels that the header announces"
            doubts.append(follow)
    return tuple(doubts)


def _check_stream(data: bytes, name: str) -> None:
    stream = zlib.decompressobj()
    for start in range(0, len(data), _HEADER_BYTES):
        stream.decompress(data[start : start + _HEADER_BYTES])
    if not stream.eof:
        raise ValueError(f"compressed voxels that end too early ({name})")


def _unit(fields: dict[str, str]) -> str:
    return fields.get("DistanceUnits", "mm").lower()
