"""Receive files and folders from Google Drive with gdown."""

import logging
from pathlib import Path

import gdown
import requests
from gdown.exceptions import DownloadError, FileURLRetrievalError

from sambench.atomic import remove
from sambench.data.archive_format import looks_like_html
from sambench.errors import InputError
from sambench.fetch.part_file import part_of
from sambench.settings.datasets import RemoteFile
from sambench.shortage import disk_full, is_full

logger = logging.getLogger(__name__)

_RETRIES = 4
_TIMEOUT = (20.0, 60.0)
_PAGE = "https://drive.google.com/{kind}/{id}"


def receive_from_drive(file: RemoteFile, path: Path) -> Path:
    """Receive a file, a folder, or the `member` of a folder, as ``<path>.part``.

    Raises
    ------
    InputError
        If Drive sends a page in place of the file (quota, login), or the disk is full.
    """
    part = part_of(path)
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        how = {"resume": True, "retries": _RETRIES, "timeout": _TIMEOUT}
        if file.drive_file or file.member:
            drive_id = file.drive_file or _id_in_folder(file)
            gdown.download(id=drive_id, output=str(part), **how)
        else:
            gdown.download_folder(id=file.drive_folder, output=str(part), **how)
    except (DownloadError, FileURLRetrievalError, requests.RequestException) as error:
        raise _refused(file, path, error) from error
    except OSError as error:
        if is_full(error):
            raise disk_full(path.parent, f"a part of {file.name}", "all") from error
        raise
    return _checked(part, file, path)


def _id_in_folder(file: RemoteFile) -> str:
    listed = gdown.download_folder(
        id=file.drive_folder, skip_download=True, timeout=_TIMEOUT
    )
    ids = {Path(found.path).name: found.id for found in listed}
    if file.member not in ids:
        raise InputError(
            where=_page(file),
            found=f"files {', '.join(sorted(ids)) or 'none'}",
            expected=file.member,
            remedy="Look at the folder in a browser; give the file by its path instead",
        )
    return ids[file.member]


def _checked(part: Path, file: RemoteFile, path: Path) -> Path:
    received = [part] if part.is_file() else [p for p in part.rglob("*") if p.is_file()]
    if not any(each.stat().st_size for each in received):
        remove(part)
        raise _refused(file, path, "nothing was received")
    if part.is_file():
        with part.open("rb") as stream:
            start = stream.read(512)
        if looks_like_html(start):
            part.unlink()
            raise _refused(file, path, "a web page in place of the file")
    return part


def _page(file: RemoteFile) -> str:
    if file.drive_file:
        return _PAGE.format(kind="file/d", id=file.drive_file)
    return _PAGE.format(kind="drive/folders", id=file.drive_folder)


def _refused(file: RemoteFile, path: Path, error: Exception | str) -> InputError:
    cause = error.__cause__ if isinstance(error, DownloadError) else error
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    if isinstance(cause, requests.RequestException):
        reason = f"no answer from Google Drive, {type(cause).__name__}"
    return InputError(
        where=_page(file),
        found=f"no download ({reason})",
        expected=f"{file.name} from Google Drive, which limits downloads a day",
        remedy="Try again, tomorrow if a quota is the reason; or download it in a "
        "browser, or with gdown --cookies-from-browser, and put it at "
        f"{path} or give its path",
    )
