"""Fetch, verify and unpack one data set, or the weights of one network.

The set is unpacked into DEST/data/ID and its archives go to DEST/archives/ID, where the
workflow looks for them; weights go to DEST/weights. Interrupted transfers are resumed.
"""

import argparse
import logging
from pathlib import Path

from sambench.errors import InputError, find_named

logger = logging.getLogger(__name__)

_DEST = Path("results")
_NOT_WRITABLE = (
    PermissionError,
    FileNotFoundError,
    NotADirectoryError,
    FileExistsError,
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("id", nargs="?", metavar="ID", help="data set or weights")
    parser.add_argument("--list", action="store_true", help="list what there is")
    parser.add_argument(
        "--mirror", metavar="URL", help="take URL/ID/<file name> in place of the source"
    )
    parser.add_argument(
        "--dest", metavar="DIR", type=Path, help=f"where to (default: {_DEST})"
    )
    parser.add_argument(
        "--file",
        metavar="NAME",
        action="append",
        dest="names",
        help="only this file, also an optional one (can be repeated)",
    )
    parser.add_argument(
        "--accept-terms", action="store_true", help="accept the terms that are shown"
    )
    parser.add_argument(
        "--hashes",
        metavar="CSV",
        type=Path,
        help="where hashes of files without a published one are kept "
        "(default: config/hashes.csv, or hashes.csv in DEST if it is given)",
    )
    parser.add_argument(
        "--remove-archives", action="store_true", help="keep only the unpacked files"
    )


def run(arguments: argparse.Namespace) -> int:
    """Fetch one entry of the registry; return the exit status."""
    from sambench.fetch.hashes import TrustedHashes
    from sambench.fetch.obtain import Source, fetch_dataset, fetch_weights
    from sambench.settings.datasets import (
        CONFIG_FOLDERS,
        REGISTRY,
        Entry,
        load_registry,
    )

    registry = load_registry()
    if arguments.list:
        _list(registry)
        return 0
    if arguments.id is None:
        raise InputError(
            where="sambench fetch",
            found="no id",
            expected=f"one of {', '.join(registry)}",
            remedy="`sambench fetch --list` describes each",
        )
    entry: Entry = find_named(registry, arguments.id, REGISTRY, "data set")
    dest = arguments.dest or _DEST
    committed = CONFIG_FOLDERS[0] / "hashes.csv"
    own = committed if arguments.dest is None else dest / "hashes.csv"
    source = Source(
        TrustedHashes(arguments.hashes or own, [committed]),
        mirror=arguments.mirror,
        accepted=arguments.accept_terms,
    )
    try:
        if entry.kind == "weights":
            fetch_weights(entry, dest / "weights", source, arguments.names)
        else:
            fetch_dataset(
                entry,
                archives=dest / "archives" / entry.id,
                root=dest / "data" / entry.id,
                source=source,
                names=arguments.names,
                keep_archives=not arguments.remove_archives,
            )
    except _NOT_WRITABLE as error:
        raise InputError(
            where=dest,
            found=f"a folder that cannot be written ({error})",
            expected="a place for the download",
            remedy="Choose another folder with --dest",
        ) from error
    except KeyboardInterrupt:
        logger.info(f"{entry.id}: the same command goes on with what was received")
        raise
    return 0


def _list(registry: dict) -> None:
    for entry in registry.values():
        logger.info(f"{entry.id:16} {entry.access:7} {entry.title} ({entry.licence})")
        if entry.instruction:
            logger.info(f"{'':16} {'':7} {entry.instruction}")
