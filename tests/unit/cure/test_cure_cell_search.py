"""The search of a cell's cures, with made-up outcomes in place of runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from harness.catalogue.loading import find_values, load_catalogue
from harness.cure.cell_output import Elsewhere, as_data, find_status, print_cures
from harness.cure.cell_search import BATCHES, CellCures, CellSearch, CurePlace
from harness.cure.neighbours import Likelihood, list_pairs, sort_by_likelihood
from harness.environments.model import EnvironmentRequest
from harness.knowledge.changes import count_changes, list_neighbours
from harness.knowledge.outcomes import Outcomes
from harness.store.model import Results
from harness.verdicts.model import Status, Verdict
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, LEAKS, REMOVED, environment, outcome, run_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.catalogue.cell import Cell
    from harness.environments.model import Environment

    Shows = Callable[[str, str], Verdict]  # cell and release → verdict

CATALOGUE = load_catalogue()
CELL = "default/session/async_fixture/aclose"
NARROW = "default/function/async_fixture/aclose"
ONE_LOOP = f"{CELL}@loop_scope=session"
PAIR = "default/function/sync_fixture/aclose"
NEW, OLD = environment("1.5.0"), environment("0.26.0")


class MadeUpRuns:
    """Shows what it is given, and remembers what was run."""

    fresh = False

    def __init__(self, shows: Shows, in_new_process: Shows | None = None) -> None:
        self._shows = shows
        self._in_new_process = in_new_process or shows
        self.ran: list[tuple[str, str]] = []  # cell and release, without those in a new process
        self.proven: list[tuple[str, str]] = []
        self.rounds = 0

    def measure(
        self, cells: Iterable[Cell], requests: Sequence[EnvironmentRequest], *, new_process: bool = False
    ) -> Results:
        self.rounds += 1
        shows, ran = (self._in_new_process, self.proven) if new_process else (self._shows, self.ran)
        chosen = [cell.id for cell in cells]
        runs = []
        for request in requests:
            ran += [(cell, request.plugin) for cell in chosen]
            found = {cell: shows(cell, request.plugin) for cell in chosen}
            runs.append(run_of(found, environment(request.plugin), run=f"20270101T00{self.rounds:04}Z-0000"))
        return Results(runs=tuple(runs))


def search(
    runs: MadeUpRuns, *environments: Environment, recorded: Results | None = None, seconds: float = 60.0
) -> CellCures:
    places = tuple(
        CurePlace(request=EnvironmentRequest(python="3.13", plugin=one.plugin), environment=one) for one in environments
    )
    return CellSearch(
        measurer=runs,
        catalogue=CATALOGUE,
        cell=CATALOGUE.parse(CELL),
        places=places or (CurePlace(request=EnvironmentRequest(python="3.13", plugin="1.5.0"), environment=NEW),),
        recorded=recorded or Results(),
        deadline=time.monotonic() + seconds,
    ).run()


def clean(*cells: str) -> Shows:
    return lambda cell, _: CLEAN if cell in cells else DIFFERENT


def count(cell: str) -> int:
    return count_changes(find_values(CELL), find_values(cell))


def test_all_that_is_one_change_away_is_run_and_the_cure_proven_in_a_new_process() -> None:
    runs = MadeUpRuns(clean(NARROW))
    found = search(runs)
    assert [one.cure.cell for one in found.cures] == [NARROW]
    assert [one.verdict for one in found.cures[0].proofs] == [CLEAN]
    assert runs.proven == [(NARROW, "1.5.0")]
    neighbours = {one.id for one in list_neighbours(CATALOGUE, CATALOGUE.parse(CELL))}
    assert {cell for cell, _ in runs.ran} <= neighbours | {CELL}
    (tried,) = found.tried
    assert tried.statuses[Status.CLEAN] == 1
    assert tried.statuses.total() + tried.inexpressible == len(neighbours)


def test_a_cell_that_is_clean_needs_no_search() -> None:
    runs = MadeUpRuns(clean(CELL))
    found = search(runs)
    assert (found.needs_cure, found.cures, runs.ran) == (False, (), [(CELL, "1.5.0")])
    assert find_status(found) == "clean"


def test_what_the_machine_failed_in_one_place_is_neither_clean_nor_counted_before_what_was_measured() -> None:
    def show(cell: str, release: str) -> Verdict:
        if count(cell) == 2 and release == OLD.plugin:
            return Verdict(status=Status.INFRASTRUCTURE, reason="the server was gone")
        return CLEAN if cell == PAIR else DIFFERENT

    found = search(MadeUpRuns(show), NEW, OLD)
    assert [one.cured for one in found.cures] == [(True, False)]
    assert found.tried[1].statuses[Status.CLEAN] == 1
    assert Status.INFRASTRUCTURE not in found.tried[1].statuses


def test_two_changes_are_tried_where_one_does_not_help_and_it_ends_with_the_batch_that_does() -> None:
    runs = MadeUpRuns(clean(PAIR))
    found = search(runs)
    assert [one.cure.cell for one in found.cures] == [PAIR]
    one, two = found.tried
    assert (one.changes, two.changes) == (1, 2)
    assert two.statuses[Status.CLEAN] == 1
    assert two.left == sum(count(each.id) == 2 for each in expressible_pairs()) - two.statuses.total()


def test_what_is_recorded_as_clean_is_run_first_and_what_is_not_is_not_run_at_all() -> None:
    pairs = [one.id for one in expressible_pairs()]
    recorded = run_of({cell: CLEAN if cell == PAIR else DIFFERENT for cell in pairs}, NEW)
    runs = MadeUpRuns(clean(PAIR))
    found = search(runs, recorded=Results(runs=(recorded,)))
    assert [cell for cell, _ in runs.ran if count(cell) == 2] == [PAIR]
    assert found.tried[1].known == len(pairs) - 1
    assert [one.cure.cell for one in found.cures] == [PAIR]


def test_what_is_only_recorded_and_three_changes_away_is_proven_too() -> None:
    far = "default/function/sync_fixture/async_with"
    recorded = Results(runs=(run_of({far: CLEAN}, NEW),))
    runs = MadeUpRuns(clean(far))
    assert [one.cure.cell for one in search(runs, recorded=recorded).cures] == [far]
    assert runs.proven == [(far, "1.5.0")]


def test_a_cure_that_does_nothing_in_a_new_process_is_not_named() -> None:
    runs = MadeUpRuns(clean(NARROW, ONE_LOOP), in_new_process=clean(ONE_LOOP))
    found = search(runs)
    assert [one.cure.cell for one in found.cures] == [ONE_LOOP]
    assert found.unstable == (NARROW,)


def test_where_nothing_helps_all_that_was_tried_is_counted() -> None:
    found = search(MadeUpRuns(clean()))
    assert found.cures == ()
    assert find_status(found) == "not cured"
    assert found.tried[1].left == 0
    assert found.tried[1].statuses == {Status.REPRODUCES: len(expressible_pairs())}


def test_when_time_is_up_no_further_batch_is_run() -> None:
    found = search(MadeUpRuns(clean(PAIR)), seconds=-1)
    assert found.out_of_time
    assert found.tried[1].statuses.total() == 0
    assert found.tried[1].left == len(expressible_pairs())


def test_what_only_leaks_is_named_after_what_is_clean_with_more_changes() -> None:
    def shows(cell: str, _: str) -> Verdict:
        return CLEAN if cell == PAIR else LEAKS if cell == ONE_LOOP else DIFFERENT

    found = search(MadeUpRuns(shows))
    assert [(one.cure.cell, one.cure.status) for one in found.cures] == [
        (PAIR, Status.CLEAN),
        (ONE_LOOP, Status.LEAKS),
    ]


def test_on_several_releases_a_cure_holds_on_each() -> None:
    def shows(cell: str, release: str) -> Verdict:
        return CLEAN if cell == NARROW or (cell == ONE_LOOP and release == "1.5.0") else DIFFERENT

    (cure,) = search(MadeUpRuns(shows), NEW, OLD).cures
    assert cure.cure.cell == NARROW
    assert cure.cured == (True, True)
    assert len(cure.proofs) == 2


def test_where_no_cure_holds_on_each_release_it_is_said_where_one_does() -> None:
    def shows(cell: str, release: str) -> Verdict:
        return CLEAN if cell == ONE_LOOP and release == "1.5.0" else DIFFERENT

    found = search(MadeUpRuns(shows), OLD, NEW)
    (cure,) = found.cures
    assert (cure.cure.cell, cure.cured, cure.is_complete) == (ONE_LOOP, (False, True), False)
    assert find_status(found) == "partly cured"


def test_what_harms_another_release_is_no_cure() -> None:
    def shows(cell: str, release: str) -> Verdict:
        if release == "0.26.0":
            return CLEAN if cell == CELL else DIFFERENT
        return CLEAN if cell == ONE_LOOP else DIFFERENT

    assert search(MadeUpRuns(shows), NEW, OLD).cures == ()


def test_other_versions_on_which_the_cell_is_clean_as_it_is_are_named() -> None:
    recorded = Results(runs=(run_of({CELL: CLEAN}, OLD), run_of({CELL: REMOVED}, environment("0.17.2"))))
    found = search(MadeUpRuns(clean(NARROW)), recorded=recorded)
    assert [(one.environment, one.status) for one in found.versions] == [(OLD.id, Status.CLEAN)]


def test_programs_get_the_same() -> None:
    data = as_data(search(MadeUpRuns(clean(NARROW))), (), CATALOGUE)
    assert (data["cell"], data["status"]) == (CELL, "cured")
    (cure,) = data["cures"]
    assert cure["changes"] == [{"axis": "fixture_scope", "before": "session", "after": "function"}]
    assert "+@pytest_asyncio.fixture\n" in cure["patch"]
    assert f"--cell {NARROW} --fresh --python 3.13 --pytest-asyncio 1.5.0" in cure["command"]
    assert data["tried"][0]["statuses"]["clean"] == 1


def unfold(text: str) -> str:
    return " ".join(text.split())


def test_the_answer_comes_first_with_the_code_that_changes_and_the_proof(capsys: pytest.CaptureFixture[str]) -> None:
    further = {CELL: outcome(CELL, DIFFERENT), NARROW: outcome(NARROW, REMOVED)}
    found = search(MadeUpRuns(clean(NARROW)))
    print_cures(found, (Elsewhere(environment=OLD.id, outcomes=further),), CATALOGUE, every=False)
    text = capsys.readouterr().out
    assert text.startswith(
        f"{CELL} is cured by one change: it is clean then.\n"
        "  As it is on pytest-asyncio 1.5.0, Python 3.13, valkey 6.2.0: different-loop\n"
        "\n1. fixture_scope session → function: a client fixture for each test\n"
        "   clean on pytest-asyncio 1.5.0, Python 3.13, valkey 6.2.0\n"
    )
    assert "n/a (event_loop was removed in pytest-asyncio 1.0) instead of different-loop on" in unfold(text)
    assert '-@pytest_asyncio.fixture(scope="session")\n+@pytest_asyncio.fixture\n' in text
    ran = found.tried[0].statuses.total()
    assert f"Tried, one change away: {ran} cells ({ran - 1} reproduces, 1 clean)" in text
    assert text.rstrip().endswith("explain different-loop")


def test_a_cell_without_a_cure_gets_that_answer_with_all_that_was_tried(capsys: pytest.CaptureFixture[str]) -> None:
    found = search(MadeUpRuns(clean()))
    print_cures(found, (), CATALOGUE, every=False)
    text = capsys.readouterr().out
    assert text.startswith(f"No cure was found for {CELL}.\n")
    for words, tried in zip(("one change", "two changes"), found.tried, strict=True):
        ran = tried.statuses.total()
        assert f"Tried, {words} away: {ran:,} cells ({ran} reproduces); {tried.inexpressible} can't be" in unfold(text)


def test_a_cure_of_only_some_releases_says_of_which(capsys: pytest.CaptureFixture[str]) -> None:
    def shows(cell: str, release: str) -> Verdict:
        return CLEAN if cell == ONE_LOOP and release == "1.5.0" else DIFFERENT

    print_cures(search(MadeUpRuns(shows), OLD, NEW), (), CATALOGUE, every=False)
    text = unfold(capsys.readouterr().out)
    assert "is cured by no change in all of these environments. These cure it in some:" in text
    assert "different-loop on pytest-asyncio 0.26.0, Python 3.13, valkey 6.2.0, so it is no cure there" in text
    assert "--pytest-asyncio 1.5.0" in text


def expressible_pairs() -> list[Cell]:
    target = CurePlace(request=EnvironmentRequest(python="3.13", plugin="1.5.0"), environment=NEW).target
    return [
        one for one in list_pairs(CATALOGUE, CATALOGUE.parse(CELL)) if CATALOGUE.not_applicable(one, target) is None
    ]


def test_pairs_are_all_cells_two_changes_away_each_once() -> None:
    pairs = list(list_pairs(CATALOGUE, CATALOGUE.parse(CELL)))
    assert len(set(pairs)) == len(pairs) > BATCHES[-1]
    assert {count(one.id) for one in pairs} == {2}


@pytest.mark.parametrize("known", ["here", "elsewhere", "around"])
def test_the_likeliest_comes_first_whatever_is_known(known: str) -> None:
    likely, unlikely = PAIR, "default/class/async_fixture/close"
    shown = {likely: CLEAN, unlikely: DIFFERENT}
    if known == "around":
        shown = {f"{likely}@workload=gather": CLEAN, f"{unlikely}@workload=gather": DIFFERENT}
    measured = Outcomes(Results(runs=(run_of(shown, OLD if known == "elsewhere" else NEW),)))
    likelihood = Likelihood(measured, NEW.digest, (OLD if known == "elsewhere" else NEW).digest)
    cells = [CATALOGUE.parse(unlikely), CATALOGUE.parse(likely)]
    found = sort_by_likelihood(CATALOGUE, CATALOGUE.parse(CELL), cells, likelihood)
    assert [one.id for one in found] == [likely, unlikely]


def test_of_the_equally_likely_those_that_give_something_up_come_last() -> None:
    cells = [
        CATALOGUE.parse(one) for one in ("default/function/async_fixture/none", "default/function/async_fixture/close")
    ]
    shown = {cell.id: CLEAN for cell in cells}
    likelihood = Likelihood(Outcomes(Results(runs=(run_of(shown, NEW),))), NEW.digest, NEW.digest)
    found = sort_by_likelihood(CATALOGUE, CATALOGUE.parse(CELL), cells, likelihood)
    assert [one.cleanup_style for one in found] == ["close", "none"]
