"""The registry of data sets and weights: `config/datasets.yaml`, checked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sambench.checkout import CONFIG
from sambench.errors import InputError, require_known
from sambench.settings.schema import validate
from sambench.settings.yaml_file import find_in, read_yaml

#: The file in a `config/` folder.
REGISTRY = "datasets.yaml"

#: The user's `config/` and that of the workflow.
CONFIG_FOLDERS = (Path("config"), CONFIG)


@dataclass(frozen=True)
class RemoteFile:
    """One file of an entry, as `workflow/schemas/datasets.schema.yaml` describes it.

    One that only the user can get has no address of any kind.
    """

    name: str
    url: str | None = None
    drive_file: str | None = None
    drive_folder: str | None = None
    github: str | None = None
    pypi: str | None = None
    package_sha256: str | None = None
    member: str | None = None
    zenodo: int | None = None
    bytes: int | None = None
    md5: str | None = None
    sha256: str | None = None
    unverified: bool = False
    into: str = ""
    serves: tuple[str, ...] = ()
    optional: bool = False

    @property
    def known_hash(self) -> str | None:
        """``sha256:...`` or ``md5:...``, or None."""
        if self.sha256:
            return f"sha256:{self.sha256}"
        return f"md5:{self.md5}" if self.md5 else None


@dataclass(frozen=True)
class Entry:
    """One data set, or the weights of one network, as the schema describes it.

    The `id` is its key in the registry, the `kind` ``datasets`` or ``weights``.
    """

    id: str
    kind: str
    title: str
    homepage: str
    licence: str
    terms: str
    instruction: str
    access: str
    accept: bool
    token: str | None
    used_by: tuple[str, ...]
    expected: dict[str, int]
    files: tuple[RemoteFile, ...]

    @property
    def unattended(self) -> bool:
        """Whether it can be fetched without a person's approval."""
        return self.access in ("open", "drive")

    @property
    def how_to_get(self) -> str:
        """One line: how the user gets the set and what to do with it."""
        key = f"{self.id}_path" if self.kind == "datasets" else "its path"
        return f"{self.instruction}; then set {key} in the configuration"

    def chosen(self, names: Sequence[str] | None = None) -> list[RemoteFile]:
        """Select files by name, by default all that are not optional.

        Raises
        ------
        InputError
            If a name is not listed.
        """
        if names is None:
            return [file for file in self.files if not file.optional]
        by_name = {file.name: file for file in self.files}
        require_known(f"registry entry {self.id}", "file", names, by_name)
        return [by_name[name] for name in names]

    def needed(self, groups: Iterable[str]) -> list[str]:
        """Name the files that some groups of cases need."""
        groups = set(groups)
        return [
            file.name
            for file in self.files
            if (groups & set(file.serves) if file.serves else not file.optional)
        ]


def load_registry(folders: Sequence[Path] = CONFIG_FOLDERS) -> dict[str, Entry]:
    """Read the registry, id to entry, from the first `config/` folder that has it.

    Raises
    ------
    InputError
        If there is no registry, it breaks its schema, or an id occurs twice.
    """
    path = find_in(folders, REGISTRY)
    if path is not None:
        return _entries(validate(read_yaml(path), "datasets", path), path)
    raise InputError(
        where=" or ".join(str(folder) for folder in folders),
        found=f"no {REGISTRY}",
        expected="the registry of data sets",
        remedy="Run in the workflow's folder, or copy its config folder",
    )


def _entries(document: dict[str, Any], path: Path) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for kind in ("datasets", "weights"):
        for name, values in document[kind].items():
            if name in entries:
                raise InputError(
                    where=path,
                    found=f"'{name}' under datasets and under weights",
                    expected="every id once",
                    remedy="Rename one of them",
                )
            files = tuple(
                RemoteFile(**file | {"serves": tuple(file["serves"])})
                for file in values["files"]
            )
            texts = {
                key: " ".join(values[key].split()) for key in ("terms", "instruction")
            }
            values = values | texts | {"files": files}
            values["used_by"] = tuple(values["used_by"])
            entries[name] = Entry(id=name, kind=kind, **values)
    return entries
