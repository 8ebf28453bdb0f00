"""The find box knows an error by a line that somebody pastes from a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.report.data import make_signatures
from tests.unit.report.made_outcomes import make_data
from tests.unit.report.page_script import needs_node, run_script

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_node

RECOGNIZE = """
import { Model } from "./model.js";
import { Finder } from "./find/finder.js";
import { recognizeError } from "./find/recognize.js";

const model = new Model(given.data);
const finder = new Finder(model);
console.log(JSON.stringify(recognizeError(model, finder.read(given.text))?.name ?? null));
"""
TASK = (
    "E   RuntimeError: Task <Task pending name='Task-4' coro=<test_it() running at /home/me/test_a.py:7> "
    "cb=[_run_until_complete_cb() at base_events.py:182]> got Future <Future pending> attached to a different loop"
)


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("RuntimeError: Event loop is closed", "loop-closed"),
        ("attached to a different loop", "different-loop"),
        (TASK, "different-loop"),
        (f"{TASK} During handling of it: RuntimeError: Event loop is closed", "different-loop"),
        ("E  fixture 'event_loop' not found", "event-loop-fixture-missing"),
        ("fixture_scope=session", None),
        ("verdict:clean Event loop is closed", None),
        ("closed is loop event", None),
        ("an event came, then the old loop of that test is not the one closed", None),
        ("loop", None),
        ("", None),
    ],
)
def test_a_line_of_a_terminal_is_known_by_the_words_of_an_error(
    text: str, signature: str | None, tmp_path: Path
) -> None:
    data = msgspec.structs.replace(make_data(), signatures=make_signatures())
    assert run_script(tmp_path, RECOGNIZE, {"data": data, "text": text}) == signature
