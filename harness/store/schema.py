"""JSON Schema of a results file's lines, generated from the types. `python -m harness.store.schema` writes it."""

from __future__ import annotations

import inspect
import json
from typing import Any

import msgspec

from harness.paths import HARNESS
from harness.store.model import RESULTS_SCHEMA, Line

SCHEMA_FILE = HARNESS.parent / "results" / "schema.json"


def make_results_schema() -> dict[str, Any]:
    """Schema of one line: header, outcome or footer."""
    (schema,), definitions = msgspec.json.schema_components([Line], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A line of a results file, schema version {RESULTS_SCHEMA}",
        **schema,
        "$defs": {name: _document(definitions[name]) for name in sorted(definitions)},
    }


def _document(definition: dict[str, Any]) -> dict[str, Any]:
    """With the docstring as documentation tools show it."""
    if "description" in definition:
        return {**definition, "description": inspect.cleandoc(definition["description"])}
    return definition


def format_schema() -> str:
    """The schema as it is committed."""
    return json.dumps(make_results_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(format_schema(), encoding="utf-8", newline="\n")
    print(f"Wrote {SCHEMA_FILE.parent.name}/{SCHEMA_FILE.name}.")
