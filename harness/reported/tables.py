"""Stated and measured as tables: one a report, or all reports in one; the totals; what is not rebuilt."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

from harness.analysis.patterns import make_legend
from harness.environments.identity import PLUGIN
from harness.output.explained import as_page
from harness.output.formats import Document
from harness.output.table import Row, Table
from harness.reported.judging import ReportAgreement
from harness.reported.report import Exactness, Stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.reported.measuring import MeasuredState
    from harness.reported.report import NotRebuilt, Rebuilt, ReportedState

INFERRED = "*"
_FIRST = ("python", PLUGIN, "pytest")  # of versions; the others follow by name
_LABELS = {
    ReportAgreement.AGREES: "agrees",
    ReportAgreement.DISAGREES: "disagrees",
    ReportAgreement.NOT_MEASURED: "not measured\nhere",
    ReportAgreement.FAILED: "could not\nbe measured",
}


def as_document(found: Sequence[MeasuredState], left_out: Sequence[NotRebuilt], *, detailed: bool = False) -> Document:
    """What was found, in each format. With `detailed` the text explains what each report is about."""
    rest = [make_left_out_table(left_out)] if left_out else []

    def make_page() -> str:
        tables = [make_whole_table(found), make_totals_table(found, left_out, legend_too=False), *rest]
        return as_page(tables, padded=False)

    return Document(
        tables=lambda: [
            *(make_report_table(*one, detailed=detailed) for one in group_by_report(found)),
            make_totals_table(found, left_out),
            *rest,
        ],
        page=make_page,
        data=lambda: as_data(found, left_out),
    )


def group_by_report(found: Iterable[MeasuredState]) -> Iterator[tuple[Rebuilt, tuple[MeasuredState, ...]]]:
    """The reports in order, each with its states."""
    for _, states in groupby(found, lambda one: one.asked.rebuilt.name):
        group = tuple(states)
        yield group[0].asked.rebuilt, group


def make_report_table(rebuilt: Rebuilt, states: Sequence[MeasuredState], *, detailed: bool = False) -> Table:
    """A row a state; remarks below. With `detailed` it explains what the report is about and how it was rebuilt."""
    report = rebuilt.report
    lead = [report.title, report.address]
    if detailed:
        lead += [report.summary, *([f"As rebuilt: {report.notes}"] if report.notes else [])]
    shared = find_shared_versions(rebuilt)
    if shared:
        lead.append(f"All with {', '.join(list_versions(shared))}.")
    return Table(
        name=rebuilt.name,
        title=rebuilt.name,
        headers=("", "versions", "stated", "measured"),
        rows=tuple(
            (
                describe_agreement(one),
                describe_state_versions(rebuilt, one.asked.state),
                describe_statement(one.asked.state),
                one.judgement.measured,
            )
            for one in states
        ),
        lead="\n".join(lead),
        note="\n".join(make_remarks(rebuilt, states)),
        keys=3,
        prose=True,
    )


def make_whole_table(found: Sequence[MeasuredState]) -> Table:
    """All reports in one, for a page: each is a group, a remark stands with its measurement."""
    rows: list[Row] = []
    for rebuilt, states in group_by_report(found):
        shared = ", ".join(list_versions(find_shared_versions(rebuilt)))
        about = f"{rebuilt.name}: {rebuilt.report.title}\n{rebuilt.report.address}"
        rows.append((f"{about}\nall with {shared}" if shared else about,))
        for one in states:
            state = one.asked.state
            text = "\n".join(filter(None, (one.judgement.measured, make_remark(one))))
            rows.append(
                (describe_state_versions(rebuilt, state), describe_statement(state), text, describe_agreement(one))
            )
    return Table(
        name="reported",
        title="What public reports state, and what is measured",
        headers=("versions", "stated", "measured", ""),
        rows=tuple(rows),
        note=explain(found),
        prose=True,
    )


def make_totals_table(
    found: Sequence[MeasuredState], left_out: Sequence[NotRebuilt], *, legend_too: bool = True
) -> Table:
    """How many there are of each kind. `left_out` are those that are not rebuilt."""
    reports = len({one.asked.rebuilt.name for one in found})
    known = f" of {reports + len(left_out)} are rebuilt" if left_out else ""
    disagree = _select(found, ReportAgreement.DISAGREES)
    unexplained = [one for one in disagree if one.unexplained]
    rows = [
        ("reports", f"{reports}{known}"),
        ("show their error", _count_reproduced(found)),
        ("states", f"{len(found)}"),
        ("agree", _count_agreeing(found)),
        ("disagree, reason known", _format_counted([one for one in disagree if not one.unexplained])),
        ("disagree, reason not known", _format_counted(unexplained)),
        ("remarks out of date", _format_counted([one for one in found if one.out_of_date])),
        ("not measured here", _format_counted(_select(found, ReportAgreement.NOT_MEASURED))),
        ("could not be measured", _format_counted(_select(found, ReportAgreement.FAILED))),
    ]
    return Table(
        name="totals",
        title="Stated and measured",
        headers=("", ""),
        rows=tuple(rows),
        note=explain(found) if legend_too else "",
        prose=True,
    )


def make_left_out_table(left_out: Iterable[NotRebuilt]) -> Table:
    """The reports that are not rebuilt, with the reasons."""
    rows: list[Row] = []
    for one in left_out:
        rows += [(f"{one.name}: {one.title}",), ("address", one.address), ("reason", one.reason)]
    return Table(name="not_rebuilt", title="Not rebuilt", headers=("", ""), rows=tuple(rows), prose=True)


def find_shared_versions(rebuilt: Rebuilt) -> dict[str, str]:
    """What all states of a report have in common, of several states."""
    first, *others = (rebuilt.report.versions_of(state).items() for state in rebuilt.report.states)
    return {name: version for name, version in first if others and all((name, version) in one for one in others)}


def list_versions(versions: Mapping[str, str]) -> list[str]:
    """`Python 3.12`, `pytest-asyncio 1.4.0`, then the others by name."""
    ordered = sorted(versions, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return [f"{'Python' if name == 'python' else name} {versions[name]}" for name in ordered]


def describe_state_versions(rebuilt: Rebuilt, state: ReportedState) -> str:
    """What a state has for itself in its report, a line each: versions, and a variant of the suite."""
    shared = find_shared_versions(rebuilt)
    own = {name: version for name, version in rebuilt.report.versions_of(state).items() if name not in shared}
    variant = rebuilt.variant(state)
    lines = [*list_versions(own), *([f"suite {variant}"] if variant else [])]
    return "\n".join(lines) or "as reported"


def describe_statement(state: ReportedState) -> str:
    """`reproduces`, with a star where that is inferred, and below it the course of the tests if it is given."""
    star = INFERRED if state.exactness is Exactness.INFERRED else ""
    return "\n".join(filter(None, (f"{state.outcome.value}{star}", state.pattern)))


def describe_agreement(one: MeasuredState) -> str:
    """The judgement in few words."""
    return "DISAGREES,\nunexplained" if one.unexplained else _LABELS[one.judgement.agreement]


def make_remark(one: MeasuredState) -> str:
    """What was found out about a state; where that is missing or about something else, that it is."""
    state, file = one.asked.state, f"{one.asked.rebuilt.name}/report.toml"
    if one.unexplained and not one.out_of_date:
        return f"Which is right is not known: {file} has no remark on it."
    if one.unexplained:
        return f"Which is right is not known: the remark in {file} is about another measurement, {state.measured}"
    if one.out_of_date:
        return f"It agrees now; the remark in {file} is out of date. It is about another measurement, {state.measured}"
    return state.remark


def make_remarks(rebuilt: Rebuilt, states: Iterable[MeasuredState]) -> Iterator[str]:
    """A paragraph for each state with a remark."""
    for one in states:
        if text := make_remark(one):
            yield f"{describe_state_versions(rebuilt, one.asked.state)}: {text}".replace("\n", ", ")


def explain(found: Sequence[MeasuredState]) -> str:
    """What the signs in the tables mean."""
    states = [one.asked.state for one in found]
    lines = [make_legend({one.judgement.pattern for one in found} | {state.pattern for state in states})]
    if any(state.exactness is Exactness.INFERRED for state in states):
        lines.append(f"{INFERRED} Inferred: the report doesn't state it, but it follows from the report.")
    if any(one.asked.rebuilt.variant(one.asked.state) for one in found):
        lines.append("A suite with a name is another one of the same report, mostly its remedy.")
    return "\n".join(filter(None, lines))


def _select(found: Iterable[MeasuredState], agreement: ReportAgreement) -> list[MeasuredState]:
    return [one for one in found if one.judgement.agreement is agreement]


def _format_counted(some: Sequence[MeasuredState]) -> str:
    """`5: cpython-109538 (4), pa-38`."""
    times = Counter(one.asked.rebuilt.name for one in some)
    names = (f"{name} ({number})" if number > 1 else name for name, number in times.items())
    return f"{len(some)}: {', '.join(names)}" if some else "0"


def _count_agreeing(found: Iterable[MeasuredState]) -> str:
    """How many agree, stated ones and inferred ones apart."""
    counts: dict[Exactness, list[bool]] = {each: [] for each in Exactness}
    for one in found:
        if one.judgement.agreement in (ReportAgreement.AGREES, ReportAgreement.DISAGREES):
            counts[one.asked.state.exactness].append(one.judgement.agreement is ReportAgreement.AGREES)
    agreeing = sum(map(sum, counts.values()))
    parts = [f"{sum(agree)} of {len(agree)} that are {exactness}" for exactness, agree in counts.items() if agree]
    return f"{agreeing}: {', '.join(parts)}" if parts else "0"


def _count_reproduced(found: Iterable[MeasuredState]) -> str:
    """How many reports' errors were met, and whose were not."""
    met = {
        rebuilt.name: any(
            one.asked.state.outcome is Stated.REPRODUCES and one.judgement.agreement is ReportAgreement.AGREES
            for one in states
        )
        for rebuilt, states in group_by_report(found)
    }
    missing = [name for name, shown in met.items() if not shown]
    return f"{sum(met.values())} of {len(met)}" + (f", not {', '.join(missing)}" if missing else "")


