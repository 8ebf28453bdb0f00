"""Where a signature is met, as ranges of releases."""

from __future__ import annotations

import msgspec

from harness.environments.model import Environment
from harness.explain.occurrences import Occurrence, group_ranges

BASE = Environment(
    id="linux-x86_64/cpython-3.13/pytest-asyncio-1.5.0/valkey-6.2.0",
    digest="0" * 32,
    platform="linux-x86_64",
    python="3.13.0",
    implementation="cpython",
    plugin="1.5.0",
    pytest="9.2.0",
    client="valkey",
    client_version="6.2.0",
    freeze=(),
    as_of="2026-01-01",
)


def met(plugin: str, cells: int, of: int = 10, *, python: str = "3.13", pytest: str = "8.3.0") -> Occurrence:
    environment = msgspec.structs.replace(BASE, plugin=plugin, python=f"{python}.0", pytest=pytest)
    return Occurrence(environment=environment, cells=cells, of=of)


def ranges(*found: Occurrence) -> list[tuple[str, str, int]]:
    return [(one.releases, one.pythons, one.cells) for one in group_ranges(found)]


def test_neighbouring_releases_with_the_same_count_are_one_range() -> None:
    assert ranges(met("0.21.2", 1), met("0.23.8", 5), met("0.24.0", 5), met("1.0.0", 1)) == [
        ("0.21.2, 1.0.0", "3.13", 1),
        ("0.23.8–0.24.0", "3.13", 5),
    ]


def test_pythons_with_the_same_count_are_one_range() -> None:
    found = (met("1.5.0", 5, python=python) for python in ("3.9", "3.10", "3.11"))
    assert ranges(*found, met("1.5.0", 6, python="3.13")) == [("1.5.0", "3.9–3.11", 5), ("1.5.0", "3.13", 6)]


def test_a_release_that_depends_on_pytest_is_shown_with_it() -> None:
    assert ranges(met("0.23.3", 4, pytest="7.4.4"), met("0.23.3", 0, pytest="8.0.0")) == [
        ("0.23.3 with pytest 7.4.4", "3.13", 4),
        ("0.23.3 with pytest 8.0.0", "3.13", 0),
    ]


def test_other_numbers_of_cells_are_not_thrown_together() -> None:
    assert ranges(met("0.24.0", 5, 10), met("0.25.0", 5, 20)) == [("0.24.0", "3.13", 5), ("0.25.0", "3.13", 5)]
