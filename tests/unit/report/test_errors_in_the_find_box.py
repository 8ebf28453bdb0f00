"""The find box knows an error by a line that somebody pastes from a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from harness.report.data import make_signatures
from harness.verdicts.model import Channel
from harness.verdicts.observations import Observation, ObservationKind
from harness.verdicts.signatures import load_signatures
from tests.unit.report.made_outcomes import make_data
from tests.unit.report.page_script import needs_node, run_script

pytestmark = needs_node

RECOGNIZE = """
import { Model } from "./model.js";
import { Finder } from "./find/finder.js";
import { recognizeError } from "./find/recognize.js";

const model = new Model(given.data);
const finder = new Finder(model);
console.log(JSON.stringify(given.texts.map((text) => recognizeError(model, finder.read(text))?.name ?? null)));
"""
PASTED = """
import { Model } from "./model.js";
import { Finder } from "./find/finder.js";
import { looksPasted } from "./find/recognize.js";

const { vocabulary } = new Finder(new Model(given.data));
console.log(JSON.stringify(given.texts.map((text) => looksPasted(text, vocabulary))));
"""
SAMPLES = Path(__file__).parents[1] / "verdicts" / "samples.jsonl"
PRINTED = ("exception", "problem", "warning", "unraisable", "handler-call")
NOT_PRINTED = ("Failed", "_pytest.fixtures.FixtureLookupError")
"""Types that pytest leaves out of what it prints."""
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
        ("ResourceWarning: unclosed <socket.socket fd=12, family=2, type=1, proto=6>", "unclosed-resource"),
        ("ScopeMismatch: You tried to access the function scoped fixture x with a session one", "scope-mismatch"),
        ("ERROR    asyncio:base_events.py:1833 Task was destroyed but it is pending!", "task-destroyed"),
        ("Exception ignored in: <function A.__del__> RuntimeError: Event loop is closed", "unraisable-on-closed-loop"),
        ("sqlalchemy.exc.MissingGreenlet: greenlet_spawn has not been called", "missing-greenlet"),
        ("Exception ignored in: <function StreamWriter.__del__ at 0x7f>", None),
        ("ValueError: the event loop of that test was closed", None),
        ("KeyError: 'nope'", None),
        ("OSError: [Errno 12] Cannot allocate memory", "memory-limit"),
        ("OSError: [Errno 2] No such file or directory: 'a'", None),
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
    assert run_script(tmp_path, RECOGNIZE, {"data": data, "texts": [text]}) == [signature]


def test_a_condition_with_a_list_is_a_query_even_where_it_cant_be_read(tmp_path: Path) -> None:
    queries = [
        "loop_scope in (sesion, unset)",
        "loop_scope not in (session",
        "verdict in (clean, leaks)",
        "lop_scope in (session, unset)",
        "closed loop and loop_scope in(sesion, unset)",
    ]
    pasted = ["KeyError: 'in (a' was met", "Task in (pending) state was closed", "the loop (in a thread) is closed"]
    found = run_script(tmp_path, PASTED, {"data": make_data(), "texts": queries + pasted})
    assert found == [False] * len(queries) + [True] * len(pasted)


def test_each_error_that_was_ever_met_is_known_by_its_line(tmp_path: Path) -> None:
    samples = [json.loads(line) for line in SAMPLES.read_text("utf-8").splitlines()]
    shown = {
        print_line(one): one["signature"] for one in samples if one["kind"] in PRINTED and is_known_by_its_text(one)
    }
    assert len(shown) > 90
    data = msgspec.structs.replace(make_data(), signatures=make_signatures())
    found = run_script(tmp_path, RECOGNIZE, {"data": data, "texts": list(shown)})
    # What pytest has warned of becomes an error in the next release: the line is the same.
    same = {"deprecation": {"async-fixture-unhandled"}}
    wrong = {
        line: name
        for (line, known), name in zip(shown.items(), found, strict=True)
        if name not in {known} | same.get(known, set())
    }
    assert wrong == {}


def is_known_by_its_text(sample: dict[str, str]) -> bool:
    """Whether it takes neither the place where it was raised nor what else happened to know it."""
    (signature,) = (one for one in load_signatures() if one.name == sample["signature"])
    kind, channel = ObservationKind(sample["kind"]), Channel.BODY
    seen = Observation(kind=kind, channel=channel, type=sample.get("type", ""), text=sample["text"])
    return any(match.holds(seen) for match in signature.match if match.origin is None and match.meanwhile is None)


def print_line(sample: dict[str, str]) -> str:
    """The sample as a terminal shows it, in one line, as the find box gets it."""
    text = " ".join(sample["text"].split("\n"))
    kind = sample.get("type", "")
    line = f"{kind}: {text}" if kind and kind not in NOT_PRINTED else f"E   {text}"
    return f"Exception ignored in: <function A.__del__ at 0x7f> {line}" if sample["kind"] == "unraisable" else line
