"""Medical SAM Adapter (2023): adapters beside attention and MLP of SAM's blocks.

Written from a description of its published code, which is GPL-3.0 and of which no line
is used; ``python -m sambench parity`` checks the numbers.
"""
