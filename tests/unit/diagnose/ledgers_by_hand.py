"""Evidence written by hand: a few tests, loops and connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.diagnose.ledgers import explain_run
from harness.evidence.model import Connection, Evidence, Exit, Loop, Moment, Phase, Raised, Test, Use
from harness.habits.model import Fixture, Habits, SourcePlace
from harness.verdicts.classify import classify
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.diagnose.stories import RunStory, Story
    from harness.evidence.model import When

PLUGIN = "pytest_asyncio/plugin.py:1061 in _scoped_runner"
FILES = ("conftest.py", "test_it.py", "app.py")
CLIENT = Fixture(
    name="client",
    place=SourcePlace("conftest.py", 10),
    end=16,
    decorator="pytest_asyncio.fixture",
    is_async=True,
    is_generator=True,
    scope="session",
)
CLOSED = Raised(
    type="RuntimeError", text="Event loop is closed", link="surface", origin="asyncio/base_events.py:1 in _check"
)
DIFFERENT = Raised(
    type="RuntimeError",
    text="Task <Task pending name='Task-2' coro=<x()>> got Future <Future pending> attached to a different loop",
    link="surface",
    origin="asyncio/streams.py:542 in _wait_for_data",
)


def moment(test: str, when: When = "call", at: str = "") -> Moment:
    return Moment(test=name(test), when=when, at=at)


def name(test: str) -> str:
    return f"test_it.py::{test}" if test else ""


def line_of(test: str) -> str:
    """A place in the test itself."""
    return f"test_it.py:12 in {test.partition('[')[0]}"


def loop(number: int, first: str, last: str | None = "", pending: tuple[str, ...] = ()) -> Loop:
    """Made in the setup of one test and closed in the teardown of another, or the same; None: never closed."""
    closed = None if last is None else moment(last or first, "teardown", PLUGIN)
    return Loop(name=f"loop-{number}", kind="x", created=moment(first, "setup", PLUGIN), closed=closed, pending=pending)


def use(test: str, on: int, *, late: bool = False, when: When = "call") -> Use:
    return Use(loop=f"loop-{on}", test=name(test), when=when, writes=1, at=line_of(test), late=late)


def connection(
    number: int,
    on: int,
    opened: Moment,
    *uses: Use,
    closed: Moment | None = None,
    closed_on: int | None = None,
    failed: tuple[Raised, ...] = (),
) -> Connection:
    return Connection(
        name=f"connection-{number}",
        loop=f"loop-{on}",
        opened=opened,
        uses=uses,
        closed=closed,
        closed_on=f"loop-{closed_on}" if closed_on else None,
        close_failed=failed,
    )


def run_of(test: str, *chain: Raised, failing: When = "call") -> Test:
    """A test that passes, or of which a phase fails with this chain."""
    phases = [
        Phase(
            when=when,
            outcome="failed" if chain and when == failing else "passed",
            chain=chain if when == failing else (),
        )
        for when in ("setup", "call", "teardown")
    ]
    return Test(id=name(test), phases=tuple(phases))


def explain(
    tests: Iterable[Test], loops: Iterable[Loop] = (), connections: Iterable[Connection] = (), **more: object
) -> RunStory:
    evidence = Evidence(
        tests=tuple(tests),
        loops=tuple(loops),
        connections=tuple(connections),
        finished=True,
        exit=Exit(code=0),
        **more,  # type: ignore[arg-type]
    )
    return explain_run(evidence, classify(evidence, load_signatures()), Habits(fixtures=(CLIENT,)), FILES)


def only(story: RunStory) -> Story:
    (one,) = story.stories
    return one
