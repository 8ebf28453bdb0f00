"""Where users' suites run: in the environments that were asked for, with what each suite needs added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.environments.identity import PLUGIN, parse_pin
from harness.suites.requirements import PYTEST_NEEDS, Needed, drop_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.catalogue.cell import Cell
    from harness.environments.model import EnvironmentRequest
    from harness.suites.subject import Subject
    from harness.suites.suite import Suite

    Shares = dict[EnvironmentRequest, frozenset[Cell | Subject]]


def add_needs(request: EnvironmentRequest, suite: Suite) -> EnvironmentRequest:
    """The environment with what the suite needs; versions of what is under test or was pinned give way.

    One that is not ours, or a copy of one, has everything already.
    """
    if request.existing is not None:
        return request
    needed = relax_needs(suite, request)
    return msgspec.structs.replace(request, requirements=needed.lines)


def relax_needs(suite: Suite, request: EnvironmentRequest) -> Needed:
    """What the suite needs in that environment, and which of its requirements were changed."""
    chosen = (PLUGIN, "pytest", request.client, *PYTEST_NEEDS, *(parse_pin(pin)[0] for pin in request.pins))
    return drop_versions(suite.needed.lines, chosen)


def share_out(chosen: Mapping[EnvironmentRequest, Iterable[Cell | Subject]], suites: Sequence[Suite]) -> Shares:
    """What runs in which environment: what was `chosen`, and each suite where its needs are installed."""
    shares: Shares = {}
    for request, cells in chosen.items():
        shares[request] = frozenset(cells)
        for suite in suites:
            own = add_needs(request, suite)
            shares[own] = shares.get(own, frozenset()) | {suite}
    return {request: cells for request, cells in shares.items() if cells}


def collect_notes(suites: Sequence[Suite], requests: Iterable[EnvironmentRequest]) -> tuple[str, ...]:
    """What is done otherwise than the suites' files say, a line each."""
    environments = tuple(one for one in requests if one.existing is None)
    if not environments:
        return ()
    notes = [
        f"{suite.id}: {note}"
        for suite in suites
        for note in (*suite.needed.notes, *(each for one in environments for each in relax_needs(suite, one).notes))
    ]
    return tuple(dict.fromkeys(notes))
