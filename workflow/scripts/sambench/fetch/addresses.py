"""Where a file is downloaded from: a mirror, an address, a release, a package index."""

import logging
from dataclasses import replace
from urllib.parse import quote

import requests

from sambench.errors import InputError
from sambench.fetch.part_file import public
from sambench.settings.datasets import Entry, RemoteFile

logger = logging.getLogger(__name__)

ZENODO = "https://zenodo.org"
GITHUB = "https://api.github.com"
_TIMEOUT = (20, 60)


def on_mirror(entry: Entry, file: RemoteFile, mirror: str) -> RemoteFile:
    """Return the file's address on a mirror: ``<mirror>/<id>/<file name>``."""
    url = f"{mirror.rstrip('/')}/{quote(entry.id)}/{quote(file.name)}"
    return replace(
        file, url=url, drive_file=None, drive_folder=None, github=None, pypi=None
    )


def with_published_hash(file: RemoteFile, zenodo: str = ZENODO) -> RemoteFile:
    """Add the md5 of the Zenodo API to a file that has no hash, if it answers."""
    if file.known_hash or file.zenodo is None:
        return file
    url = f"{zenodo}/api/records/{file.zenodo}"
    try:
        listed = _json(url)["files"]
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        logger.warning(f"{public(url)}: no hash available ({type(error).__name__})")
        return file
    for found in listed:
        algorithm, _, value = found.get("checksum", "").partition(":")
        if found.get("key") == file.name and algorithm == "md5":
            return replace(file, md5=value)
    names = ", ".join(str(found.get("key")) for found in listed)
    logger.warning(f"{public(url)}: no hash of {file.name}; it lists {names}")
    return file


def in_release(file: RemoteFile, github: str = GITHUB) -> RemoteFile:
    """Return the address of an asset of a GitHub release.

    The file has `github`, ``owner/repository@tag``; its `name` is the asset's.

    Raises
    ------
    InputError
        If the API does not answer, or the release has no such asset; those that it has
        are listed.
    """
    repository, _, tag = file.github.partition("@")
    url = f"{github}/repos/{repository}/releases/tags/{tag}"
    try:
        assets = {asset["name"]: asset for asset in _json(url)["assets"]}
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise InputError(
            where=public(url),
            found=f"no answer ({type(error).__name__})",
            expected="the list of files of the release",
            remedy="Try again later, or download the file in a browser and give its "
            "path",
        ) from error
    if file.name not in assets:
        raise InputError(
            where=public(url),
            found=f"files {', '.join(sorted(assets)) or 'none'}",
            expected=file.name,
            remedy="Correct the name in the registry (it was never confirmed), or give "
            "the path of your copy",
        )
    asset = assets[file.name]
    digest = asset.get("digest") or ""
    sha256 = digest.removeprefix("sha256:") if digest.startswith("sha256:") else None
    return replace(
        file, url=asset["browser_download_url"], sha256=file.sha256 or sha256
    )


def _json(url: str) -> dict:
    response = requests.get(url, timeout=_TIMEOUT)
    response.raise_for_status()
    return response.json()
