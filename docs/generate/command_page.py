"""The commands of `python -m sambench`, from their parsers."""

import argparse
import pkgutil
from importlib import import_module

from sambench import commands

LEAD = """# Commands

`python -m sambench COMMAND ...`; `--help` prints the same.

*This page is generated from the parsers of the commands, when the site is built.*

"""
WIDTH = 96


def commands_page() -> str:
    """Return the page as Markdown: the help of each command."""
    text = LEAD
    for found in pkgutil.iter_modules(commands.__path__):
        module = import_module(f"{commands.__name__}.{found.name}")
        name = found.name.replace("_", "-")
        parser = argparse.ArgumentParser(
            prog=f"sambench {name}",
            formatter_class=lambda prog: argparse.HelpFormatter(prog, width=WIDTH),
        )
        module.configure(parser)
        text += f"## {name}\n\n{module.__doc__.strip()}\n\n"
        text += f"```text\n{parser.format_help().strip()}\n```\n\n"
    return text
