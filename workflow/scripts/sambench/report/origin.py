"""When, by which code and by which command a report was made."""

import os
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sambench.checkout import describe_checkout

VARIABLE = "SAMBENCH_COMMAND"


def remember_command(arguments: Sequence[str]) -> None:
    """Keep what was typed, for the report: this process's jobs inherit it.

    It is no parameter of a rule, which would run the rule again.
    """
    os.environ[VARIABLE] = shlex.join([Path(arguments[0]).name, *arguments[1:]])


def origin_of(command: str | None = None) -> dict[str, str]:
    """Return date (UTC), commit and command of this run.

    The commit is that of the checkout, ``"... with changes"`` if files differ from it,
    "" outside of one. The command is by default what `remember_command` kept.
    """
    checkout = describe_checkout()
    commit = (checkout["commit"] or "")[:12]
    if checkout["dirty"]:
        commit += " with changes"
    now = datetime.now(UTC)
    if command is None:
        command = os.environ.get(VARIABLE, "")
    return {"date": f"{now:%Y-%m-%d %H:%M} UTC", "commit": commit, "command": command}
