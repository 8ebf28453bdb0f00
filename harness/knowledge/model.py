"""The types of what is computed from measured outcomes."""

from __future__ import annotations

import msgspec

from harness.verdicts.model import Status


class Change(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One step of a cure: an axis's value, or a package's version, is another one."""

    axis: str  # "fixture_scope", or a package: "pytest-asyncio"
    before: str
    after: str


class Cure(msgspec.Struct, frozen=True, kw_only=True):
    """The fewest changes that lead from a cell in an environment to a better one, and what was measured there."""

    changes: tuple[Change, ...]
    cell: str  # id of the cell after the changes
    environment: str  # id of the environment after the changes
    status: Status  # clean; after those, warns and leaks
    label: str  # the outcome as it is printed everywhere
    releases: tuple[str, ...] = ()  # of pytest-asyncio on which the cell was measured with this status
    systems: tuple[str, ...] = ()  # such as "linux-x86_64", likewise
    run: str = ""  # the run that measured it
    evidence: str = ""  # content hash
