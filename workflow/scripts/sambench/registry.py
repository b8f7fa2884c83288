"""Parts found by name: a recipe names a part, the part's module is imported on use."""

import ast
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib import import_module, metadata
from typing import Any

from sambench.errors import InputError, unknown_name
from sambench.source import Definition, find_definition, find_file

LIBRARY = "sambench"


class Registry:
    """Map names to objects given as ``"module:attribute"``, imported when asked for.

    A name that is not registered may itself be such a ``"module:attribute"``, or that
    of an entry point of an installed package, in the group ``sambench.<kind>``.

    Parameters
    ----------
    kind : str
        What the parts are, for messages and recipes, e.g. ``"network"``.
    parts : mapping
        Name to ``"module:attribute"``, or to an entry, see `entry`.
    given : sequence of str
        Arguments that the code gives to every part, so that no recipe does.
    by_name : bool
        Whether it gives them by name, so that each part has to have them.
    entry : type, optional
        A named tuple whose first field is ``"module:attribute"`` and whose other fields
        say more of a part without importing it.
    """

    def __init__(
        self,
        kind: str,
        parts: Mapping[str, Any],
        given: Iterable[str] = (),
        entry: type | None = None,
        by_name: bool = True,
    ):
        self.kind = kind
        self._by_name = by_name
        self.given = tuple(given)
        self._parts = dict(parts)
        self._entry = entry

    def __iter__(self) -> Iterable[str]:
        return iter(self._parts)

    def __contains__(self, name: str) -> bool:
        return name in self._parts or ":" in name or name in self._installed

    def __getitem__(self, name: str) -> Any:
        """Import and return one part; an `InputError` lists the valid names."""
        module, attribute = self.reference(name).split(":")
        try:
            return getattr(import_module(module), attribute)
        except (ModuleNotFoundError, AttributeError) as error:
            if module.startswith(f"{LIBRARY}."):
                raise
            raise self._missing(name, str(error)) from error

    def entry(self, name: str, where: str | None = None) -> Any:
        """Return what is registered under a name: ``"module:attribute"``, or an entry.

        An `InputError` lists the valid names; `where` says what names the part.
        """
        found = self._parts.get(name)
        if found is not None and not isinstance(found, str):
            return found
        reference = found or (name if ":" in name else self._installed.get(name))
        if reference is None:
            valid = [*self._parts, *self._installed]
            where = where or f"the recipe's {self.kind}"
            raise unknown_name(where, self.kind, name, valid)
        return _entry(self._entry, reference) if self._entry else reference

    def reference(self, name: str, where: str | None = None) -> str:
        """Return the ``"module:attribute"`` of a part."""
        entry = self.entry(name, where)
        return entry if isinstance(entry, str) else entry[0]

    def definition(self, name: str, where: str | None = None) -> Definition:
        """Return the source of a part, which is read and not imported.

        Raises
        ------
        InputError
            If there is no such part.
        """
        reference = self.reference(name, where)
        module, _, attribute = reference.partition(":")
        try:
            found = find_definition(module, attribute)
        except SyntaxError as error:
            raise InputError(
                where=f"{error.filename}, line {error.lineno}",
                found=f"text that is not Python ({error.msg})",
                expected=f"the module of the {self.kind} '{name}'",
                remedy="Correct the line",
            ) from error
        if found is None:
            file = find_file(module)
            raise self._missing(
                name,
                f"no '{attribute}' in {file}" if file else f"no module '{module}'",
                where,
            )
        return found

    def needed(self, part: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the arguments that a part has to take, as it is called with them."""
        return self.given if self._by_name else ()

    def is_own(self, name: str) -> bool:
        """Return whether a part stands outside of this library."""
        return self.reference(name).split(".")[0].split(":")[0] != LIBRARY

    def build(self, part: dict[str, Any], **context: Any) -> Any:
        """Call a part with the arguments that a recipe gives beside its name.

        The run adds others, such as the number of structures.
        """
        arguments = {key: value for key, value in part.items() if key != "name"}
        return self[part["name"]](**arguments, **context)

    @cached_property
    def _installed(self) -> dict[str, str]:
        """Parts that installed packages offer."""
        group = f"{LIBRARY}.{self.kind.replace(' ', '_')}"
        return {point.name: point.value for point in metadata.entry_points(group=group)}

    def _missing(self, name: str, found: str, where: str | None = None) -> InputError:
        return InputError(
            where=where or f"the recipe's {self.kind}",
            found=f"'{name}', but {found}",
            expected="'package.module:attribute' of a package that can be imported",
            remedy="Correct the name, or add the package's folder to `plugins`",
        )


def _entry(kind: type, reference: str) -> Any:
    """Make an entry of a part by its source: it may itself be such an entry."""
    module, _, attribute = reference.partition(":")
    found = find_definition(module, attribute)
    if found and isinstance(found.node, ast.Call):
        called = ast.unparse(found.node.func).rsplit(".", 1)[-1]
        if called == kind.__name__:
            values = [ast.literal_eval(value) for value in found.node.args]
            named = {k.arg: ast.literal_eval(k.value) for k in found.node.keywords}
            return kind(*values, **named)
    return kind(reference)
