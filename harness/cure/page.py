"""What a search for cures found, as Markdown for the summary of a job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.cure.output import (
    describe_answer,
    describe_baselines,
    describe_change,
    describe_elsewhere,
    describe_proof,
    describe_trap,
    find_status,
    list_failed,
)
from harness.escaping import escape_controls
from harness.output.fitting import Section, escape_prose, fit_lines, fold_rows, make_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.cure.report import SuiteReport
    from harness.cure.search import Attempt

_REST = "`--json` has all"


def make_cure_page(report: SuiteReport, room: int) -> str:
    """The answer, each cure with its diff and its proof, and what didn't help: at most so many bytes."""
    return fit_lines(list(_make_sections(report)), room)


def _make_sections(report: SuiteReport) -> Iterator[Section]:
    sign = "✅" if find_status(report) in ("cured", "clean") else "❌"
    facts = "".join(f"- {escape_prose(line)}\n" for line in describe_baselines(report))
    yield Section(head=f"### {sign} {escape_prose(describe_answer(report))}\n\n{facts}")
    for number, cure in enumerate(report.findings.cures, 1):
        yield _make_cure(report, cure, number)
    failed = list_failed(report)
    if failed:
        rows = [make_row([describe_change(one), one.judgement.reason]) for one in failed]
        yield fold_rows("change", rows, ("change", "why it is no cure"), "that did not cure it", rest=_REST)


def _make_cure(report: SuiteReport, cure: Attempt, number: int) -> Section:
    """No line of the diff can end the block that it stands in."""
    patch = cure.variant.patch
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", patch))])
    proof = [*filter(None, (describe_proof(report, cure), describe_trap(report, cure)))]
    proof += [
        f"On pytest-asyncio {one.version}: {describe_elsewhere(one)}."
        for one in report.elsewhere.get(cure.variant.name, ())
    ]
    title = f"**{number}. {escape_prose(describe_change(cure))}**"
    ending = "".join(f"\n{escape_prose(line)}\n" for line in proof)
    if not patch:
        return Section(head=f"\n{title}\n{ending}")
    lines = [f"{_escape_line(line)}\n" for line in patch.splitlines()]
    return Section(head=f"\n{title}\n\n{fence}diff\n", lines=lines, noun="line", tail=f"{fence}\n{ending}", rest=_REST)


def _escape_line(line: str) -> str:
    return "\t".join(map(escape_controls, line.split("\t")))
