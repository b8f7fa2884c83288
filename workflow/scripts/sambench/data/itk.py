"""What SimpleITK reads, in the directions of NIfTI; NRRD files, as of 3D Slicer."""

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from sambench.data.volume import Volume

if TYPE_CHECKING:
    import SimpleITK


def quiet_itk() -> ModuleType:
    """Import SimpleITK, without its reports on stderr: errors are raised here."""
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    return SimpleITK


def volume_of(image: "SimpleITK.Image", scale: float = 1.0) -> Volume:
    """Return a 3D image; `scale` is the unit of its header in mm."""
    itk = quiet_itk()
    affine = np.eye(4)
    directions = np.array(image.GetDirection()).reshape(3, 3)
    affine[:3, :3] = directions * image.GetSpacing() * scale
    affine[:3, 3] = np.array(image.GetOrigin()) * scale
    # The patient's left and back are up in ITK and DICOM, right and front in NIfTI.
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    array = itk.GetArrayFromImage(image)  # (Z, Y, X) or (Z, Y, X, C)
    return Volume(np.moveaxis(array, 3, 0) if array.ndim == 4 else array, affine)


def reason_of(error: RuntimeError) -> str:
    """Return the line of an error of SimpleITK that says what was wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = [line for line in lines if "ERROR" in line.upper() or "Reason" in line]
    return (said or lines or [type(error).__name__])[-1]


def read_nrrd(path: Path) -> Volume:
    """Read one volume, 3D, or 2D, which is one slice, from ``.nrrd`` or ``.nhdr``.

    Raises
    ------
    ValueError
        If the file is damaged or of a kind that is not supported.
    """
    itk = quiet_itk()
    if not path.is_file():
        raise FileNotFoundError(path)
    try:
        image = itk.ReadImage(str(path), imageIO="NrrdImageIO")
    except RuntimeError as error:
        raise ValueError(f"NRRD that cannot be read: {reason_of(error)}") from error
    if image.GetDimension() == 2:
        image = itk.JoinSeries(image)
    if image.GetDimension() != 3:
        raise ValueError(f"NRRD of {image.GetDimension()} dimensions; 3 are expected")
    return volume_of(image)
