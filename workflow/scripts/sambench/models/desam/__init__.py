"""DeSAM (2023): a decoder on taps of SAM's frozen encoder, prompts apart from masks.

As its published code (f377da2) computes it, which ``python -m sambench parity`` checks.
"""
