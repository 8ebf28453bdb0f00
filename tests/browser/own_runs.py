"""A page with a run of one's own in it: what was seen in a cell, and a suite of the user's."""

from __future__ import annotations

from msgspec.structs import replace

from harness.evidence.model import (
    Connection,
    Evidence,
    Exit,
    HandlerCall,
    Loop,
    Moment,
    Phase,
    Raised,
    RecordedWarning,
    Test,
    Use,
)
from harness.report.evidence import reduce_evidence
from harness.report.model import NOT_MEASURED, PageData, PageEvidence, PageSuite
from harness.verdicts.model import Status, Verdict

SEEN = "default/session/async_fixture/aclose"
"""The cell of which something was seen, in the newest environment."""

SUITE = "suite:tests"
APPLE, PEAR, PLUM = (f"basket/test_items.py::{name}" for name in ("TestAdding::test_apple", "test_pear", "test_plum"))
CLOSED = Raised(type="RuntimeError", text="Event loop is closed", link="surface", origin="asyncio/base_events.py:545")
DIFFERENT = Raised(type="RuntimeError", text="got Future <Future pending> attached to a different loop", link="context")
EVIDENCE = Evidence(
    tests=(
        Test(id=APPLE, phases=(Phase(when="setup", outcome="passed"), Phase(when="call", outcome="passed"))),
        Test(id=PEAR, phases=(Phase(when="call", outcome="failed", chain=(CLOSED, DIFFERENT)),)),
        Test(id=PLUM, phases=(Phase(when="call", outcome="passed"), Phase(when="teardown", outcome="passed"))),
    ),
    warnings=(
        RecordedWarning(category="DeprecationWarning", text="`close` is old", when="runtest", location="a.py:3"),
    ),
    handler_calls=(HandlerCall(loop="loop-2", test=PLUM, when="teardown", message="lost", chain=(CLOSED,)),),
    loops=(
        Loop(
            name="loop-1",
            kind="asyncio.Loop",
            created=Moment(test=APPLE, when="setup", at="conftest.py:3 in client"),
            closed=Moment(test=APPLE, when="teardown"),
        ),
        Loop(name="loop-2", kind="asyncio.Loop", created=Moment(test=PEAR, when="setup")),
        Loop(
            name="loop-3",
            kind="asyncio.Loop",
            created=Moment(test=PLUM, when="call"),
            closed=Moment(test=PLUM, when="call"),
        ),
    ),
    connections=(
        Connection(
            name="connection-1",
            loop="loop-1",
            opened=Moment(test=APPLE, when="setup", at="conftest.py:4 in client"),
            uses=(
                Use(loop="loop-1", test=APPLE, when="call", writes=1),
                Use(loop="loop-2", test=PEAR, when="call", writes=1, at="test_items.py:9 in test_pear", late=True),
            ),
            closed=Moment(test=PEAR, when="call"),
            closed_on="loop-2",
            close_failed=(CLOSED,),
        ),
        Connection(name="connection-2", loop="loop-2", opened=Moment(test=PLUM, when="call")),
    ),
    keys_left=("apple",),
    collected=3,
    finished=True,
    exit=Exit(code=1),
)


def add_own_run(data: PageData) -> tuple[PageData, PageEvidence]:
    """The data with an unstable cell and a suite of the user's in two environments, and what was seen in a cell."""
    run = reduce_evidence(EVIDENCE, Verdict(status=Status.REPRODUCES))
    last = max(place for place, one in enumerate(data.environments) if one.main)
    suite = PageSuite(
        name="tests",
        cell=len(data.cells),
        tests=("test_a.py::test_stays", "test_a.py::test_breaks", "test_a.py::test_is_cured", "test_a.py::test_is_new"),
        texts=("passed", "failed: different-loop"),
        ranks=(5, 0),
        outcomes={0: (0, 0, 1, -1), last: (0, 1, 0, 0)},
        headlines={0: "different-loop in 1 test", last: "different-loop in 1 test (.F..)"},
        notes={0: (), last: ()},
    )
    outcomes = tuple(
        (*column, 0 if place in suite.outcomes else NOT_MEASURED) for place, column in enumerate(data.outcomes)
    )
    grown = replace(
        data,
        cells=(*data.cells, SUITE),
        outcomes=outcomes,
        suites=(suite,),
        unstable={find_change(data): "it depends on the moment"},
    )
    return grown, PageEvidence(runs=(run,), found={last: {data.cells.index(SEEN): 0}}, suites={SUITE: {last: 0}})


def find_change(data: PageData) -> int:
    """A cell that shows something else on 1.0.0 than on 0.26.0."""
    one, other = (
        next(place for place, each in enumerate(data.environments) if each.dimensions["pytest-asyncio"] == version)
        for version in ("0.26.0", "1.0.0")
    )
    return next(
        cell
        for cell, numbers in enumerate(zip(data.outcomes[one], data.outcomes[other], strict=True))
        if len({data.verdicts[number].outcome for number in numbers}) > 1
    )
