"""May this set be fetched: its terms, its token, its way of access."""

import logging
import os

from sambench.errors import InputError
from sambench.settings.datasets import Entry

logger = logging.getLogger(__name__)


def check_terms(entry: Entry, accepted: bool) -> None:
    """Show the licence, and stop if its terms have to be accepted and were not.

    Parameters
    ----------
    entry : Entry
        What is to be fetched.
    accepted : bool
        Whether the user accepted the terms, or holds a copy of the data already (a
        mirror of a laboratory, a local path).

    Raises
    ------
    InputError
        If the terms have to be accepted first.
    """
    terms = f"{entry.licence}. {entry.terms}".strip().rstrip(".")
    logger.info(f"{entry.id}: {entry.title}")
    logger.info(f"  licence: {terms}. See {entry.homepage}")
    if entry.accept and not accepted:
        raise InputError(
            where=entry.id,
            found="terms that you have not accepted",
            expected=f"your consent to: {terms}",
            remedy=f"Read {entry.homepage}; then add {entry.id} to accept_terms in the "
            "configuration, or pass --accept-terms to `sambench fetch`",
        )


def check_access(entry: Entry) -> dict[str, str]:
    """Stop if only the user can get the files; else return the HTTP headers to send.

    They hold the token of the environment, if the entry needs one, and must not be
    logged.
    """
    located = any(file.url for file in entry.files if not file.optional)
    if entry.unattended:
        return {}
    if entry.access == "token" and entry.token and located:
        if value := os.environ.get(entry.token):
            return {"Authorization": f"Bearer {value}"}
        expected = f"your token in the environment variable {entry.token}"
        raise InputError(
            where=entry.id,
            found="no token",
            expected=expected,
            remedy=f"{entry.instruction}; then export {entry.token}",
        )
    raise InputError(
        where=entry.id,
        found=f"no unattended download (access: {entry.access})",
        expected="a copy that you got yourself",
        remedy=f"How: {entry.how_to_get}; or use --mirror",
    )
