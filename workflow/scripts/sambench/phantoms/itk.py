"""Files that SimpleITK writes: NRRD, MetaImage, DICOM."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import SimpleITK

from sambench.phantoms.files import Volume

_UID_ROOT = "1.2.826.0.1.3680043.8.498"  # free for anybody's tests


def itk_files(name: str, volume: Volume) -> dict[str, bytes]:
    """Return the files of a volume: one ``.nrrd``, or a ``.mhd`` and its ``.raw``."""
    return _written(_image(volume), PurePosixPath(name))


def _image(volume: Volume) -> SimpleITK.Image:
    image = SimpleITK.GetImageFromArray(volume.voxels)
    image.SetSpacing(volume.spacing[::-1])
    image.SetOrigin(volume.origin())
    return image


def _written(image: SimpleITK.Image, path: PurePosixPath) -> dict[str, bytes]:
    writer = SimpleITK.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    writer.SetUseCompression(path.suffix == ".nrrd")
    with TemporaryDirectory() as folder:
        writer.SetFileName(Path(folder, path.name))
        writer.Execute(image)
        files = Path(folder).iterdir()
        return {str(path.with_name(file.name)): file.read_bytes() for file in files}


def dicom_slice(
    image: SimpleITK.Image,
    series: int,
    number: int,
    intercept: float = 0,
    slope: float = 1,
) -> bytes:
    """Return the bytes of a DICOM file with one CT slice.

    Parameters
    ----------
    image : SimpleITK.Image
        ``(columns, rows, 1)``, in HU.
    series, number : int
        Series, and number of the slice in it.
    intercept, slope : float
        From the stored values, which are 16 bits wide, to HU.
    """
    image = SimpleITK.Cast(image, SimpleITK.sitkFloat64)
    tags = {
        "0008|0016": "1.2.840.10008.5.1.4.1.1.2", "0008|0060": "CT",
        "0008|0018": f"{_UID_ROOT}.{series}.{number}", "0020|0013": number,
        "0008|0020": "20000101", "0008|0030": "000000",
        "0020|000d": f"{_UID_ROOT}.1", "0020|000e": f"{_UID_ROOT}.{series}",
        "0028|0100": 16, "0028|0101": 16, "0028|0102": 15, "0028|0103": 1,
        "0028|1052": intercept, "0028|1053": slope,
    }  # fmt: skip
    for tag, value in tags.items():
        image.SetMetaData(tag, str(value))
    (content,) = _written(image, PurePosixPath("slice.dcm")).values()
    return content


def dicom_series(
    pattern: str, volume: Volume, series: int = 1, intercept: float = 0
) -> Iterator[tuple[str, bytes]]:
    """Draw the files of a CT, numbered in `pattern` from the head down.

    Sorted by name, they would turn the patient upside down.
    """
    image, count = _image(volume), len(volume.voxels)
    for i in range(count):
        content = dicom_slice(image[:, :, i : i + 1], series, i + 1, intercept)
        yield pattern.format(count - i), content