def as_data(found: Sequence[MeasuredState], left_out: Sequence[NotRebuilt]) -> dict[str, Any]:
    """For programs: every report with its states, the totals, and what is not rebuilt."""
    agreements = [one.judgement.agreement for one in found]
    return {
        "reports": [
            {
                "name": rebuilt.name,
                **{key: getattr(rebuilt.report, key) for key in ("address", "title", "date", "summary", "notes")},
                "states": [_make_state_data(one) for one in states],
            }
            for rebuilt, states in group_by_report(found)
        ],
        "totals": {
            "states": len(found),
            **{each.value: agreements.count(each) for each in ReportAgreement},
            "unexplained": sum(one.unexplained for one in found),
            "remarks_out_of_date": sum(one.out_of_date for one in found),
        },
        "not_rebuilt": left_out,
    }


def _make_state_data(one: MeasuredState) -> dict[str, Any]:
    state = one.asked.state
    return {
        "suite": one.asked.suite,
        "versions": one.asked.rebuilt.report.versions_of(state),
        "stated": {"outcome": state.outcome, "exactness": state.exactness, "pattern": state.pattern},
        "measured": one.judgement.measured,
        "pattern": one.judgement.pattern,
        "agreement": one.judgement.agreement,
        "unexplained": one.unexplained,
        "remark": state.remark,
        "remarked_on": state.measured,
        "remark_out_of_date": one.out_of_date,
        "environment": one.environment,
        "evidence": one.evidence,
    }
