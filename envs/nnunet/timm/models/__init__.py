"""As `timm`."""
