"""Read a folder with the DICOM files of one series as a volume."""

from pathlib import Path

import numpy as np

from sambench.data.volume import StoredGrid

#: Largest difference between the gaps of neighbouring slices, as a part of their mean.
#: Scanners round positions; a missing slice makes a gap twice as large.
GAP_TOLERANCE = 0.05

_SHOWN = 5
_POSITION, _ORIENTATION = "0020|0032", "0020|0037"


def read_dicom_series(folder: Path) -> StoredGrid:
    """Read a series of slices.

    Parameters
    ----------
    folder : Path
        With the files of one series, one slice each, under any names.

    Returns
    -------
    StoredGrid
        ``(X, Y, Z)`` float32 in the unit of the modality (CT: HU), the slope and
        intercept of each slice applied; its affine in the directions of NIfTI. Slices
        are in the order of their positions.

    Raises
    ------
    ValueError
        If the folder holds no series or several, a file is damaged, or slices are
        missing or repeated.
    """
    import SimpleITK

    # It reports on stderr what is raised here as an error.
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    reader = SimpleITK.ImageSeriesReader()
    series = reader.GetGDCMSeriesIDs(str(folder))
    if not series:
        names = sorted(path.name for path in folder.iterdir())
        shown = ", ".join(names[:_SHOWN]) or "nothing"
        raise ValueError(f"a folder without DICOM files, which holds {shown}")
    if len(series) != 1:
        raise ValueError(f"{len(series)} DICOM series in the folder, not one")
    files = reader.GetGDCMSeriesFileNames(str(folder), series[0])
    reader.SetFileNames(files)
    reader.SetOutputPixelType(SimpleITK.sitkFloat32)
    try:
        _check_gaps(files)
        image = reader.Execute()
    except RuntimeError as error:
        raise ValueError(f"DICOM that cannot be read: {_last_line(error)}") from error
    array = SimpleITK.GetArrayFromImage(image)  # (Z, Y, X)
    affine = np.eye(4)
    directions = np.array(image.GetDirection()).reshape(3, 3)
    affine[:3, :3] = directions * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    # DICOM points to the patient's left and back, NIfTI to right and front.
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    return StoredGrid(array.transpose(2, 1, 0), affine)


def _check_gaps(files: tuple[str, ...]) -> None:
    """Check that the slices, in the order of their positions, are equally far apart."""
    import SimpleITK

    reader = SimpleITK.ImageFileReader()
    positions = []
    for name in files:
        reader.SetFileName(name)
        reader.ReadImageInformation()
        if not (
            reader.HasMetaDataKey(_POSITION) and reader.HasMetaDataKey(_ORIENTATION)
        ):
            raise ValueError(f"no position of the slice in {Path(name).name}")
        along_row, along_column = _numbers(reader.GetMetaData(_ORIENTATION))
        position = _numbers(reader.GetMetaData(_POSITION))[0]
        positions.append(np.dot(np.cross(along_row, along_column), position))
    gaps = np.abs(np.diff(positions))
    if len(gaps) and np.ptp(gaps) > GAP_TOLERANCE * gaps.mean():
        raise ValueError(
            f"slices {gaps.min():.4g} to {gaps.max():.4g} mm apart: some are missing "
            "or repeated"
        )


def _numbers(text: str) -> np.ndarray:
    return np.array(text.split("\\"), float).reshape(-1, 3)


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__
