"""Render the page: one file that needs no other and asks for none."""

import json
import logging
from pathlib import Path

from markupsafe import Markup

from sambench.errors import count_of
from sambench.tables.templates import template

logger = logging.getLogger(__name__)

_PAGE = Path(__file__).parent / "assets" / "page.html.j2"


def render(content: dict) -> str:
    """Return the result of `sambench.report.content.gather` as HTML."""
    page = template(_PAGE, plain=_plain, count_of=count_of)
    return page.render(**content, embedded=Markup(_embedded(content["data"])))


def _plain(value: object) -> str:
    """Return a value of a recipe as text without quotes around words."""
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
    """Return data as JSON that no text in it can break out of the script element."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "").replace("\u2029", "")


def warn_of_images(page: Path) -> None:
    """Warn of images of cases that an earlier run left beside a page without any."""
    folder = page.with_name("report_cases")
    if folder.is_dir():
        logger.warning(
            "%s holds images of cases from an earlier run, which `show_images: false` "
            "leaves there: delete it before you share this folder",
            folder,
        )
