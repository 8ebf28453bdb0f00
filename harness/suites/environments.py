"""Where suites of one's own run: in the environments that were asked for, with what each suite needs besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.environments.identity import PLUGIN, pinned
from harness.suites.requirements import PYTEST_NEEDS, Needed, without_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.catalogue.cell import Cell
    from harness.environments.model import EnvironmentRequest
    from harness.suites.subject import Subject
    from harness.suites.suite import Suite

    Shares = dict[EnvironmentRequest, frozenset[Cell | Subject]]


def with_needs(request: EnvironmentRequest, suite: Suite) -> EnvironmentRequest:
    """The environment with what the suite needs; versions of what is under test or was pinned give way."""
    needed = giving_way(suite, request)
    return msgspec.structs.replace(request, requirements=needed.lines)


def giving_way(suite: Suite, request: EnvironmentRequest) -> Needed:
    """What the suite needs in that environment, and which of its requirements were changed."""
    chosen = (PLUGIN, "pytest", request.client, *PYTEST_NEEDS, *(pinned(pin)[0] for pin in request.pins))
    return without_versions(suite.needed.lines, chosen)


def shared_out(chosen: Mapping[EnvironmentRequest, Iterable[Cell | Subject]], suites: Sequence[Suite]) -> Shares:
    """What runs in which environment: besides what was `chosen`, each suite where there is what it needs."""
    shares: Shares = {}
    for request, cells in chosen.items():
        shares[request] = frozenset(cells)
        for suite in suites:
            own = with_needs(request, suite)
            shares[own] = shares.get(own, frozenset()) | {suite}
    return {request: cells for request, cells in shares.items() if cells}


def notes_on(suites: Sequence[Suite], requests: Iterable[EnvironmentRequest]) -> tuple[str, ...]:
    """What is done otherwise than the suites' files say, a line each."""
    environments = tuple(requests)
    notes = [
        f"{suite.id}: {note}"
        for suite in suites
        for note in (*suite.needed.notes, *(each for one in environments for each in giving_way(suite, one).notes))
    ]
    return tuple(dict.fromkeys(notes))
