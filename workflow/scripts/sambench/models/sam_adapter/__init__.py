"""SAM-Adapter (2023): SAM without prompts, changed before each block.

As its published code (665145d, MIT) computes it, which
``python -m sambench parity`` checks, and as it was meant.
"""
