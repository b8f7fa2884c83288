"""The parts that a recipe may name, with their arguments, read from their source."""

import ast
import inspect

from sambench.settings.parts import slots
from sambench.signature import rules_of, signature_of
from sambench.source import Definition
from schema_table import values_in_words

LEAD = """# Parts that recipes name

A recipe names a part and gives its arguments beside the name: `objective: {name: dice_bce}`. A part of
your own is named `package.module:attribute`: see [Add a method](../add_a_method.md).

*This page is generated from the registries and from the signatures of the parts, when the site is built.*

"""


def parts_page() -> str:
    """Return the page as Markdown: one section for each registry."""
    keys: dict[int, list[str]] = {}
    registries = {}
    for key, slot in slots().items():
        registries[id(slot.registry)] = slot.registry
        keys.setdefault(id(slot.registry), []).append(f"`{key}`")
    text = LEAD
    for number, registry in registries.items():
        title = registry.kind[0].upper() + registry.kind[1:]
        text += f"## {title}\n\nIn a recipe: {', '.join(keys[number])}.\n\n"
        text += "| name | arguments | what it is |\n|---|---|---|\n"
        for name in sorted(registry):
            definition = registry.definition(name)
            arguments = "<br>".join(_arguments(definition, registry.given)) or "-"
            text += f"| `{name}` | {arguments} | {_summary(definition)} |\n"
        text += "\n"
    return text


def _arguments(definition: Definition, given: tuple[str, ...]) -> list[str]:
    """Describe each argument: name, values, default."""
    rules = rules_of(definition, given)
    arguments = signature_of(definition).arguments
    found = []
    for name, own in rules["properties"].items():
        words = values_in_words(own) if own else ""
        default = f" (`{arguments[name].default}`)" if arguments[name].default else ""
        found.append(f"`{name}`{': ' if words else ''}{words}{default}")
    return found


def _summary(definition: Definition) -> str:
    """Return the first sentence or paragraph of a docstring, on one line."""
    node = definition.node
    if not isinstance(node, ast.ClassDef | ast.FunctionDef):
        return ""
    text = inspect.cleandoc(ast.get_docstring(node) or "")
    return (
        " ".join(text.split("\n\n")[0].split()).replace("``", "`").replace("|", "\\|")
    )
