"""Read NRRD files (``.nrrd``, ``.nhdr``), as 3D Slicer writes them."""

from pathlib import Path

import numpy as np

from sambench.data.volume import StoredGrid


def read_nrrd(path: Path) -> StoredGrid:
    """Read a volume.

    Parameters
    ----------
    path : Path
        One volume, 3D, or 2D, which is one slice.

    Returns
    -------
    StoredGrid
        ``(X, Y, Z)``, or ``(X, Y, Z, C)``; its affine in the directions of NIfTI.

    Raises
    ------
    ValueError
        If the file is damaged or of a kind that is not supported.
    """
    import SimpleITK

    # It reports on stderr what is raised here as an error.
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    if not path.is_file():
        raise FileNotFoundError(path)
    try:
        image = SimpleITK.ReadImage(str(path), imageIO="NrrdImageIO")
    except RuntimeError as error:
        last = str(error).strip().splitlines()[-1]
        raise ValueError(f"NRRD that cannot be read: {last}") from error
    if image.GetDimension() == 2:
        image = SimpleITK.JoinSeries(image)
    if image.GetDimension() != 3:
        raise ValueError(f"NRRD of {image.GetDimension()} dimensions; 3 are expected")
    array = SimpleITK.GetArrayFromImage(image)  # (Z, Y, X) or (Z, Y, X, C)
    affine = np.eye(4)
    directions = np.array(image.GetDirection()).reshape(3, 3)
    affine[:3, :3] = directions * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    # The patient's left and back are up in ITK, right and front in NIfTI.
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    return StoredGrid(np.swapaxes(array, 0, 2), affine)
