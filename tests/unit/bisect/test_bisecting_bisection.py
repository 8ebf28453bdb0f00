"""A bisection on a bench that knows what would be measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.bisect.bisection import REPEAT_UNSTABLE, Bisection, Bisector, SameEndsError
from harness.bisect.candidates import BisectCandidate
from harness.bisect.measuring import MeasuredEnvironment
from harness.bisect.output import OutcomeText, as_data, make_block
from harness.environments.model import Environment, EnvironmentRequest
from harness.errors import UsageError
from harness.verdicts.model import Channel, Finding, Role, Status, Verdict
from harness.verdicts.signatures import SignatureCategory

if TYPE_CHECKING:
    from collections.abc import Sequence

CATEGORIES = {"loop-closed": SignatureCategory.ERROR, "deprecation": SignatureCategory.WARNING}
CLEAN = Verdict(status=Status.CLEAN, pattern="..")
IMPOSSIBLE = Verdict(status=Status.NOT_APPLICABLE, reason="there is no such fixture")
CLOSED = Verdict(
    status=Status.REPRODUCES,
    findings=(Finding(signature="loop-closed", channel=Channel.BODY, role=Role.ONLY, tests=("test_a.py::test_a",)),),
    pattern=".F",
)


class MadeUpBench:
    """Gives the verdicts of each release in turn, over and over; None stands for one that can't be resolved."""

    def __init__(self, shown: dict[str, tuple[Verdict, ...] | None], pytests: dict[str, str]) -> None:
        self.shown = shown
        self.pytests = pytests
        self.prepared: list[str] = []
        self.repeats: list[int] = []

    def prepare(self, requests: Sequence[EnvironmentRequest]) -> None:
        self.prepared += [request.plugin for request in requests]

    def measure(self, request: EnvironmentRequest, repeat: int) -> MeasuredEnvironment:
        self.repeats.append(repeat)
        shown = self.shown[request.plugin]
        if shown is None:
            return MeasuredEnvironment(environment=None, reason="pytest 9 is too new")
        pytest = self.pytests.get(request.plugin, "8.0.0")
        environment = Environment(
            id=f"linux-x86_64/cpython-3.12/pytest-asyncio-{request.plugin}/valkey-6.1.1",
            digest=request.plugin,
            platform="linux-x86_64",
            python="3.12.1",
            implementation="cpython",
            plugin=request.plugin,
            pytest=pytest,
            client="valkey",
            client_version="6.1.1",
            freeze=(f"pytest-asyncio=={request.plugin}", f"pytest=={pytest}", "valkey==6.1.1"),
            as_of="2025-01-01",
        )
        return MeasuredEnvironment(
            environment=environment, verdicts=tuple(shown[each % len(shown)] for each in range(repeat))
        )


