"""Data sets that the configuration describes: files, cases, and how they are read."""
