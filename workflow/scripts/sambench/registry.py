"""Parts found by name: a recipe names a part, the part's module is imported on use."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from sambench.errors import unknown_name


class Registry:
    """Map names to objects given as ``"module:attribute"``, imported when asked for.

    Parameters
    ----------
    kind : str
        What the parts are, for messages and recipes, e.g. ``"network"``.
    parts : dict
        Name to ``"module:attribute"``.
    """

    def __init__(self, kind: str, parts: dict[str, str]):
        self.kind = kind
        self._parts = dict(parts)

    def __iter__(self) -> Iterable[str]:
        return iter(self._parts)

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def __getitem__(self, name: str) -> Any:
        """Import and return one part.

        Raises
        ------
        InputError
            If no part has this name; the valid ones are listed.
        """
        if ":" in name and name not in self._parts:
            module, attribute = name.split(":")
            return getattr(import_module(module), attribute)
        if name not in self._parts:
            where = f"the recipe's {self.kind}"
            raise unknown_name(where, self.kind, name, self._parts)
        module, attribute = self._parts[name].split(":")
        return getattr(import_module(module), attribute)

    def build(self, part: dict[str, Any], **context: Any) -> Any:
        """Call a part with the arguments that a recipe gives beside its name.

        Parameters
        ----------
        part : dict
            ``{"name": ..., argument: value, ...}`` of a recipe.
        **context
            Arguments that the run adds, e.g. the number of structures.
        """
        arguments = {key: value for key, value in part.items() if key != "name"}
        return self[part["name"]](**arguments, **context)
