"""One result as text, Markdown, JSON, JUnit XML or annotations for GitHub, as the user chooses."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import msgspec

from harness.escaping import escape_controls, escape_json
from harness.output.annotations import write_commands
from harness.output.explained import as_page, list_texts, make_explain_line
from harness.output.table import WIDTH, as_text, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.output.annotations import Annotation
    from harness.output.table import Paint, Table

_NOT_IN_XML = "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # takes long to compile


@dataclass(frozen=True, kw_only=True)
class Document:
    """How a result is made in each format. Only the chosen one is made."""

    tables: Callable[[], Sequence[Table]]
    data: Callable[[], dict[str, Any]]
    page: Callable[[], str] | None = None  # Markdown; None: the tables
    junit: Callable[[], ElementTree.Element] | None = None  # None: the command has no such format
    annotations: Callable[[], Sequence[Annotation]] | None = None  # None: the command has no such format
    ending: str = ""  # the last line of the text


def render(document: Document, name: str, width: int = WIDTH, paint: Paint = str) -> str:
    """The document in one of `harness.cli.options.FORMATS`, without a line end. `width` and `paint` are for text."""
    match name:
        case "text":
            tables = document.tables()
            texts = [as_text(table, width, paint).rstrip() for table in tables]
            explained = "\n".join(wrap(make_explain_line(list_texts(tables)), width))
            ending = "\n".join(filter(None, (explained, escape_controls(document.ending))))
            return "\n\n\n".join(filter(None, (*texts, ending)))
        case "markdown":
            page = document.page() if document.page else as_page(document.tables())
            return page.rstrip()
        case "json":
            return make_json(document.data())
        case "junit" if document.junit:
            root = document.junit()
            ElementTree.indent(root)
            return ElementTree.tostring(root, encoding="unicode", xml_declaration=False)
        case "github" if document.annotations:
            return write_commands(document.annotations())
        case _:
            raise AssertionError(name)


def make_json(data: dict[str, Any]) -> str:
    """Indented. Names of files that are no UTF-8 stay what Python makes of them."""
    try:
        text = msgspec.json.format(msgspec.json.encode(data)).decode()
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(data), indent=2)
    return escape_json(text)


def make_xml_text(text: str) -> str:
    """Without characters that XML can't have, not even escaped, and without those that control a terminal."""
    return re.sub(_NOT_IN_XML, "\N{REPLACEMENT CHARACTER}", text)
