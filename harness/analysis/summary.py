"""What ran: where, how much, how long, what was left out and why."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from harness.analysis.places import describe_places
from harness.analysis.recheck_rows import list_differing, list_varying, make_recheck_rows
from harness.output.table import Row, Table
from harness.output.text import count, duration, one_line, show_number
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.analysis.grid import Grid
    from harness.evidence.model import Timings
    from harness.store.model import Header, Outcome, Results

_LONGEST = 100
_FEW = 3
_LONGEST_REASON = 400
_LINE_NUMBER = re.compile(r"\.py:\d+")
_HEADINGS = {
    Status.CLEAN: "clean",
    Status.WARNS: "warns",
    Status.LEAKS: "leaks",
    Status.REPRODUCES: "reproduces",
    Status.FAILS: "fails",
    Status.NOT_APPLICABLE: "n/a",
    Status.INFRASTRUCTURE: "not\nmeasured",
}


def make_summary(results: Results, grid: Grid, elapsed: float | None = None) -> Table:
    """One row a fact. `elapsed` is the whole command's wall time in seconds, where known: it includes set-up."""
    rows: list[Row] = list(_list_facts(results, grid))
    rows += _list_times(results, elapsed)
    for title, group in (
        ("left out", _list_left_out(results, grid)),
        ("not measured", _list_infrastructure(results)),
        ("the launchers differ", list_differing(results)),
        ("not stable when re-checked", list_varying(results)),
        ("warnings common to all cells", _list_warnings(results, grid)),
        ("not complete", _list_incomplete(results)),
    ):
        if group:
            rows += [(title,), *group]
    return Table(name="summary", title="What ran", headers=("", ""), rows=tuple(rows), prose=True)


def list_problems(results: Results, rest: str = "") -> list[Row]:
    """What went wrong while the cells ran; of many things of a kind the first ones. `rest`: where the others are."""
    unequal: list[Row] = [("launchers differ", row[1]) for row in list_differing(results)]
    kinds = (_list_infrastructure(results), unequal, _list_incomplete(results))
    rows: list[Row] = []
    for found in kinds:
        rows += found[:_FEW]
        if len(found) > _FEW:
            rows.append(("", f"and {len(found) - _FEW:,} more{rest}"))
    return rows + [("not resolvable", text) for text in _list_unresolvable(results)[:_FEW]]


def make_environments_table(results: Results, grid: Grid) -> Table:
    """Outcomes by status in each environment, of all its cells; a status that was never met has no column."""
    statuses: dict[str, Counter[Status]] = {}
    for run in results.runs:
        counter = statuses.setdefault(run.header.environment_key, Counter())
        counter.update(outcome.verdict.status for outcome in run.outcomes)
    met = [status for status in _HEADINGS if any(found[status] for found in statuses.values())]
    client, versions = _list_clients(grid)
    rows = []
    for place, column in enumerate(grid.columns):
        one = column.environment
        who = (column.short, one.pytest, *versions[place : place + 1], one.as_of)
        found = statuses[one.digest]
        rows.append((*map(one_line, who), *(show_number(n) for n in (found.total(), *(found[one] for one in met)))))
    who = ("environment", "pytest", *client, "as of")
    return Table(
        name="environments",
        title="Outcomes in each environment",
        headers=(*who, "outcomes", *(_HEADINGS[status] for status in met)),
        rows=tuple(rows),
        lead=grid.common(),
        note="\n\n".join(filter(None, [_explain_brackets(grid), _explain_sets(statuses.values())])),
        keys=len(who),
    )


def _list_clients(grid: Grid) -> tuple[list[str], list[str]]:
    """Heading and texts of a column of clients; nothing where they don't differ."""
    packages = {column.environment.client for column in grid.columns}
    clients = [column.client for column in grid.columns]
    if len(set(clients)) <= 1:
        return [], []
    if len(packages) > 1:
        return ["client"], clients
    return [*map(one_line, packages)], [column.environment.client_version for column in grid.columns]


def _explain_brackets(grid: Grid) -> str:
    """What the brackets of `describe_places` mean, where there will be any."""
    main = {column.environment.plugin: column.environment.python_minor for column in grid.columns if column.main}
    if all(column.environment.plugin in main for column in grid.columns):
        return ""
    return (
        f"A release that did not run on py{next(iter(main.values()))} is named with its Python, and with its client "
        "where that differs too: either may be the cause of what is seen there."
    )


def _explain_sets(counted: Iterable[Counter[Status]]) -> str:
    """That other environments ran other cells, where they did."""
    if len({found.total() - found[Status.NOT_APPLICABLE] for found in counted}) <= 1:
        return ""
    return (
        "Each row counts the cells that its environment can run, so rows count different cells. The tables of errors "
        "and of clean cells count the same cells everywhere."
    )


def _list_outcomes(results: Results) -> Iterator[Outcome]:
    return (outcome for run in results.runs for outcome in run.outcomes)


