"""MkDocs hook: the reference pages, pages that lie outside `docs`, and links to files."""

import logging
import re
import sys
from pathlib import Path
from posixpath import dirname, normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(REPOSITORY / "workflow" / "scripts")]

from reference import reference_pages  # noqa: E402  (found by the line above)

#: Files of the repository that are pages, by their place in the site.
OUTSIDE = {
    "index.md": "README.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "config/README.md": "config/README.md",
}
#: Where other files of the repository are put if a page links to them.
SOURCES = "source"

LINK = re.compile(r"(\]\()([^)\s]+)(\))")
FENCED = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)

# MkDocs counts what this logger warns of: in strict mode it is an error.
logger = logging.getLogger("mkdocs.hooks.sambench")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add pages from outside `docs`, the reference, and the files that pages link to."""
    texts = {uri: (REPOSITORY / path).read_text() for uri, path in OUTSIDE.items()}
    texts |= {f"reference/{uri}": text for uri, text in reference_pages().items()}
    for uri, text in texts.items():
        files.append(File.generated(config, uri, content=text))
    linked = set()
    for page in files.documentation_pages():
        links = LINK.findall(FENCED.sub("", page.content_string))
        linked |= {_target(page.src_uri, link) for _, link, _ in links}
    for path in sorted(filter(None, linked)):
        uri = _place(path)
        if uri.startswith(SOURCES) and (REPOSITORY / path).is_file():
            text = (REPOSITORY / path).read_text()
            files.append(File.generated(config, uri, content=text))
    return files


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Turn links to files of the repository into links to their place in the site."""
    here = page.file.src_uri

    def link(match: re.Match[str]) -> str:
        before, target, after = match.groups()
        path = _target(here, target)
        if path is None:
            return match[0]
        if not (REPOSITORY / path).is_file() and not path.startswith("docs/reference/"):
            logger.warning(f"{_source(here)} links to {path}, which is not a file")
        _, mark, anchor = target.partition("#")
        return before + relpath(_place(path), dirname(here)) + mark + anchor + after

    parts = FENCED.split(markdown)
    parts[::2] = [LINK.sub(link, part) for part in parts[::2]]
    return "".join(parts)


def _source(uri: str) -> str:
    """Return the file of the repository that a page is made of."""
    return OUTSIDE.get(uri, f"docs/{uri}")


def _target(uri: str, link: str) -> str | None:
    """Return the file of the repository that a link of a page names, if it does."""
    path = link.partition("#")[0]
    if not path or re.match(r"[a-z]+:", path):
        return None
    return normpath(f"{dirname(_source(uri))}/{path}".lstrip("/"))


def _place(path: str) -> str:
    """Return where a file of the repository stands in the site."""
    for uri, source in OUTSIDE.items():
        if path == source:
            return uri
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return f"{SOURCES}/{path}.txt"
