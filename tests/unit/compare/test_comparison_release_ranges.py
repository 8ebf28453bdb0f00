"""Ranges of releases, from small made-up results."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from harness.commands.ranges import COUNTED, MOST, list_together, summarize
from harness.compare.release_ranges import CellRanges, ReleaseState, find_release_ranges
from harness.environments.model import Environment
from harness.environments.releases import Release, ReleaseData, Releases
from harness.store.model import Header, Machine, Outcome, Results, Run
from harness.verdicts.model import Channel, Finding, Role, Status, Verdict
from harness.verdicts.signatures import SignatureCategory

RELEASES = Releases(
    ReleaseData(
        datetime(2025, 6, 1, tzinfo=UTC),
        {
            "pytest-asyncio": tuple(
                Release(version=f"1.{number}.0", uploaded=datetime(2025, 1, number + 1, tzinfo=UTC))
                for number in range(4)
            ),
            "valkey": (Release(version="6.1.1", uploaded=datetime(2025, 1, 1, tzinfo=UTC)),),
        },
    )
)
CLEAN = Verdict(status=Status.CLEAN, pattern=".")
CLOSED = Verdict(
    status=Status.REPRODUCES,
    findings=(Finding(signature="loop-closed", channel=Channel.BODY, role=Role.ONLY, tests=("t.py::test_a",)),),
    pattern="F",
)
IMPOSSIBLE = Verdict(status=Status.NOT_APPLICABLE, reason="no such fixture")
LOST = Verdict(status=Status.INFRASTRUCTURE, reason="the server was gone")


def lines(verdicts: dict[str, tuple[Verdict, ...]], over: str = "pytest-asyncio") -> list[CellRanges]:
    """The line of one cell with these samples in each release of pytest-asyncio."""
    runs = tuple(_run(version, "3.12.1", samples) for version, samples in verdicts.items())
    return list(find_release_ranges(Results(runs=runs), over, RELEASES, {"loop-closed": SignatureCategory.ERROR}))


def _run(version: str, python: str, samples: tuple[Verdict, ...]) -> Run:
    minor = python.rpartition(".")[0]
    environment = Environment(
        id=f"linux-x86_64/cpython-{minor}/pytest-asyncio-{version}/valkey-6.1.1",
        digest=version + python,
        platform="linux-x86_64",
        python=python,
        implementation="cpython",
        plugin=version,
        pytest="8.0.0",
        client="valkey",
        client_version="6.1.1",
        freeze=("pytest==8.0.0", f"pytest-asyncio=={version}", "valkey==6.1.1"),
        as_of="2025-01-01",
    )
    header = Header(
        run="r1",
        harness="0",
        environment_id=environment.id,
        environment=environment,
        machine=Machine(system="Linux", architecture="x86_64", cores=2),
        catalogue="",
        probe="",
        launcher="spawn",
        profile="quick",
    )
    outcomes = tuple(
        Outcome(cell="a/b/c/d", environment=environment.id, run="r1", sample=number, verdict=verdict)
        for number, verdict in enumerate(samples)
    )
    return Run(header=header, outcomes=outcomes)


def test_a_release_that_was_not_run_stays_open() -> None:
    (line,) = lines({"1.0.0": (CLEAN,), "1.1.0": (CLOSED,), "1.3.0": (CLEAN,)})
    assert (line.where, line.signature) == ("linux-x86_64, cpython-3.12, valkey-6.1.1", "loop-closed")
    assert [point.state for point in line.points] == [
        ReleaseState.NO,
        ReleaseState.YES,
        ReleaseState.UNKNOWN,
        ReleaseState.NO,
    ]
    assert line.text == "shown since 1.1.0 until 1.1.0 (or later, before 1.3.0); 3 of 4 releases run"


def test_a_release_in_which_the_cell_cannot_be_expressed_is_no_no() -> None:
    (line,) = lines({"1.0.0": (IMPOSSIBLE,), "1.1.0": (CLOSED,)})
    assert [point.state for point in line.points[:2]] == [ReleaseState.INEXPRESSIBLE, ReleaseState.YES]


def test_one_run_of_several_that_shows_the_error_is_enough() -> None:
    (line,) = lines({"1.0.0": (CLEAN, CLOSED)})
    assert line.points[0].state is ReleaseState.YES


def test_what_could_not_be_measured_counts_as_not_run() -> None:
    (line,) = lines({"1.0.0": (LOST,), "1.1.0": (CLEAN,)})
    assert [point.state for point in line.points[:2]] == [ReleaseState.UNKNOWN, ReleaseState.NO]


def test_a_cell_that_never_shows_anything_has_a_line_as_well() -> None:
    (line,) = lines({"1.0.0": (CLEAN,), "1.1.0": (CLEAN,)})
    assert (line.signature, line.text) == ("", "never shown; 2 of 4 releases run")
    assert line.run == 2


def test_other_pythons_are_other_lines_and_ranges_go_over_pythons_as_well() -> None:
    runs = (_run("1.0.0", "3.9.18", (CLEAN,)), _run("1.0.0", "3.12.1", (CLOSED,)))
    categories = {"loop-closed": SignatureCategory.ERROR}
    assert len(find_release_ranges(Results(runs=runs), "pytest-asyncio", RELEASES, categories)) == 2
    (line,) = find_release_ranges(Results(runs=runs), "python", RELEASES, categories)
    assert line.where == "linux-x86_64, pytest-asyncio-1.0.0, valkey-6.1.1"
    assert line.text == "shown since 3.12"


def test_cells_of_which_the_same_is_known_are_one_row() -> None:
    (line,) = lines({"1.0.0": (CLEAN,), "1.1.0": (CLOSED,)})
    table = list_together([line, msgspec.structs.replace(line, cell="e/f/g/h")], "pytest-asyncio")
    assert table.rows == (
        ("linux-x86_64, cpython-3.12, valkey-6.1.1",),
        ("loop-closed", "shown since 1.1.0; 2 of 4 releases run: 2 cells (a/b/c/d, e/f/g/h)"),
    )


def test_a_summary_counts_the_cells_of_the_versions_with_most_releases() -> None:
    found = lines({"1.0.0": (CLEAN,), "1.1.0": (CLOSED,)})
    others = [msgspec.structs.replace(line, where="elsewhere", points=line.points[:2]) for line in found]
    cells = [msgspec.structs.replace(line, cell=f"e/f/g/{number}") for line in found for number in range(1500)]
    rare = msgspec.structs.replace(found[0], cell="rare", signature="hang")
    table = summarize([*cells, rare, *others], "pytest-asyncio", "results: 2 environments")
    assert table.rows == (("loop-closed", "1,500", "shown since 1.1.0"), ("hang", "1", "shown since 1.1.0"))
    assert table.lead == (
        f"On linux-x86_64, cpython-3.12, valkey-6.1.1, 2 of 4 releases run.\nresults: 2 environments\n{COUNTED}"
    )
    assert table.note == "One cell: --cell ID. 1 other set of versions, with examples: --all."


def test_a_summary_says_how_many_ranges_it_leaves_out() -> None:
    (line,) = lines({"1.0.0": (CLEAN,), "1.1.0": (CLOSED,)})
    many = [msgspec.structs.replace(line, signature=f"error-{number}") for number in range(MOST + 2)]
    table = summarize(many, "pytest-asyncio")
    assert len(table.rows) == MOST
    assert table.note == "One cell: --cell ID. 2 more ranges, with examples: --all."


def test_results_of_another_client_say_nothing_about_releases_of_redis() -> None:
    assert lines({"1.0.0": (CLOSED,)}, over="redis") == []
