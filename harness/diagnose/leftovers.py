"""What a run left: connections nobody closed, loops nobody closed, tasks that were pending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.diagnose.stories import Story
from harness.diagnose.wording import capitalize, name_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.diagnose.wording import Wording
    from harness.evidence.model import Connection, Evidence, Loop
    from harness.verdicts.model import Verdict

Keyed = tuple[tuple[object, ...], Story]
"""A story and what makes others like it."""


def list_leftovers(evidence: Evidence, verdict: Verdict, words: Wording) -> Iterator[Keyed]:
    """Nothing of a process that was killed: it had no chance to close anything."""
    if not evidence.finished or evidence.exit.signal is not None:
        return
    loops = {loop.name: loop for loop in evidence.loops}
    for connection in evidence.connections:
        if connection.closed is None:
            yield _describe_connection(connection, loops.get(connection.loop or ""), words)
    tests = {
        finding.signature: finding.tests for finding in verdict.findings
    }  # the environment's own leaks aren't there
    for loop in evidence.loops:
        if loop.closed is None and loop.created.test in tests.get("leaked-loop", ()):
            yield _describe_loop(loop, words)
        if loop.pending and "leaked-task" in tests:
            yield _describe_tasks(loop, words)


def _describe_connection(connection: Connection, loop: Loop | None, words: Wording) -> Keyed:
    on = f" on {name_entry(connection.loop)}" if connection.loop else ""
    sentences = [f"{capitalize(name_entry(connection.name))} was opened{on} {words.moment(connection.opened)}."]
    if loop is not None and loop.closed is not None:
        sentences.append(f"{capitalize(name_entry(loop.name))} was closed {words.moment(loop.closed)}.")
    elsewhere = [
        use for use in connection.uses if None not in (use.loop, connection.loop) and use.loop != connection.loop
    ]
    last = connection.uses[-1] if connection.uses else None
    if last is not None and (last.test, last.when) != (connection.opened.test, connection.opened.when):
        sentences.append(f"It was used last {words.phase(last.test, last.when)}{words.by(last.at, last.test)}.")
    sentences.append("Nobody closed it.")
    story = Story(
        kind="never-closed",
        heading="a connection was never closed",
        sentences=tuple(sentences),
        tests=(connection.opened.test,) if connection.opened.test else (),
        connections=(connection.name,),
        loops=(connection.loop,) if connection.loop else (),
        places=words.own_places([connection.opened.at]),
    )
    closed = (loop.closed.when, words.role(loop.closed)) if loop and loop.closed else None
    return (connection.opened.when, words.role(connection.opened), closed, bool(elsewhere)), story


def _describe_loop(loop: Loop, words: Wording) -> Keyed:
    story = Story(
        kind="loop-left",
        heading="an event loop was never closed",
        sentences=(f"{capitalize(name_entry(loop.name))} was made {words.moment(loop.created)}.", "Nobody closed it."),
        tests=(loop.created.test,) if loop.created.test else (),
        loops=(loop.name,),
        places=words.own_places([loop.created.at]),
    )
    return (loop.created.when, words.role(loop.created)), story


def _describe_tasks(loop: Loop, words: Wording) -> Keyed:
    tasks = ", ".join(f"`{task}`" for task in loop.pending[:3]) + (" …" if len(loop.pending) > 3 else "")
    when = f"was closed {words.moment(loop.closed)}" if loop.closed else "was left, at the end of the run"
    verb = "was" if len(loop.pending) == 1 else "were"
    story = Story(
        kind="tasks-left",
        heading="tasks were still pending",
        sentences=(f"When {name_entry(loop.name)} {when}, {tasks} {verb} still pending.",),
        tests=(loop.closed.test,) if loop.closed and loop.closed.test else (),
        loops=(loop.name,),
        places=words.own_places([loop.closed.at] if loop.closed else []),
    )
    names = tuple(task.partition(" ")[2] for task in loop.pending)
    return (names, loop.closed.when if loop.closed else "", loop.closed.at if loop.closed else ""), story
