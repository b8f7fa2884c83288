"""SAMed (2023): SAM without prompts, low-rank changes of q and v in every block.

As its published code (e351840, MIT) computes it, which
``python -m sambench parity`` checks.
"""
