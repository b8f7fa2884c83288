"""Proof: our networks against what reference implementations gave.

Imports networks and methods, and is imported by the command alone.
"""
