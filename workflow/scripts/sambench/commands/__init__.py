"""The commands of ``python -m sambench``: one module each, found by name.

A command module has ``configure(parser)``, which adds its arguments and whose parser
takes the module's docstring as help, and ``run(arguments)``, which returns the exit
status.
"""
