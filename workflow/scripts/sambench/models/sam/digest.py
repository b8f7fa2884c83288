"""The hash by which weights of a backbone are known."""

import hashlib
from pathlib import Path


def digest(weights: Path) -> str:
    """Return the SHA-256 of a file."""
    with Path(weights).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
