"""Words for a file that cannot be read: missing, damaged, or sound but not supported.

The three have different remedies: to copy a sound file again gives the same file.
"""

import gzip
import struct
import zlib
from pathlib import Path

from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError
from PIL import Image, UnidentifiedImageError

from sambench.errors import InputError, Unsupported

#: What the readers of volumes and images raise.
UNREADABLE = (
    OSError,
    EOFError,
    MemoryError,  # a header that announces more voxels than a computer holds
    OverflowError,
    zlib.error,
    struct.error,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,  # Pillow, of headers that make no sense
    SyntaxError,  # Pillow: damaged TIFF directory
    ImageFileError,
    HeaderDataError,
    WrapStructError,
    UnidentifiedImageError,
    Image.DecompressionBombError,
)


def unreadable(path: Path, what: str, error: Exception) -> InputError:
    """Describe what keeps a file from being read as `what`, such as "a volume"."""
    remedy = "Unpack or copy the file again; if it stays, the data set is damaged"
    if isinstance(error, FileNotFoundError):
        found, remedy = "no such file", "Check the path, and the folder for its files"
    elif isinstance(error, PermissionError):
        found, remedy = "no permission to read it", "Ask its owner for permission"
    elif isinstance(error, IsADirectoryError):
        found, remedy = "a folder", "Name the file in it"
    elif isinstance(error, Unsupported):
        found = f"what is not supported: {error}"
        remedy = "Convert the file; it is not damaged"
    elif isinstance(error, EOFError | zlib.error | gzip.BadGzipFile):
        found = f"a damaged compressed file ({error or type(error).__name__})"
    else:
        found = f"a file that cannot be read ({error or type(error).__name__})"
    return InputError(where=path, found=found, expected=what, remedy=remedy)
