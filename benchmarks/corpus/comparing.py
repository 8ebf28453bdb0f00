"""Where two sides differ, test by test."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.corpus.model import Difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.corpus.model import Observed, Phases

STATES = ("failed", "error", "passed", "skipped", "xfailed", "xpassed")
NOT_RUN = "didn't run"
END = "the end of the run"


def find_differences(plain: Sequence[Observed], ours: Sequence[Observed]) -> tuple[Difference, ...]:
    """Where no run of ours says what a run of plain pytest says."""
    return tuple(_describe(*found) for found in _pair(plain, ours) if found[1].keys().isdisjoint(found[2]))


def find_unstable(plain: Sequence[Observed], ours: Sequence[Observed]) -> tuple[Difference, ...]:
    """Where some runs say the same and some don't, on whichever side."""
    return tuple(
        _describe(place, by_plain, by_ours)
        for place, by_plain, by_ours in _pair(plain, ours)
        if len(by_plain | by_ours) > 1 and not by_plain.keys().isdisjoint(by_ours)
    )


def _describe(place: str, by_plain: Counter[str], by_ours: Counter[str]) -> Difference:
    """With how many runs gave what, where they don't all say the same."""
    plain, ours = (
        next(iter(texts))
        if len(texts) == 1
        else "; ".join(f"{number} × {text}" for text, number in sorted(texts.items()))
        for texts in (by_plain, by_ours)
    )
    return Difference(place=place, plain=plain, ours=ours)


def _pair(plain: Sequence[Observed], ours: Sequence[Observed]) -> Iterator[tuple[str, Counter[str], Counter[str]]]:
    """Each place, with what the runs of either side say of it."""
    found = [[dict(_list_places(one)) for one in side] for side in (plain, ours)]
    places = dict.fromkeys(place for side in found for one in side for place in one)
    for place in places:
        by_plain, by_ours = (Counter(one.get(place, NOT_RUN) for one in side) for side in found)
        yield place, by_plain, by_ours


def _list_places(observed: Observed) -> Iterator[tuple[str, str]]:
    for node, phases in observed.tests.items():
        yield node, describe_phases(phases)
    for node in observed.not_collected:
        yield f"collection of {node}", "failed"
    yield END, f"exit code {observed.code}" if observed.code is not None else "ended by a signal or a limit"


def describe_phases(phases: Phases) -> str:
    """`setup passed, call failed, teardown passed`."""
    return ", ".join(f"{when} {phases[when]}" for when in ("setup", "call", "teardown") if when in phases)


def count_states(observed: Observed) -> str:
    """As pytest's last line does it: `3 failed, 600 passed`."""
    counted = Counter(find_state(phases) for phases in observed.tests.values())
    counted["not collected"] = len(observed.not_collected)
    named = [f"{counted[state]:,} {state}" for state in (*STATES, "not collected") if counted[state]]
    return ", ".join(named) or f"exit code {observed.code}"


def find_state(phases: Phases) -> str:
    """One word for a test."""
    outcomes = set(phases.values())
    if phases.get("call") == "failed":
        return "failed"
    if "failed" in outcomes:
        return "error"
    return next((state for state in ("xfailed", "xpassed", "skipped") if state in outcomes), "passed")


def fold_reports(reports: Iterable[tuple[str, str, str]]) -> dict[str, Phases]:
    """From node id, phase and outcome, in their order. A second setup begins a further attempt, which alone counts.

    Of several reports of one phase, as subtests make them, a failed one counts.
    """
    tests: dict[str, Phases] = {}
    for node, when, outcome in reports:
        if when == "setup" or node not in tests:
            tests[node] = {}
        if tests[node].get(when) != "failed":
            tests[node][when] = outcome
    return tests
