"""All edits that a suite can be given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cure.edits import (
    anyio_runs,
    await_runs,
    between_tests,
    close_clients,
    declare_fixtures,
    event_loops,
    fresh_globals,
    hook_marks,
    http_clients,
    loop_arguments,
    loop_scopes,
    mark_tests,
    narrow_scopes,
    own_loops,
    policies,
    rename_close,
)
from harness.cure.edits.code import find_facts, read_code
from harness.cure.edits.editing import join_candidates, list_candidates
from harness.store.reading import pause_garbage_collection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.catalogue.target import Target
    from harness.cure.model import Candidate, Content
    from harness.habits.model import Habits

EDITS = (
    *narrow_scopes.EDITS,
    *declare_fixtures.EDITS,
    *close_clients.EDITS,
    *between_tests.EDITS,
    *anyio_runs.EDITS,
    *fresh_globals.EDITS,
    *http_clients.EDITS,
    *await_runs.EDITS,
    *event_loops.EDITS,
    *loop_arguments.EDITS,
    *own_loops.EDITS,
    *policies.EDITS,
    *rename_close.EDITS,
    *hook_marks.EDITS,
    *mark_tests.EDITS,
    *loop_scopes.EDITS,
)


JOINED = (
    (
        "close_and_narrow",
        "make the clients of fixtures anew for each test, and close them on its loop",
        ("close_client", "narrow_scope"),
    ),
    (
        "await_and_narrow",
        "await what fixtures run on another loop, in function scope",
        ("await_in_fixture", "narrow_scope"),
    ),
    (
        "rename_and_narrow",
        "make the clients of fixtures anew for each test, and close them by aclose",
        ("rename_close", "narrow_scope"),
    ),
    (
        "loops_session",
        "run all fixtures and tests on the session's loop",
        ("fixture_loop_session", "test_loop_session"),
    ),
    (
        "event_loop_gone",
        "neither ask for event_loop nor redefine it",
        ("drop_event_loop", "drop_event_loop_override"),
    ),
    (
        "event_loop_gone_and_narrow",
        "don't ask for event_loop, and narrow the fixtures to function scope",
        ("drop_event_loop", "narrow_scope"),
    ),
    (
        "loop_not_handed_on",
        "neither ask for event_loop nor hand it on",
        ("drop_loop_argument", "drop_event_loop"),
    ),
)


def list_edits(content: Content, habits: Habits, target: Target) -> tuple[Candidate, ...]:
    """What may cure the suite by changing its code, each edit for each place, and for all of its places together.

    A candidate's `change` finds its place again by file and name, so that one can follow another.
    """
    with pause_garbage_collection():
        code = read_code(content, find_facts(habits, content, target))
        offered = [made for edit in EDITS for made in list_candidates(edit, code, content)]
        joined = [(each, each.change(content)) for each in list_joined([candidate for candidate, _ in offered])]
        return drop_repeated([*offered, *joined])


def drop_repeated(candidates: Sequence[tuple[Candidate, Content | None]]) -> tuple[Candidate, ...]:
    """One candidate for each change: the first that makes it."""
    by_change: dict[frozenset[tuple[str, bytes]], Candidate] = {}
    for candidate, after in candidates:
        if after is not None:
            by_change.setdefault(frozenset((file, bytes(data)) for file, data in after.items()), candidate)
    return tuple(by_change.values())


def list_joined(offered: Sequence[Candidate]) -> Iterator[Candidate]:
    """Edits that rarely cure alone what they cure together, as one."""
    for name, title, parts in JOINED:
        chosen = [find_widest(offered, part) for part in parts]
        if all(chosen):
            yield join_candidates(name, title, [each for each in chosen if each])


def find_widest(offered: Sequence[Candidate], edit: str) -> Candidate | None:
    """The candidate of an edit that changes all of its places."""
    return next((each for each in reversed(offered) if each.name.partition(":")[0] == edit), None)
