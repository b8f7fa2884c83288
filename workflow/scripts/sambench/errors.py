"""The exception for bad input: what was found and expected, where, and the remedy."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


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
        keys = ("where", "found", "expected", "remedy")
        return partial(type(self), **{key: getattr(self, key) for key in keys}), ()


class Unsupported(ValueError):
    """A file that is sound, but cannot be read here: another copy will not help."""


def unknown_name(
    where: object, kind: str, name: str, valid: Iterable[Any], added: str = ""
) -> InputError:
    """Describe a name that is not registered, with the valid ones and the nearest.

    The kind says what is named, such as ``"method"``; `added` what could be added to
    make it valid.
    """
    valid = [str(each) for each in sorted(valid)]
    added = added or f"the {kind}"
    return InputError(
        where=where,
        found=f"unknown {kind} '{name}'",
        expected=f"one of {', '.join(valid) or 'none (nothing is registered)'}",
        remedy=f"{did_you_mean(name, valid)}Correct the name or add {added}",
    )


def find_named(named: Mapping[str, T], name: str, where: object, kind: str) -> T:
    """Look up a name; an `InputError` lists the valid ones, see `unknown_name`."""
    if name not in named:
        raise unknown_name(where, kind, name, named)
    return named[name]


def require_known(
    where: object, kind: str, names: Iterable[Any], valid: Iterable[Any]
) -> None:
    """Refuse the first of some names that is not valid; see `unknown_name`."""
    for name in names:
        if name not in valid:
            raise unknown_name(where, kind, str(name), valid)


def first_few(names: Sequence[str], most: int = 5, between: str = ", ") -> str:
    """Return the first of some names as text, and how many more there are."""
    shown, more = between.join(names[:most]), len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown


def count_of(number: int, noun: str) -> str:
    """Return a number of things in words: ``"1 case"``, ``"2 cases"``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed_faults(faults: Sequence[str], place: str = "") -> str:
    """Return what an error found that reports many faults, a line each."""
    shown, more = list(faults[:20]), len(faults) - 20
    lines = [*shown, f"and {more} more"] if more > 0 else shown
    words = f"{count_of(len(faults), 'fault')} {place}".rstrip()
    return f"{words}:" + "".join(f"\n  {line}" for line in lines) + "\n "


def did_you_mean(name: object, valid: Iterable[str]) -> str:
    """Return a sentence with the valid name that is nearest, if one is near."""
    plain = {each.casefold(): each for each in valid}
    near = get_close_matches(str(name).casefold(), plain, n=1)
    return f"Did you mean '{plain[near[0]]}'? " if near else ""
