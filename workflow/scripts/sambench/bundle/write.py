"""Write the results of a run as a folder without images, with a list of its files."""

import json
import shutil
from pathlib import Path

from sambench.atomic import atomic_path
from sambench.errors import InputError
from sambench.fetch.hashes import hash_of
from sambench.report.documents import NAME, read_documents
from sambench.report.origin import origin_of

MANIFEST = "manifest.json"

COPIED = (
    NAME,
    "config.yaml",
    "scores/*.parquet",
    "tables/**/*.csv",
    "ranks/**/*.csv",
    "runs/**/run.json",
    "runs/**/history.csv",
    "splits/**/*.csv",
    "inventory/*.csv",
)
"""What a bundle holds: nothing of an image, a mask or weights."""


def write_bundle(results: Path, out: Path) -> list[str]:
    """Write a bundle into a new or empty folder; return its files, relative to it.

    Raises
    ------
    InputError
        The results are not complete, or the folder is not empty.
    """
    documents = read_documents(results)
    missing = [
        name
        for name in documents.contexts
        if not (results / "scores" / f"{name}.parquet").is_file()
    ]
    if missing:
        raise InputError(
            where=results / "scores",
            found=f"no scores of {', '.join(missing)}",
            expected="one file for each benchmark of the run",
            remedy="Finish the run first",
        )
    require_new(out)
    paths = sorted({path for pattern in COPIED for path in results.glob(pattern)})
    names = [path.relative_to(results).as_posix() for path in paths]
    with atomic_path(out) as whole:
        for name in names:
            (whole / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(results / name, whole / name)
        write_manifest(whole, names)
    return names


def require_new(out: Path) -> None:
    """Refuse a file, or a folder that holds something."""
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise InputError(
            where=out,
            found="a file, or a folder that is not empty",
            expected="a new one",
            remedy="Name another with --out",
        )


def write_manifest(out: Path, names: list[str]) -> None:
    """Write the list of files with their hashes, and what made them."""
    from sambench import __version__

    manifest = {
        "sambench": __version__,
        **{key: text for key, text in origin_of("").items() if text},
        "files": {name: hash_of(out / name) for name in sorted(names)},
    }
    text = json.dumps(manifest, indent=1) + "\n"
    (out / MANIFEST).write_text(text, encoding="utf-8")
