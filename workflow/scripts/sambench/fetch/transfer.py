"""Receive a file over HTTP: resumed if the server allows it, retried with pauses."""

import logging
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests
from tqdm.auto import tqdm

from sambench.data.archive_format import looks_like_html
from sambench.errors import InputError
from sambench.fetch.part_file import InterruptedTransferError, PartFile, public
from sambench.shortage import disk_full, is_full

logger = logging.getLogger(__name__)

_CHUNK = 2**16  # what a dropped connection may lose
_TIMEOUT = (20, 60)  # seconds to connect, and between two packets
_NO_ADDRESS = (
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
)
_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_LONGEST_PAUSE = 120.0
_HINTS = {
    401: "the server wants a login or a token: see the data set's page",
    403: "the server refuses: see the data set's page for its terms",
    404: "the file is not there: the address has changed, or the mirror lacks it",
    410: "the file was withdrawn: see the data set's page",
}
_EMPTY, _WEB_PAGE = "an empty file", "a web page (HTML) instead of the file"
_USELESS = {
    _EMPTY: "Check the address in the registry, or what the mirror holds",
    _WEB_PAGE: "Open the address in a browser: it may ask for a login or for terms, or "
    "report a quota or an error",
}


@dataclass
class Transfer:
    """How files are received.

    Parameters
    ----------
    attempts : int
        Tries without progress before giving up.
    pause : float
        Seconds before the second try, doubled before each further one.
    headers : mapping
        Sent with every request, e.g. a token; never logged.
    """

    attempts: int = 5
    pause: float = 1.0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def receive(self, url: str, path: Path) -> Path:
        """Receive a file of an HTTP address into ``<path>.part``, and return that.

        A part left by an interrupted transfer is completed if the server allows it and
        its file has not changed since, or else replaced.

        Raises
        ------
        InputError
            If there is no such address, the server refuses, sends a web page, or fails
            too often, or the disk is full. Only a part file that can be resumed is
            left.
        """
        part = PartFile(path, url)
        tries, furthest = 0, part.size
        with requests.Session() as session:
            session.headers["Accept-Encoding"] = "identity"
            while True:
                try:
                    self._attempt(session, url, part)
                    return part.path
                except _NO_ADDRESS as error:
                    part.discard()
                    raise InputError(
                        where=public(url),
                        found="no address",
                        expected="http://... or https://...",
                        remedy="Correct the mirror or the registry",
                    ) from error
                except (InterruptedTransferError, requests.RequestException) as error:
                    # A part that grew is progress: long transfers drop many times.
                    tries = 0 if part.size > furthest else tries
                    furthest = max(furthest, part.size)
                    tries += 1
                    if tries >= self.attempts:
                        raise self._gave_up(url, part, error) from error
                    self._wait(tries, error, part)
                except OSError as error:
                    if not is_full(error):
                        raise
                    written = f"{part.size} bytes of {path.name}"
                    whole = f"all {part.total or 'of its'} bytes"
                    raise disk_full(path.parent, written, whole) from error

    def _attempt(self, session: requests.Session, url: str, part: PartFile) -> None:
        if part.complete:
            return
        headers = dict(self.headers) | part.resume_headers()
        response = session.get(url, headers=headers, stream=True, timeout=_TIMEOUT)
        with response:
            _check_status(response, url, part)
            offset = part.accept(response)
            if part.total == 0:
                raise _useless(url, part, _EMPTY)
            _check_space(part, offset)
            self._stream(response, url, part, offset)
        if part.total is not None and part.size < part.total:
            raise InterruptedTransferError(
                f"the connection closed after {part.size} bytes"
            )
        if not part.size:  # a server that does not say how much it sends
            raise _useless(url, part, _EMPTY)
        part.finish()

    def _stream(
        self, response: requests.Response, url: str, part: PartFile, offset: int
    ) -> None:
        bar = tqdm(
            desc=part.name,
            total=part.total,
            initial=offset,
            unit="B",
            unit_scale=True,
            disable=None,  # silent unless on a terminal
        )
        with bar, part.path.open("ab" if offset else "wb") as out:
            first = offset == 0
            for chunk in response.iter_content(_CHUNK):
                if first and looks_like_html(chunk[:512]):
                    out.close()
                    raise _useless(url, part, _WEB_PAGE)
                first = False
                out.write(chunk)
                bar.update(len(chunk))

    def _wait(self, tries: int, error: Exception, part: PartFile) -> None:
        pause = min(self.pause * 2 ** (tries - 1), _LONGEST_PAUSE)
        asked = getattr(error, "retry_after", None)
        pause = max(pause, min(asked, _LONGEST_PAUSE)) if asked else pause
        logger.warning(
            f"{part.name}: {_reason(error)}; try {tries + 1} of {self.attempts} "
            f"in {pause:.0f} s"
        )
        time.sleep(pause)

    def _gave_up(self, url: str, part: PartFile, error: Exception) -> InputError:
        if not part.size:
            part.discard()
        kept = f"; {part.size} bytes are kept in {part.path}" if part.size else ""
        remedy = f"Check the network and the address, and try again later{kept}"
        found = f"{_reason(error)}, {self.attempts} times in a row"
        return _failure(url, part, found, remedy)


def _check_status(response: requests.Response, url: str, part: PartFile) -> None:
    status = response.status_code
    if status == 416 and part.size:
        part.discard()
        raise InterruptedTransferError("the server has no such range: starting again")
    if status in _TRY_AGAIN:
        error = InterruptedTransferError(f"status {status} {response.reason}")
        wait = response.headers.get("Retry-After", "")
        error.retry_after = float(wait) if wait.isdigit() else None
        raise error
    if status not in (200, 206):
        remedy = _HINTS.get(status, "Check the address in the registry")
        raise _failure(url, part, f"status {status} {response.reason}", remedy)
    kind = response.headers.get("Content-Type", "").lower()
    if kind.startswith(("text/html", "application/xhtml")):
        raise _useless(url, part, _WEB_PAGE)


def _check_space(part: PartFile, offset: int) -> None:
    total, folder = part.total, part.path.parent
    if total is None:
        return
    free = shutil.disk_usage(folder).free
    if free < total - offset:
        if not offset:
            part.discard()
        written = f"{offset} bytes of {part.name} ({free} bytes are free)"
        raise disk_full(folder, written, f"all {total} bytes")


def _useless(url: str, part: PartFile, found: str) -> InputError:
    """Delete the part, and return what to raise."""
    part.discard()
    return _failure(url, part, found, _USELESS[found])


def _failure(url: str, part: PartFile, found: str, remedy: str) -> InputError:
    expected = f"the file {part.name}"
    return InputError(where=public(url), found=found, expected=expected, remedy=remedy)


def _reason(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was dropped"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    # Other messages of requests hold the whole address, with its query.
    own = isinstance(error, InterruptedTransferError)
    return str(error) if own else type(error).__name__