def _list_facts(results: Results, grid: Grid) -> Iterator[Row]:
    headers = [run.header for run in results.runs]
    machines = (
        f"{one.machine.system}, {one.machine.architecture}, {count(one.machine.cores, 'core')}" for one in headers
    )
    servers = (str(one.server) for one in headers if one.server)
    yield "machine", _join_some(machines)
    yield "server", _join_some(servers) or "none"
    yield "run", _join_some(_describe_run(one) for one in headers)
    unresolvable = len({one.environment_id for one in headers if one.environment is None})
    shared = f", all {text}" if (text := grid.common()) else ""
    yield (
        "environments",
        f"{len(grid.columns)}{shared}" + (f", and {unresolvable} unresolvable" if unresolvable else ""),
    )
    yield "cells", f"{len({outcome.cell for outcome in _list_outcomes(results)}):,}"
    by_status = Counter(outcome.verdict.status for outcome in _list_outcomes(results))
    shown = ", ".join(f"{by_status[status]:,} {status.value}" for status in Status if by_status[status])
    yield "outcomes", f"{by_status.total():,}" + (f": {shown}" if shown else "")


def _describe_run(header: Header) -> str:
    return f"{header.run}, profile {header.profile}, launcher {header.launcher}, harness {header.harness}"


def _list_times(results: Results, elapsed: float | None) -> list[Row]:
    timings = [outcome.timings for outcome in _list_outcomes(results) if outcome.timings]
    if elapsed is None:
        elapsed = _measure_span([one.timings for one in _list_outcomes(results) if one.timings and not one.reused_from])
    rows: list[Row] = [("wall time", duration(elapsed))] if elapsed is not None else []
    if timings:
        cpu = sum(one.cpu for one in timings)
        rows.append(("CPU a cell", f"{duration(cpu / len(timings))} ({duration(cpu)} for {len(timings):,} runs)"))
    return rows + _list_reused(results) + make_recheck_rows(results)


def _list_reused(results: Results) -> list[Row]:
    """How much was run and how much taken over from which runs, where anything was."""
    origins = Counter(outcome.reused_from for outcome in _list_outcomes(results) if outcome.evidence)
    ran = origins.pop("", 0)
    if not origins:
        return []
    newest, *others = sorted(origins, reverse=True)
    more = f" and {count(len(others), 'earlier run')}" if others else ""
    return [("run or reused", f"{ran:,} run, {origins.total():,} reused from {one_line(newest)}{more}")]


def _measure_span(timings: Iterable[Timings]) -> float | None:
    """Seconds from the first start to the last end; None where a time can't be read."""
    try:
        starts = [(datetime.fromisoformat(one.started).timestamp(), one.wall) for one in timings]
    except (ValueError, OverflowError):
        return None
    return max(start + wall for start, wall in starts) - min(start for start, _ in starts) if starts else None


def _list_left_out(results: Results, grid: Grid) -> list[Row]:
    reasons: dict[str, Counter[str]] = {}
    for run in results.runs:
        for outcome in run.outcomes:
            if outcome.verdict.status is Status.NOT_APPLICABLE:
                reasons.setdefault(outcome.verdict.reason, Counter())[run.header.environment_key] += 1
    rows: list[Row] = [
        ("not applicable", f"{found.total():,}: {one_line(reason, _LONGEST_REASON)} · {_describe_places(grid, found)}")
        for reason, found in sorted(reasons.items(), key=lambda item: (-item[1].total(), item[0]))
    ]
    return rows + [("unresolvable", text) for text in _list_unresolvable(results)]


def _list_unresolvable(results: Results) -> list[str]:
    found: dict[str, str] = {}
    for run in results.runs:
        if run.header.environment is None:
            reasons = [one.verdict.reason for one in run.outcomes if one.verdict.reason]
            found[run.header.environment_id] = reasons[0] if reasons else "no reason given"
    return [f"{one_line(name)}:\n{one_line(reason, _LONGEST_REASON)}" for name, reason in sorted(found.items())]


def _list_infrastructure(results: Results) -> list[Row]:
    reasons = Counter(
        outcome.verdict.reason for outcome in _list_outcomes(results) if outcome.verdict.status is Status.INFRASTRUCTURE
    )
    return [
        ("infrastructure", f"{times:,}: {one_line(reason, _LONGEST_REASON)}") for reason, times in reasons.most_common()
    ]


def _list_warnings(results: Results, grid: Grid) -> list[Row]:
    """Texts that differ only in line numbers, which change with every release, stand together."""
    places_of: dict[tuple[str, str], set[str]] = {}
    for run in results.runs:
        for finding in run.header.environment_findings:
            text = _LINE_NUMBER.sub(".py", one_line(finding.sample, _LONGEST_REASON))
            places_of.setdefault((finding.signature, text), set()).add(run.header.environment_key)
    return [
        (one_line(signature, 40), f"{text}\n{_describe_places(grid, found)}")
        for (signature, text), found in sorted(places_of.items())
    ]


def _describe_places(grid: Grid, keys: Iterable[str]) -> str:
    chosen = set(keys)
    return describe_places(grid.columns, [column.environment.digest in chosen for column in grid.columns])


def _list_incomplete(results: Results) -> list[Row]:
    interrupted = [
        ("interrupted", f"{one_line(run.file or run.header.environment_id)}: {count(len(run.outcomes), 'outcome')}")
        for run in results.runs
        if run.interrupted
    ]
    broken = [("broken", one_line(str(line))) for line in results.broken]
    conflicts = [
        (
            "two verdicts",
            one_line(f"{one.cell}: {' and '.join(verdict.status for verdict in one.verdicts)} (run {one.run})"),
        )
        for one in results.conflicts
    ]
    return [*interrupted, *broken, *conflicts]


def _join_some(texts: Iterable[str], most: int = 3) -> str:
    different = [one_line(text, _LONGEST) for text in dict.fromkeys(texts)]
    more = [f"and {len(different) - most} more"] if len(different) > most else []
    return "\n".join(different[:most] + more)
