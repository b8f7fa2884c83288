"""Programs that are no Python of ours: their data, their commands, their predictions.

`program`, `commands`, `run` and `record` need the standard library alone: they run in
the environment of the program.
"""
