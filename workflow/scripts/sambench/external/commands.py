"""Commands of a recipe with what its placeholders stand for filled in."""

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sambench.errors import unknown_name

#: Stands for one fold in a command of training, which is then run for each.
FOLD = "fold"

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class Command(NamedTuple):
    """A program with its arguments, noted as `name` when it is done."""

    name: str
    arguments: list[str]


def fill(text: str, values: Mapping[str, Any], where: str) -> str:
    """Replace the placeholders in a text; an `InputError` for one without a meaning."""

    def value(match: re.Match) -> str:
        if match[1] not in values:
            raise unknown_name(where, "placeholder", match[1], values)
        return str(values[match[1]])

    return _PLACEHOLDER.sub(value, text)


def fill_known(text: str, values: Mapping[str, Any]) -> str:
    """Replace placeholders and leave other braces alone: programs have theirs."""
    return _PLACEHOLDER.sub(lambda m: str(values.get(m[1], m[0])), text)


def commands_of(
    texts: Sequence[str], values: Mapping[str, Any], where: str
) -> list[Command]:
    """Fill commands in; one with `{fold}` becomes one for each of `values["folds"]`.

    A command is a program and its arguments, divided as a shell divides words, but no
    shell runs it: paths with spaces need no quotes. `{folds}` alone as an argument
    becomes an argument for each fold.
    """
    commands = []
    for text in texts:
        folds = values["folds"] if f"{{{FOLD}}}" in text else [None]
        for fold in folds:
            name = text.replace(f"{{{FOLD}}}", str(fold))
            arguments = _arguments(text, {**values, FOLD: fold}, where)
            commands.append(Command(name, arguments))
    return commands


def values_for(values: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Choose the values of a recipe, of which some are by kind of benchmark."""
    return {
        name: value[kind] if isinstance(value, Mapping) else value
        for name, value in values.items()
    }


def folds_of(folds: int | str, held_out: bool) -> list[str]:
    """List the folds that are trained, by their names for nnU-Net.

    There is a number of folds, or `all`; if cases of the source are held out, `all` is
    the others, fold 0.
    """
    if folds == "all":
        return ["0"] if held_out else ["all"]
    return [str(number) for number in range(folds)]


def _arguments(text: str, values: Mapping[str, Any], where: str) -> list[str]:
    arguments = []
    for word in shlex.split(text):
        if word == "{folds}":
            arguments += values["folds"]
        else:
            arguments.append(fill(word, values, where))
    return arguments


def paths(**folders: Path | str) -> dict[str, str]:
    """Make folders absolute, for programs that change theirs."""
    return {name: str(Path(folder).resolve()) for name, folder in folders.items()}
