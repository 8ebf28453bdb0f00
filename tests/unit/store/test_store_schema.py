from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from harness.store.schema import SCHEMA_FILE, format_schema, make_results_schema

GOLDEN = Path(__file__).parent / "golden" / "schema-1.jsonl"
VALIDATOR = jsonschema.Draft202012Validator(make_results_schema())


def test_the_committed_schema_is_the_generated_one() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == format_schema(), "run: python -m harness.store.schema"


def test_the_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(make_results_schema())


@pytest.mark.parametrize("line", GOLDEN.read_text(encoding="utf-8").splitlines())
def test_a_results_file_is_valid(line: str) -> None:
    VALIDATOR.validate(json.loads(line))


def test_a_path_is_no_evidence_hash() -> None:
    line = json.loads(GOLDEN.read_text(encoding="utf-8").splitlines()[1])
    line["evidence"] = "../../etc/passwd"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(line)
