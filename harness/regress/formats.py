"""What came of a run against its baseline, in the formats that can be chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from harness.compare.formats import as_data as comparison_data
from harness.compare.formats import as_junit
from harness.output.table import WIDTH, as_text
from harness.regress.output import page
from harness.regress.tables import conclusion, tables

if TYPE_CHECKING:
    from harness.regress.judging import Judged


def as_format(name: str, judged: Judged, width: int = WIDTH) -> str:
    """In one of `harness.cli.options.FORMATS`, without a line end. `width` is a terminal's, for text."""
    match name:
        case "text":
            parts = [as_text(table, width).rstrip() for table in tables(judged)]
            return "\n\n\n".join([*parts, conclusion(judged)])
        case "markdown":
            return page(judged).rstrip()
        case "json":
            return msgspec.json.format(msgspec.json.encode(as_data(judged))).decode()
        case "junit":
            return as_junit(judged.comparison)
        case _:
            raise AssertionError(name)


def as_data(judged: Judged) -> dict[str, Any]:
    """For programs: the comparison, where `changed` counts what is not expected, and what became of the entries."""
    return comparison_data(judged.comparison) | {
        "compared": judged.compared,
        "expected": [msgspec.to_builtins(entry) | {"unused": entry.unused} for entry in judged.entries],
        "gone": judged.gone,
        "notes": judged.notes,
    }
