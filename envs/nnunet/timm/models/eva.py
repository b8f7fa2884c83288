"""As `timm.layers`."""

from timm.layers import __getattr__  # noqa: F401
