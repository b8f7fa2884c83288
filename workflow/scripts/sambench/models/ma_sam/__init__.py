"""MA-SAM (2023): SAM on windows of neighbouring slices, low-rank and depth adapters.

As its published code (0c3cd90) computes it, which ``python -m sambench parity`` checks.
"""
