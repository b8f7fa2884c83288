"""Names of timm's layers; whoever uses one is told what is missing."""


class Missing:
    """A class of timm."""

    def __init__(self, *arguments, **options):
        raise ImportError(
            f"{type(self).__name__} is part of timm, which `make nnunet` leaves out. "
            "Install nnunetv2 with all that it needs: pip install nnunetv2"
        )


def __getattr__(name: str) -> type:
    """Return a class of any name."""
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (Missing,), {})
