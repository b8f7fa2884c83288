"""Images and masks of a case in several files: raters, sequences, structures."""

import re

_BETWEEN = "|"
_SEVERAL = re.compile(r"(.*)\{([^{}]+)\}(.*)")


def mask_files(mask: str) -> list[str]:
    """List the files of a case's mask, or of its image, in their order.

    It is a path, one with alternatives, ``image1-{1,2,3}.tif``, or several as
    `join_files` writes them.
    """
    if _BETWEEN in mask:
        return mask.split(_BETWEEN)
    match = _SEVERAL.fullmatch(mask)
    if match is None:
        return [mask]
    before, names, after = match.groups()
    return [f"{before}{name}{after}" for name in names.split(",")]


def join_files(paths: list[str]) -> str:
    """Write the paths of several files in the one field of a case."""
    return _BETWEEN.join(paths)
