"""Masks of a case that are in several files, one for each rater."""

import re

_SEVERAL = re.compile(r"(.*)\{([^{}]+)\}(.*)")


def mask_files(mask: str) -> list[str]:
    """List the files of a case's mask.

    Parameters
    ----------
    mask : str
        A path, or one with alternatives, ``image1-{1,2,3}.tif``.

    Returns
    -------
    list of str
        Paths, in the order of the alternatives.
    """
    match = _SEVERAL.fullmatch(mask)
    if match is None:
        return [mask]
    before, names, after = match.groups()
    return [f"{before}{name}{after}" for name in names.split(",")]
