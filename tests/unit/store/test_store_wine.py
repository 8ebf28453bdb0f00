"""The committed results of Windows' event loops under Wine, which must never pass for those of real Windows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from harness.compare.comparing import select_measured
from harness.compare.pairing import is_comparable
from harness.compare.sides import ResultsPlace
from harness.environments.identity import environment_digest
from harness.paths import find_baseline
from harness.store.reading import read_results
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from harness.store.model import Results

WINE = find_baseline().parent / "wine"


@cache
def results() -> Results:
    return read_results(WINE)


def test_they_are_whole_and_of_todays_format() -> None:
    assert not results().broken
    assert not results().conflicts
    for run in results().runs:
        assert not run.interrupted
        assert run.footer is not None
        assert run.footer.outcomes == len(run.outcomes)
        assert {outcome.environment for outcome in run.outcomes} == {run.header.environment_id}
    measured = [(run.header.environment_id, outcome.cell) for run in results().runs for outcome in run.outcomes]
    assert len(measured) == len(set(measured)) > 400


def test_the_machine_and_the_environment_say_what_they_are() -> None:
    for run in results().runs:
        one = run.header.environment
        assert one is not None
        assert run.header.machine.system == "Wine 10"
        assert one.platform == "wine-x86_64"
        assert one.id == run.header.environment_id
        assert one.id.startswith(f"{one.platform}/")
        assert one.digest == environment_digest(one.platform, one.implementation, one.python, one.freeze)


def test_an_error_of_windows_is_measured_there_and_no_cell_fails_without_a_name() -> None:
    verdicts = [outcome.verdict for run in results().runs for outcome in run.outcomes]
    assert any(finding.signature == "proactor-none-send" for verdict in verdicts for finding in verdict.findings)
    assert Status.FAILS not in {verdict.status for verdict in verdicts}


def test_no_environment_of_the_baseline_is_compared_with_them() -> None:
    here = select_measured(results(), ResultsPlace(WINE)).environments
    there = select_measured(read_results(find_baseline(), lean=True), ResultsPlace(find_baseline())).environments
    assert not {one.platform for one in here} & {one.platform for one in there}
    assert not [
        1 for one in here for other in there if is_comparable(one, other, frozenset({"pytest-asyncio", "python"}))
    ]
