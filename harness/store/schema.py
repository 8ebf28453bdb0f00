"""JSON Schema of a results file's lines, generated from the types. `python -m harness schema` writes it."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import msgspec

from harness.store.model import RESULTS_SCHEMA, Line

SCHEMA_FILE = Path(__file__).resolve().parent.parent.parent / "results" / "schema.json"


def results_schema() -> dict[str, Any]:
    """Schema of one line: header, outcome or footer."""
    (schema,), definitions = msgspec.json.schema_components([Line], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A line of a results file, schema version {RESULTS_SCHEMA}",
        **schema,
        "$defs": {name: _documented(definitions[name]) for name in sorted(definitions)},
    }


def _documented(definition: dict[str, Any]) -> dict[str, Any]:
    """With the docstring as documentation tools show it."""
    if "description" in definition:
        return {**definition, "description": inspect.cleandoc(definition["description"])}
    return definition


def schema_text() -> str:
    """The schema as it is committed."""
    return json.dumps(results_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8", newline="\n")
    print(f"Wrote {SCHEMA_FILE.parent.name}/{SCHEMA_FILE.name}.")
