"""SAM-Med2D (2023): adapters beside SAM's MLPs, trained on prompts in nine steps.

As its published code (bfd2b93) computes it, which ``python -m sambench parity`` checks.
"""
