"""Read a folder with the DICOM files of one series as a volume."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sambench.data.geometry import GEOMETRY_TOLERANCE
from sambench.data.itk import quiet_itk, reason_of, volume_of
from sambench.data.volume import Volume
from sambench.errors import Unsupported, first_few

if TYPE_CHECKING:
    import SimpleITK

#: Largest difference between the gaps of neighbouring slices, as a part of their mean.
#: Scanners round positions; a missing slice makes a gap twice as large.
GAP_TOLERANCE = 0.05

_POSITION, _ORIENTATION, _SPACING = "0020|0032", "0020|0037", "0028|0030"


def read_dicom_series(folder: Path) -> Volume:
    """Read a series of slices, one file each, in the order of their positions.

    Returns
    -------
    Volume
        ``(Z, Y, X)`` float32 in the unit of the modality (CT: HU), the slope and
        intercept of each slice applied; its affine in the directions of NIfTI.

    Raises
    ------
    ValueError
        If the folder holds no series or several, a file is damaged, slices are missing
        or repeated, or of different geometry.
    Unsupported
        If the gantry was tilted, so that slices are not on one grid.
    """
    itk = quiet_itk()
    reader = itk.ImageSeriesReader()
    series = reader.GetGDCMSeriesIDs(str(folder))
    if not series:
        names = sorted(path.name for path in folder.iterdir())
        shown = first_few(names, 5) or "nothing"
        raise ValueError(f"a folder without DICOM files, which holds {shown}")
    if len(series) != 1:
        raise ValueError(f"{len(series)} DICOM series in the folder, not one")
    files = reader.GetGDCMSeriesFileNames(str(folder), series[0])
    reader.SetFileNames(files)
    reader.SetOutputPixelType(itk.sitkFloat32)
    try:
        _check_slices(files)
        image = reader.Execute()
    except RuntimeError as error:
        raise ValueError(f"DICOM that cannot be read: {reason_of(error)}") from error
    return volume_of(image)


def _check_slices(files: tuple[str, ...]) -> None:
    """Check the geometry of slices, in the order of their positions.

    The library takes that of the first slice for all, 1 mm for a size that is missing,
    and right angles if a tilted gantry shifts one slice against the next.
    """
    reader = quiet_itk().ImageFileReader()
    positions, planes = [], []
    for name in files:
        reader.SetFileName(name)
        reader.ReadImageInformation()
        found = {key: _tag(reader, key) for key in (_POSITION, _ORIENTATION, _SPACING)}
        if found[_POSITION] is None or found[_ORIENTATION] is None:
            raise ValueError(f"no position of the slice in {Path(name).name}")
        sizes = found[_SPACING]
        if sizes is None or not (sizes > 0).all():
            raise ValueError(f"no size of pixels above 0 in {Path(name).name}")
        positions.append(found[_POSITION])
        planes.append(np.concatenate([found[_ORIENTATION], sizes]))
    if not np.allclose(planes, planes[0], rtol=0, atol=GEOMETRY_TOLERANCE):
        raise ValueError("slices of different directions or sizes of pixels")
    places, normal = np.array(positions), np.cross(planes[0][:3], planes[0][3:6])
    gaps = np.abs(np.diff(places @ normal))
    if len(gaps) and np.ptp(gaps) > GAP_TOLERANCE * gaps.mean():
        raise ValueError(
            f"slices {gaps.min():.4g} to {gaps.max():.4g} mm apart: some are missing "
            "or repeated"
        )
    way = places[-1] - places[0]
    shift = np.linalg.norm(way - (way @ normal) * normal)
    if shift > planes[0][6:].min():
        raise Unsupported(
            f"slices shifted by {shift:.4g} mm in their plane, as a tilted "
            "gantry does: they are not on one grid; resample the series"
        )


def _tag(reader: "SimpleITK.ImageFileReader", key: str) -> np.ndarray | None:
    if not reader.HasMetaDataKey(key):
        return None
    return np.array(reader.GetMetaData(key).split("\\"), float)
