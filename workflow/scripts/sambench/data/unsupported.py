"""The exception for a file that is sound: another copy of it will not help."""


class Unsupported(ValueError):
    """A file that is sound, but holds what cannot be represented or read here."""
