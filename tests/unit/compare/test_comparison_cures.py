"""Where a suite of one's own newly fails by a loop error, the command that looks for its cure is the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.cli.options import CompareOptions
from harness.compare.cures import list_cures
from harness.compare.formats import as_document
from harness.compare.model import CellChange, ChangeKind, Comparison, Drift, Group, Pair, PairComparison
from harness.environments.model import Environment
from harness.output.formats import render
from harness.suites.suite import make_suite

if TYPE_CHECKING:
    from collections.abc import Sequence

SUITE = make_suite("suite:mine", {"test_a.py": b""})
OPTIONS = CompareOptions(
    before="0.21.2", after="1.5.0", suites=("mine",), limit=20.0, launcher="fork", variables=("TOKEN=secret",)
)


def make_environment(plugin: str) -> Environment:
    return Environment(
        id=f"linux-x86_64/cpython-3.12/pytest-asyncio-{plugin}/valkey-6.1.0",
        digest=plugin,
        platform="linux-x86_64",
        python="3.12.4",
        implementation="cpython",
        plugin=plugin,
        pytest="8.3.0",
        client="valkey",
        client_version="6.1.0",
        freeze=(f"pytest-asyncio=={plugin}", "pytest==8.3.0", "valkey==6.1.0"),
        as_of="2026-10-01",
    )


def compare(category: ChangeKind, before: str, after: str, asked: Sequence[str] = ("pytest-asyncio",)) -> Comparison:
    changes = tuple(
        CellChange(cell=cell, category=category, labels=(before, after))
        for cell in ("suite:mine", "default/session/async_fixture/aclose")
    )
    pair = Pair(
        before=make_environment("0.21.2"),
        after=make_environment("1.5.0"),
        asked=tuple(Drift(package=package, before="1", after="2") for package in asked),
    )
    one = PairComparison(pair=pair, counts=(), changes=changes)
    group = Group(
        label=after, categories=((category, 1),), opposite=((before, 1),), common=(), cells=("suite:mine",), pairs=(0,)
    )
    return Comparison(before="0.21.2", after="1.5.0", pairs=(one, one), groups=(group,))


@pytest.mark.parametrize(
    ("category", "after", "named"),
    [
        (ChangeKind.APPEARED, "different-loop in 3 tests", True),
        (ChangeKind.OTHER_ERROR, "hang: no test ended for 20 s", True),
        (ChangeKind.APPEARED, "leaked-keys in the background", False),
        (ChangeKind.APPEARED, "AssertionError in 2 tests", False),
        (ChangeKind.DISAPPEARED, "loop-closed in 1 test", False),
    ],
)
def test_the_command_is_named_once_where_a_loop_error_is_new(category: ChangeKind, after: str, named: bool) -> None:
    line = list_cures(OPTIONS, [SUITE], compare(category, "leaked-keys", after))

    assert bool(line) == named
    if named:
        command = line.partition(" cure ")[2]
        assert command.startswith("--suite ")
        assert command.endswith(" --limit 20.0 --env TOKEN=VALUE --pytest-asyncio 1.5.0")


def test_versions_that_were_asked_for_are_named_too() -> None:
    comparison = compare(ChangeKind.APPEARED, "clean", "loop-closed", asked=("python", "pytest", "attrs"))
    assert list_cures(OPTIONS, [SUITE], comparison).endswith(" --pytest-asyncio 1.5.0 --python 3.12 --pytest 8.3.0")


def test_it_stands_beside_the_command_that_explains() -> None:
    comparison = compare(ChangeKind.APPEARED, "clean", "loop-closed")
    line = list_cures(OPTIONS, [SUITE], comparison)
    document = as_document(comparison, lambda _: {}, every=True, cures=line, ending="All of it: there")

    lines = render(document, "text", 200).splitlines()

    assert "explain loop-closed" in lines[-3]
    assert lines[-2:] == [line, "All of it: there"]
    assert f"```\n{line}\n```" in render(document, "markdown")
