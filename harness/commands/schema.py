"""`schema`: write the JSON Schema of results files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import ExitCode
from harness.store.schema import SCHEMA_FILE, format_schema

if TYPE_CHECKING:
    from harness.cli.requests import SchemaOptions


def run(_: SchemaOptions) -> int:
    """Write it where it is committed."""
    SCHEMA_FILE.parent.mkdir(exist_ok=True)
    SCHEMA_FILE.write_text(format_schema(), encoding="utf-8", newline="\n")
    print(f"Wrote {SCHEMA_FILE.parent.name}/{SCHEMA_FILE.name}.")
    return ExitCode.DONE
