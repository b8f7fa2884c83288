"""The YAML files of benchmarks, methods and protocols, found by name."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from sambench.errors import InputError, unknown_name
from sambench.settings.document_checks import check_recipe
from sambench.settings.inheritance import inherit, merge
from sambench.settings.schema import validate
from sambench.settings.yaml_file import find_in, read_yaml

KINDS = {"benchmarks": "benchmark", "methods": "method", "protocols": "protocol"}


class Catalogue:
    """The `config/` folders of the user and of the workflow, the user's first.

    They may hold `benchmarks/`, `methods/` and `protocols/`; benchmarks that are
    `inline`, documents by id, have no file.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        inline: Mapping[str, Mapping[str, Any]] | None = None,
    ):
        self.folders = [Path(folder) for folder in folders]
        self.inline = dict(inline or {})
        self._read = cache(read_yaml)

    def names(self, kind: str) -> list[str]:
        """List every document of a kind (`benchmarks`, `methods`, `protocols`)."""
        paths = (path for f in self.folders for path in f.glob(f"{kind}/*.yaml"))
        return sorted({path.stem for path in paths})

    def load(self, kind: str, name: str, asked_in: str) -> dict[str, Any]:
        """Read and validate one document.

        Parameters
        ----------
        kind : str
            `benchmarks`, `methods` or `protocols`.
        name : str
            File name without suffix.
        asked_in : str
            The configuration key that names it, for the message.

        Raises
        ------
        InputError
            If there is no such file, or it breaks its schema.
        """
        if kind == "benchmarks" and name in self.inline:
            document = deepcopy(dict(self.inline[name]))
            del document["like"]
            return document
        path = self._find(kind, name, asked_in)
        document = validate(self.written(kind, name, asked_in), KINDS[kind], path)
        if document["id"] != path.stem:
            raise InputError(
                where=f"{path}, key 'id'",
                found=repr(document["id"]),
                expected=f"the file's name, '{path.stem}'",
                remedy="Make them equal",
            )
        if kind == "methods":
            benchmarks = [*self.names("benchmarks"), *self.inline]
            check_recipe(document, benchmarks, path)
        return document

    def written(self, kind: str, name: str, asked_in: str) -> dict[str, Any]:
        """Read one document with what it inherits, before defaults are filled in."""
        return self._inherited(kind, self._find(kind, name, asked_in), (name,))

    def load_all(
        self, kind: str, names: Iterable[str], asked_in: str
    ) -> dict[str, dict[str, Any]]:
        """Read and validate several documents, by name."""
        return {name: self.load(kind, name, asked_in) for name in names}

    def lineage(self, kind: str, name: str) -> list[str]:
        """List what a document is like, the most distant first, and itself last."""
        if kind == "benchmarks" and name in self.inline:
            base = self.inline[name]["like"]
        else:
            base = self._read(self._find(kind, name, kind)).get("like")
        return [*(self.lineage(kind, base) if base else []), name]

    def same_images(self, benchmark: str) -> list[str]:
        """List the benchmarks whose images are those of a benchmark, itself last."""
        inline = benchmark in self.inline  # it is like others in its values alone
        return [benchmark] if inline else self.lineage("benchmarks", benchmark)

    def _find(self, kind: str, name: str, asked_in: str) -> Path:
        path = find_in(self.folders, f"{kind}/{name}.yaml")
        if path is None:
            raise unknown_name(f"key '{asked_in}'", KINDS[kind], name, self.names(kind))
        return path

    def _inherited(
        self, kind: str, path: Path, seen: tuple[str, ...]
    ) -> dict[str, Any]:
        """Read a document, merged into the one that its key `like` names."""
        document = dict(self._read(path))
        base = document.pop("like", None)
        if base is None:
            return document
        if base in seen:
            raise InputError(
                where=f"{path}, key 'like'",
                found=f"a circle: {' -> '.join((*seen, base))}",
                expected="a document that does not lead back here",
                remedy="Remove the key from one of them",
            )
        other = self._find(kind, base, f"{path.name}: like")
        inherited = self._inherited(kind, other, (*seen, base))
        if kind != "methods":
            return merge(inherited, document)
        return inherit(inherited, document, f"no source stated in {path.name}")
