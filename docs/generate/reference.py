"""The pages of the reference, each made of what the program itself reads."""

from collections.abc import Callable

from catalogue_pages import benchmarks_page, data_sets_page, methods_page
from command_page import commands_page
from parts_page import parts_page
from schema_table import schema_table

MADE = "*This page is generated from {source}, when the site is built.*\n\n"


def reference_pages() -> dict[str, str]:
    """Return every page of the reference as Markdown, by file name."""
    return {name: make() for name, make in PAGES.items()}


def _of_schemas(title: str, lead: str, *schemas: tuple[str, str]) -> Callable[[], str]:
    """Return a function that writes a page of the tables of some schemas."""

    def page() -> str:
        files = ", ".join(
            f"`workflow/schemas/{name}.schema.yaml`" for _, name in schemas
        )
        text = f"# {title}\n\n{lead}\n\n" + MADE.format(source=files)
        for heading, name in schemas:
            text += f"## {heading}\n\n{schema_table(name)}\n"
        return text

    return page


PAGES: dict[str, Callable[[], str]] = {
    "configuration.md": _of_schemas(
        "Configuration",
        "What runs is one YAML file: `config/config.yaml`, or the one that `--configfile` names. "
        "A wrong key, name or argument stops before anything runs, with the valid ones listed.",
        ("Keys", "config"),
    ),
    "own_data.md": _of_schemas(
        "Your own data, key by key",
        "Data sets under the key `data` of the configuration, and benchmarks described in its key "
        "`benchmarks`. The tutorial is [Your own data](../your_own_data.md).",
        ("A data set: `data.<id>`", "own_data"),
        ("A benchmark in the configuration", "inline_benchmark"),
    ),
    "recipe.md": _of_schemas(
        "Recipe of a method",
        "One file `config/methods/<id>.yaml`, here or in `config/methods` of the folder you run in. "
        "The parts that it may name are in [Parts](parts.md).",
        ("Keys", "method"),
    ),
    "benchmark.md": _of_schemas(
        "Benchmark", "One file `config/benchmarks/<id>.yaml`.", ("Keys", "benchmark")
    ),
    "protocol.md": _of_schemas(
        "Protocol",
        "One file `config/protocols/<id>.yaml`: how a table is made from scores. Every table is of one "
        "protocol and names it. [Protocols](../protocols.md) explains why they change rankings.",
        ("Keys", "protocol"),
    ),
    "published.md": _of_schemas(
        "Published numbers",
        "Files `config/published/*.csv`: one row per number, each with its paper, where it was read, and how "
        "certain it is. Rows that you add, there or in `config/published` of the folder you run in, are checked "
        "before anything runs and are compared with results under their own protocol only.",
        ("Columns", "published"),
    ),
    "parts.md": parts_page,
    "methods.md": methods_page,
    "benchmarks.md": benchmarks_page,
    "data_sets.md": data_sets_page,
    "commands.md": commands_page,
}
