"""The exception for bad input: what was found and expected, where, and the remedy."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """Input that the user can mend.

    Parameters
    ----------
    where : object
        File, folder or configuration key that holds the fault.
    found : str
        What is there.
    expected : str
        What should be there.
    remedy : str
        What the user can do about it.
    """

    def __init__(self, *, where: object, found: str, expected: str, remedy: str):
        self.where = str(where)
        self.found = found
        self.expected = expected
        self.remedy = remedy
        super().__init__(
            f"{self.where}: found {found}, expected {expected}. {remedy.rstrip('.')}."
        )

    def __reduce__(self):
        """Survive pickling: Snakemake and multiprocessing carry errors as pickles."""
        return _rebuild, (self.where, self.found, self.expected, self.remedy)


def _rebuild(where: str, found: str, expected: str, remedy: str) -> InputError:
    return InputError(where=where, found=found, expected=expected, remedy=remedy)


def unknown_name(
    where: object, kind: str, name: str, valid: Iterable[str]
) -> InputError:
    """Describe a name that is not registered, with the valid ones and the nearest.

    The kind says what is named, such as ``"method"``.
    """
    valid = sorted(valid)
    return InputError(
        where=where,
        found=f"unknown {kind} '{name}'",
        expected=f"one of {', '.join(valid) or 'none (nothing is registered)'}",
        remedy=f"{did_you_mean(name, valid)}Correct the name or add the {kind}",
    )


def did_you_mean(name: object, valid: Iterable[str]) -> str:
    """Return a sentence with the valid name that is nearest, if one is near."""
    plain = {each.casefold(): each for each in valid}
    near = get_close_matches(str(name).casefold(), plain, n=1)
    return f"Did you mean '{plain[near[0]]}'? " if near else ""
