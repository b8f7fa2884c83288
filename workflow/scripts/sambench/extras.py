"""Packages that the core of sambench does without: which extra brings them."""

import re
from importlib.metadata import PackageNotFoundError, requires

from sambench.errors import InputError


def missing_extra(error: BaseException) -> InputError | None:
    """Describe, with pip's command, the import of a package that an extra brings.

    None if it is another error.
    """
    if not isinstance(error, ModuleNotFoundError):
        return None
    module = (error.name or "").partition(".")[0]
    extra = _extras().get(module)
    if extra is None:
        return None
    return InputError(
        where="this command",
        found=f"no package '{module}'",
        expected=f"the extra '{extra}' of sambench",
        remedy=f"Install it with: pip install 'sambench[{extra}]'",
    )


def _extras() -> dict[str, str]:
    """Return the smallest extra with a package, by the name that it is imported by."""
    try:
        declared = requires("sambench") or []
    except PackageNotFoundError:  # a checkout on PYTHONPATH
        return {}
    packages: dict[str, list[str]] = {}
    for line in declared:
        name = re.match(r"[\w.-]+", line)
        extra = re.search(r"""extra == ['"]([\w-]+)""", line)
        if name and extra:
            module = name[0].replace("-", "_").lower()
            packages.setdefault(extra[1], []).append(module)
    largest_first = sorted(packages, key=lambda extra: -len(packages[extra]))
    return {module: extra for extra in largest_first for module in packages[extra]}
