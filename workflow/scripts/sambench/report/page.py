"""Render the page: one file that needs no other and asks for none."""

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_FOLDER = Path(__file__).parent


def render(content: dict) -> str:
    """Give the page as HTML.

    Parameters
    ----------
    content : dict
        Result of `sambench.report.content.gather`.
    """
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = _plain
    return environment.get_template("page.html.j2").render(
        **content,
        style=Markup((_FOLDER / "page.css").read_text(encoding="utf-8")),
        script=Markup((_FOLDER / "page.js").read_text(encoding="utf-8")),
        embedded=Markup(_embedded(content["data"])),
    )


def _plain(value: object) -> str:
    """Give a value of a recipe as text without quotes around words."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_nested(part)}" for key, part in value.items())
    return _nested(value)


def _nested(value: object) -> str:
    if isinstance(value, dict):
        return "{" + _plain(value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_nested, value)) + "]"
    return json.dumps(value) if not isinstance(value, str) else value


def _embedded(data: dict) -> str:
    """Give data as JSON that no text in it can break out of the script element."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "").replace("\u2029", "")
