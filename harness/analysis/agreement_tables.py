"""What `control` and `backends` print about cells that were run more than once, and the same as data."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from harness.analysis.agreement import DIFFERING, AgreementStatus, group_by_part
from harness.analysis.columns import make_short_names
from harness.analysis.label import label
from harness.output.table import Row, Table
from harness.output.text import count, one_line, show_number
from harness.verdicts.same_outcome import select_counting_findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.analysis.agreement import CellAgreement, EnvironmentAgreement
    from harness.verdicts.model import Verdict
    from harness.verdicts.rates import Rate
    from harness.verdicts.signatures import SignatureCategory

    Categories = Mapping[str, SignatureCategory]

_LONGEST = 160
_UNLIKE = (
    "The warnings common to all cells of {} are not the same in all runs, so verdicts there can't be compared well."
)


def format_share(found: Rate) -> str:
    """`0.3 % (0.1–1.7 %)`; nothing is known of no cells."""
    if not found.of:
        return "–"
    return f"{100 * found.met / found.of:.1f} % ({100 * found.low:.1f}–{100 * found.high:.1f} %)"


COUNTED = ("agree", "differ", "known\nunstable", "only evidence\ndiffers", "n/a", "not\nmeasured")
"""Columns that `format_counts` fills."""


def format_counts(agreements: Sequence[EnvironmentAgreement]) -> Row:
    """How many cells agree, differ, and can't be compared."""
    standing = Counter(one.standing for agreement in agreements for one in agreement.compared)
    found = (
        standing[AgreementStatus.SAME] + standing[AgreementStatus.EVIDENCE_DIFFERS],
        standing[AgreementStatus.DIFFERS],
        standing[AgreementStatus.KNOWN_UNSTABLE],
        standing[AgreementStatus.EVIDENCE_DIFFERS],
        standing[AgreementStatus.NOT_RUN],
        standing[AgreementStatus.NOT_MEASURED],
    )
    return tuple(map(show_number, found))


def describe_unlike_warnings(agreements: Sequence[EnvironmentAgreement]) -> str:
    """Names the environments in which the sides have different warnings common to all cells; empty if there is none."""
    names = [one_line(one.environment_id) for one in agreements if not one.same_warnings]
    return _UNLIKE.format(" and ".join(names)) if names else ""


def make_differing_table(
    agreements: Sequence[EnvironmentAgreement], names: Sequence[str], categories: Categories, *, title: str
) -> Table | None:
    """Every cell whose verdicts differ, with what differs; None if there is none. `names` are the sides'."""
    short = make_short_names((one.environment_id, one.environment) for one in agreements)
    rows: list[Row] = []
    for agreement in agreements:
        for one in agreement.of(*DIFFERING):
            rows.append((f"{one_line(one.cell)} on {short[agreement.environment_id]}",))
            rows += _make_rows(one, names, categories)
    if not rows:
        return None
    return Table(name="differing", title=title, headers=("", ""), rows=tuple(rows), prose=True)


def make_evidence_table(agreements: Sequence[EnvironmentAgreement], *, title: str) -> Table | None:
    """Where the evidence of cells differs whose verdicts agree: parts of it, those of most cells first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for agreement in agreements:
        for one in agreement.of(AgreementStatus.EVIDENCE_DIFFERS):
            for part, places in group_by_part(one.places).items():
                found.setdefault(part, []).append((one.cell, places[0]))
    if not found:
        return None
    rows: list[Row] = []
    for part, met in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        rows.append((f"{part}: {count(len(met), 'cell')}",))
        rows.append(("such as", one_line(met[0][0])))
        rows.append(("", one_line(met[0][1], _LONGEST)))
    return Table(name="evidence", title=title, headers=("", ""), rows=tuple(rows), prose=True)


def as_json(agreements: Sequence[EnvironmentAgreement], names: Sequence[str]) -> list[dict[str, Any]]:
    """For `--json`: one entry an environment."""
    return [
        {
            "environment": one.environment_id,
            "cells": one.measured,
            **{standing.name.lower(): len(one.of(standing)) for standing in AgreementStatus},
            "noise": one.noise,
            "same_warnings": one.same_warnings,
            "differing": [_make_data(each, names) for each in one.of(*DIFFERING)],
            "not_measured_cells": [each.cell for each in one.of(AgreementStatus.NOT_MEASURED)],
            "evidence_differing": [
                {"cell": each.cell, "places": each.places} for each in one.of(AgreementStatus.EVIDENCE_DIFFERS)
            ],
        }
        for one in agreements
    ]


def _make_data(one: CellAgreement, names: Sequence[str]) -> dict[str, Any]:
    return {
        "cell": one.cell,
        "verdicts": dict(zip(names, one.verdicts, strict=True)),
        "reason": one.reason,
        "places": one.places,
    }


def _make_rows(one: CellAgreement, names: Sequence[str], categories: Categories) -> list[Row]:
    """Each outcome and who has it, what only some found, where the evidence differs, and why it may."""
    rows: list[Row] = []
    outcomes = [_describe(verdict, categories) for verdict in one.verdicts]
    for text, times in Counter(outcomes).most_common():
        who = ", ".join(name for name, each in zip(names, outcomes, strict=True) if each == text)
        rows.append((f"{times}/{len(outcomes)}  {who}", text))
    rows += [("", f"{who}: {detail}") for detail, who in _list_partly_found(one.verdicts, names, categories)]
    for part, places in group_by_part(one.places).items():
        rows.append((f"{part}: {count(len(places), 'place')}", one_line(places[0], _LONGEST)))
    return rows + ([("known unstable", one.reason)] if one.reason else [])


def _describe(verdict: Verdict | None, categories: Categories) -> str:
    if verdict is None:
        return "no outcome"
    return one_line(f"{label(verdict, categories)}  {verdict.pattern}  {verdict.reason}".strip())


def _list_partly_found(
    verdicts: Sequence[Verdict | None], names: Sequence[str], categories: Categories
) -> list[tuple[str, str]]:
    """(what is found, by whom) for all that some find and others don't."""
    found: dict[str, list[str]] = {}
    for name, verdict in zip(names, verdicts, strict=True):
        for detail in _list_details(verdict, categories) if verdict is not None else ():
            found.setdefault(detail, []).append(name)
    return [(detail, "only " + ", ".join(who)) for detail, who in found.items() if len(who) < len(verdicts)]


def _list_details(verdict: Verdict, categories: Categories) -> Iterable[str]:
    for one in select_counting_findings(verdict, categories):
        where = f" in {', '.join(one.tests)}" if one.tests else ""
        yield one_line(f"{one.signature} ({one.channel}, {one.role}){where}", _LONGEST)
    for error in verdict.unnamed:
        yield one_line(f"unnamed {error.type} ({error.channel}) {error.test}", _LONGEST)
