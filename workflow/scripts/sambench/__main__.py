"""The command line: ``python -m sambench COMMAND ...``."""

import argparse
import logging
import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from sambench import __version__, commands
from sambench.checkout import ROOT
from sambench.errors import InputError
from sambench.extras import missing_extra
from sambench.shortage import shortage_of

logger = logging.getLogger("sambench")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, by default the process's; return its exit status.

    It is 1 after one message about input that the user can mend.
    """
    parser = argparse.ArgumentParser(prog="sambench", description=__doc__)
    version = f"sambench {__version__}"
    parser.add_argument("--version", action="version", version=version)
    parser.add_argument(
        "--snakefile",
        action=_Snakefile,
        nargs=0,
        help="print where the workflow is, for snakemake --snakefile",
    )
    parsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for found in pkgutil.iter_modules(commands.__path__):
        module = import_module(f"{commands.__name__}.{found.name}")
        summary = module.__doc__.splitlines()[0]
        own = parsers.add_parser(
            found.name.replace("_", "-"),
            help=summary,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(own)
        own.set_defaults(run=module.run)
    parsed = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(message)s", stream=sys.stderr, force=True
    )
    try:
        return parsed.run(parsed)
    except Exception as error:
        told = missing_extra(error) or shortage_of(error, Path.cwd()) or error
        if not isinstance(told, InputError | OSError):
            raise
        where = isinstance(told, OSError) and told.filename
        logger.error(f"error: {where}: {told.strerror}" if where else f"error: {told}")
        return 1
    except KeyboardInterrupt:
        logger.error("stopped")
        return 130


class _Snakefile(argparse.Action):
    """Print where the workflow is, unbroken, and stop."""

    def __call__(self, parser, *_):
        print(ROOT / "Snakefile")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
