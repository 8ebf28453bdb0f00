"""Stated against measured as text, Markdown and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from harness.output.table import WIDTH, as_markdown, as_text
from harness.reported.judging import ReportAgreement
from harness.reported.tables import by_report, left_out_table, report_table, totals_table, whole_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.reported.measuring import MeasuredState
    from harness.reported.report import NotRebuilt


def as_format(
    name: str,
    found: Sequence[MeasuredState],
    left_out: Sequence[NotRebuilt],
    *,
    detailed: bool = False,
    width: int = WIDTH,
) -> str:
    """One of `harness.cli.options.REPORT_FORMATS`, without a line end.

    For text, `width` is a terminal's, and `detailed` tells what each report is about.
    """
    match name:
        case "text":
            tables = [report_table(*one, detailed=detailed) for one in by_report(found)]
            tables += [totals_table(found, left_out), *([left_out_table(left_out)] if left_out else [])]
            return "\n\n".join(as_text(table, width) for table in tables).rstrip()
        case "markdown":
            tables = [whole_table(found), totals_table(found, left_out, legend_too=False)]
            tables += [left_out_table(left_out)] if left_out else []
            return "\n".join(as_markdown(table, padded=False) for table in tables).rstrip()
        case "json":
            return msgspec.json.format(msgspec.json.encode(as_data(found, left_out))).decode()
        case _:
            raise AssertionError(name)


def as_data(found: Sequence[MeasuredState], left_out: Sequence[NotRebuilt]) -> dict[str, Any]:
    """For programs: every report with its states, the totals, and what is not rebuilt."""
    agreements = [one.judgement.agreement for one in found]
    return {
        "reports": [
            {
                "name": rebuilt.name,
                **{key: getattr(rebuilt.report, key) for key in ("address", "title", "date", "summary", "notes")},
                "states": [_state_data(one) for one in states],
            }
            for rebuilt, states in by_report(found)
        ],
        "totals": {
            "states": len(found),
            **{each.value: agreements.count(each) for each in ReportAgreement},
            "unexplained": sum(one.unexplained for one in found),
            "remarks_out_of_date": sum(one.out_of_date for one in found),
        },
        "not_rebuilt": left_out,
    }


def _state_data(one: MeasuredState) -> dict[str, Any]:
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
