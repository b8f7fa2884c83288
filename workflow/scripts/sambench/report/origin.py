"""When, by which code and by which command a report was made."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[4]


def origin_of(command: str = "") -> dict[str, str]:
    """Return date, commit and command of this run.

    Parameters
    ----------
    command : str
        What was typed, if it is known.

    Returns
    -------
    dict
        `date` (UTC), `commit` (of the checkout, ``"... with changes"`` if files
        differ from it; "" outside of one) and `command`.
    """
    commit = _git("rev-parse", "--short=12", "HEAD")
    if commit and _git("status", "--porcelain", "--untracked-files=no"):
        commit += " with changes"
    now = datetime.now(UTC)
    return {"date": f"{now:%Y-%m-%d %H:%M} UTC", "commit": commit, "command": command}


def _git(*arguments: str) -> str:
    """Return what git prints in the checkout; "" without git or a checkout."""
    try:
        done = subprocess.run(
            ["git", "-C", str(CHECKOUT), *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
