"""What the page shows of two outcomes that have the same label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.report.page_script import needs_node, run_script

if TYPE_CHECKING:
    from pathlib import Path

DRIVER = """
import { findContrast } from "./compare/contrast.js";

const model = {
  data: { tests: given.tests, counting: { reproduces: ["error"] } },
  signatures: given.names.map((name) => ({ name, category: "error" })),
  nameSignature: (number) => given.names[number],
};
const { label, only } = findContrast(model, "loop-closed", ...given.verdicts);
console.log(JSON.stringify([label, ...only]));
"""
BODY, CLEANUP = "body", "cleanup"


def make_verdict(*findings: tuple[int, str, list[int]], pattern: str = ".F.F.", **further: Any) -> dict[str, Any]:
    found = [
        {"signature": signature, "channel": channel, "role": "only", "tests": tests}
        for signature, channel, tests in findings
    ]
    return {"status": "reproduces", "pattern": pattern, "findings": found, **further}


def unnamed(*tests: int) -> dict[str, Any]:
    return {"unnamed": [{"type": "OSError", "channel": BODY, "test": test} for test in tests]}


@needs_node
@pytest.mark.parametrize(
    ("before", "after", "only"),
    [
        (make_verdict((0, BODY, [0])), make_verdict((0, BODY, [1]), pattern="F...."), ("`.F.F.`", "`F....`")),
        (
            make_verdict((0, BODY, [0]), (1, CLEANUP, [2])),
            make_verdict((0, BODY, [0])),
            ("other in the cleanup (only)", ""),
        ),
        (
            make_verdict((0, BODY, [0]), (1, CLEANUP, [1])),
            make_verdict((0, BODY, [0]), (1, CLEANUP, [2])),
            ("other in the cleanup of `test_b`", "other in the cleanup of `test_c`"),
        ),
        (
            make_verdict((0, BODY, [0, 1, 2]), (1, BODY, [0, 1, 2])),
            make_verdict((0, BODY, [0]), (1, BODY, [0])),
            ("loop-closed and other in `test_b` and `test_c`", ""),
        ),
        (
            make_verdict((0, BODY, [0])),
            make_verdict((0, BODY, [0, 1, 2, 3])),
            ("", "loop-closed in `test_b`, `test_c` and `test_d`"),
        ),
        (
            make_verdict((0, BODY, [0])),
            make_verdict((0, BODY, [0, 1, 2, 3, 4])),
            ("", "loop-closed in `test_b`, `test_c` and 2 more"),
        ),
        (make_verdict(**unnamed(0, 1)), make_verdict(**unnamed(1, 2)), ("OSError in `test_a`", "OSError in `test_c`")),
    ],
    ids=["course of the tests", "finding", "test", "several in the same tests", "three tests", "many tests", "no name"],
)
def test_only_what_differs_of_two_outcomes_is_described(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any], only: tuple[str, str]
) -> None:
    given = {
        "names": ["loop-closed", "other"],
        "tests": [f"test_{letter}" for letter in "abcde"],
        "verdicts": [before, after],
    }
    assert run_script(tmp_path, DRIVER, given) == ["loop-closed", *only]
