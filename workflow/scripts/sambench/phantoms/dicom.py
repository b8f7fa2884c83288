"""The bytes of a DICOM series: one slice a file, byte for byte the same every time."""

import struct

import numpy as np

_CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_ROOT = "1.2.826.0.1.3680043.8.498."  # free for anybody's tests
_LONG = ("OB", "OW")


def dicom_slice(
    pixels: np.ndarray,
    *,
    position: tuple[float, float, float],
    spacing: tuple[float, float],
    series: int,
    number: int,
    orientation: tuple[float, ...] = (1, 0, 0, 0, 1, 0),
    slope: float = 1.0,
    intercept: float = 0.0,
) -> bytes:
    """Return the bytes of a file with one CT slice.

    Parameters
    ----------
    pixels : np.ndarray
        Stored values ``(rows, columns)`` int16; the unit is HU after slope, intercept.
    position : tuple of float
        Centre of the first pixel in mm: left, posterior, superior.
    spacing : tuple of float
        Between rows and between columns, in mm.
    orientation : tuple of float
        Directions along a row and along a column, left-posterior-superior.
    slope, intercept : float
        From stored values to HU.
    """
    instance = f"{_ROOT}{series}.{number}"
    rows, columns = pixels.shape
    elements = [
        (0x00080016, "UI", _CT_IMAGE),
        (0x00080018, "UI", instance),
        (0x00080060, "CS", "CT"),
        (0x0020000D, "UI", f"{_ROOT}1"),
        (0x0020000E, "UI", f"{_ROOT}{series}"),
        (0x00200013, "IS", str(number)),
        (0x00200032, "DS", _decimals(position)),
        (0x00200037, "DS", _decimals(orientation)),
        (0x00280002, "US", 1),
        (0x00280004, "CS", "MONOCHROME2"),
        (0x00280010, "US", rows),
        (0x00280011, "US", columns),
        (0x00280030, "DS", _decimals(spacing)),
        (0x00280100, "US", 16),
        (0x00280101, "US", 16),
        (0x00280102, "US", 15),
        (0x00280103, "US", 1),
        (0x00281052, "DS", _decimals([intercept])),
        (0x00281053, "DS", _decimals([slope])),
        (0x7FE00010, "OW", pixels.astype("<i2").tobytes()),
    ]
    meta = [
        (0x00020001, "OB", b"\0\1"),
        (0x00020002, "UI", _CT_IMAGE),
        (0x00020003, "UI", instance),
        (0x00020010, "UI", _EXPLICIT_LITTLE_ENDIAN),
        (0x00020012, "UI", f"{_ROOT}0"),
    ]
    described = b"".join(_element(*element) for element in meta)
    length = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(described))
    body = b"".join(_element(*element) for element in elements)
    return bytes(128) + b"DICM" + length + described + body


def _element(tag: int, kind: str, value: str | int | bytes) -> bytes:
    if kind == "US":
        value = struct.pack("<H", value)
    elif isinstance(value, str):
        value = value.encode("ascii")
    # Lengths are even; UIDs are filled up with a zero, other texts with a space.
    value += (b"\0" if kind in ("UI", *_LONG) else b" ") * (len(value) % 2)
    start = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, kind.encode("ascii"))
    form = "<HI" if kind in _LONG else "<H"
    size = (0, len(value)) if kind in _LONG else (len(value),)
    return start + struct.pack(form, *size) + value


def _decimals(values: tuple[float, ...] | list[float]) -> str:
    return "\\".join(f"{value:.10g}" for value in values)