class Silent:
    """Remembers the names of what was measured."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.repeated: list[tuple[str, int]] = []

    def measured(self, candidate: BisectCandidate, measured: MeasuredEnvironment, *, left: int) -> None:
        self.names.append(f"{candidate.name} {left if measured.environment else 'unresolved'}")

    def again(self, candidate: BisectCandidate, repeat: int) -> None:
        self.repeated.append((candidate.name, repeat))


def bisected(
    *shown: Verdict | tuple[Verdict, ...] | None,
    pytests: dict[str, str] | None = None,
    every: bool = False,
    listener: Silent | None = None,
) -> tuple[Bisection, OutcomeText, MadeUpBench]:
    """A bisection over releases 1.0, 1.1, … that show these verdicts."""
    teller = OutcomeText(CATEGORIES, "a/b/c/d")
    names = [f"1.{number}" for number in range(len(shown))]
    verdicts = [(one,) if isinstance(one, Verdict) else one for one in shown]
    bench = MadeUpBench(dict(zip(names, verdicts, strict=True)), pytests or {})
    candidates = [
        BisectCandidate(
            name=name,
            request=EnvironmentRequest(python="3.12", plugin=name),
            day=f"2025-01-{number + 1:02}",
            released=(("pytest-asyncio", name),),
        )
        for number, name in enumerate(names)
    ]
    bisector = Bisector(bench, CATEGORIES, listener or Silent(), describe=teller.describe, every=every)
    return bisector.run(candidates, 2), teller, bench


def test_the_release_its_day_both_outcomes_and_the_changelog_are_reported() -> None:
    bisection, teller, _ = bisected(CLEAN, CLEAN, CLEAN, CLOSED, CLOSED)
    text = make_block(bisection, teller, cell="a/b/c/d", over="pytest-asyncio")
    assert "a/b/c/d over pytest-asyncio, 1.0 to 1.4, 5 releases" in text
    assert "changed in pytest-asyncio 1.3, released 2025-01-04" in text
    assert "before  1.2  clean" in text
    assert "since   1.3  loop-closed" in text
    assert "changelog: https://pytest-asyncio.readthedocs.io/" in text
    assert "also changed" not in text


def test_each_step_tells_how_many_are_left() -> None:
    listener = Silent()
    bisected(CLEAN, CLEAN, CLEAN, CLOSED, CLOSED, listener=listener)
    assert listener.names == ["1.0 3", "1.4 2", "1.2 1", "1.3 0"]


def test_what_may_come_next_is_prepared() -> None:
    _, _, bench = bisected(CLEAN, CLEAN, CLEAN, CLOSED, CLOSED)
    assert bench.prepared[:2] == ["1.4", "1.2"]


def test_equal_ends_are_refused_with_the_outcome_and_a_way_on() -> None:
    with pytest.raises(SameEndsError) as caught:
        bisected(CLEAN, CLOSED, CLEAN)
    assert "in 1.0 and in 1.2 is the same: clean" in caught.value.problem
    assert "--all" in caught.value.remedy
    assert caught.value.exit_code == 2


def test_every_release_shows_a_change_and_its_return() -> None:
    bisection, teller, _ = bisected(CLEAN, CLOSED, CLEAN, every=True)
    text = make_block(bisection, teller, cell="a/b/c/d", over="pytest-asyncio")
    assert "changed in pytest-asyncio 1.1" in text
    assert "changed in pytest-asyncio 1.2" in text
    assert "The behaviour changes more than once: 2 changes were met." in text
    assert "All 3 releases were run." in text


def test_every_release_the_same_is_no_error_when_all_were_asked_for() -> None:
    bisection, teller, _ = bisected(CLEAN, CLEAN, CLEAN, every=True)
    assert "no change: clean" in make_block(bisection, teller, cell="a/b/c/d", over="pytest-asyncio")


def test_what_cannot_be_resolved_is_skipped_and_named_where_it_hides_the_release() -> None:
    bisection, teller, _ = bisected(CLEAN, CLEAN, None, CLOSED, CLOSED)
    text = make_block(bisection, teller, cell="a/b/c/d", over="pytest-asyncio")
    assert "changed by pytest-asyncio 1.3" in text
    assert "or earlier, after 1.1: 1.2 can't be resolved" in text
    assert "nothing is known of them: 1.2." in text


def test_nothing_that_can_be_resolved_is_refused_with_the_resolvers_reason() -> None:
    with pytest.raises(UsageError) as caught:
        bisected(None, None, None)
    assert caught.value.problem.startswith("None of 3 can be resolved")
    assert "pytest 9 is too new" in caught.value.remedy


def test_not_applicable_is_an_outcome_of_its_own() -> None:
    bisection, teller, _ = bisected(IMPOSSIBLE, IMPOSSIBLE, CLEAN)
    text = make_block(bisection, teller, cell="a/b/c/d", over="pytest-asyncio")
    assert "before  1.1  not applicable: there is no such fixture" in text
    assert "since   1.2  clean" in text


def test_runs_that_disagree_make_everything_run_more_often_and_are_reported_with_counts() -> None:
    listener = Silent()
    bisection, teller, bench = bisected(CLEAN, CLEAN, (CLEAN, CLOSED), (CLOSED, CLEAN), listener=listener)
    assert listener.repeated == [("1.3", REPEAT_UNSTABLE)]
    assert set(bench.repeats) == {2, REPEAT_UNSTABLE}
    assert all(len(one.verdicts) == REPEAT_UNSTABLE for one in bisection.measured.values())
    text = make_block(bisection, teller, cell="a/b/c/d", over="pytest-asyncio")
    assert "since   1.2  unstable: clean 3/5 · loop-closed 2/5" in text


def test_what_came_along_is_named_with_the_option_that_holds_it_fixed() -> None:
    bisection, teller, _ = bisected(CLEAN, CLOSED, pytests={"1.0": "8.3.5", "1.1": "8.4.0"})
    text = make_block(bisection, teller, cell="a/b/c/d", over="pytest-asyncio")
    assert "also changed, and may be the cause: pytest 8.3.5 → 8.4.0" in text
    assert "to hold it fixed, if both sides can have it: --pytest 8.3.5" in text


def test_sides_of_one_label_are_reported_in_full() -> None:
    moved = Verdict(
        status=Status.REPRODUCES,
        findings=(Finding(signature="loop-closed", channel=Channel.BODY, role=Role.ONLY, tests=("t.py::test_b",)),),
        pattern="F.",
    )
    bisection, teller, _ = bisected(CLOSED, moved)
    text = make_block(bisection, teller, cell="a/b/c/d", over="pytest-asyncio")
    assert "loop-closed .F" in text
    assert "loop-closed F." in text


def test_json_has_every_point_and_every_change() -> None:
    bisection, teller, _ = bisected(CLEAN, None, CLOSED)
    data = as_data(bisection, teller, cell="a/b/c/d", over="pytest-asyncio")
    assert [(point["name"], point["outcome"]) for point in data["points"]] == [
        ("1.0", "clean"),
        ("1.1", "can't be resolved"),
        ("1.2", "loop-closed"),
    ]
    (change,) = data["changes"]
    assert (change["before"], change["since"], change["unresolvable_between"]) == ("1.0", "1.2", ["1.1"])
    assert change["changelogs"]["pytest-asyncio"].startswith("https://")
