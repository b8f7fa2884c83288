"""DAPSAM (MICCAI 2024): adapters of low-level features and prototype prompts.

Written from a description of its published code (c7fd62e), which has no licence; its
values and gradients are checked against weights and outputs of that code by
``python -m sambench parity``.
"""
