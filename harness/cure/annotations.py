"""What a search for cures found, as annotations: of tests that fail, and of lines that a cure changes."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from harness.cure.output import describe_answer, describe_change, describe_proof, find_status
from harness.cure.patches import list_changed
from harness.output.annotations import Annotation, AnnotationLevel
from harness.output.text import one_line
from harness.suites.suite import PREFIX
from harness.suites.test_lines import find_test_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.cure.report import SuiteReport
    from harness.cure.search import Attempt

_LONGEST = 200


def annotate_cures(report: SuiteReport, folder: Path) -> Iterator[Annotation]:
    """The answer, each test that fails, and each file that a cure changes. The suite's files are in `folder`."""
    healthy = find_status(report) in ("cured", "clean")
    yield Annotation(
        level=AnnotationLevel.NOTICE if healthy else AnnotationLevel.ERROR,
        title=f"cure {report.suite.removeprefix(PREFIX)}",
        message=describe_answer(report),
    )
    level = AnnotationLevel.WARNING if healthy else AnnotationLevel.ERROR
    for test, text in _list_failing(report).items():
        found = find_test_line(report.content, test)
        yield Annotation(
            level=level,
            title=one_line(test, _LONGEST),
            message=one_line(text, _LONGEST),
            file=folder / found[0] if found else None,
            line=found[1] if found else 0,
        )
    for number, cure in enumerate(report.findings.cures, 1):
        for file, line in list_changed_places(report, cure):
            title = f"cure {number}: {describe_change(cure)}"
            yield Annotation(
                level=AnnotationLevel.NOTICE,
                title=title,
                message=describe_proof(report, cure),
                file=folder / file if (folder / file).is_file() else None,
                line=line,
            )


def _list_failing(report: SuiteReport) -> dict[str, str]:
    """What becomes of each test that fails."""
    seen = (
        (test, one.text)
        for base in report.baselines.values()
        for run in base.runs
        for test, one in run.tests.items()
        if one.errors or one.fails
    )
    return dict(seen)


def list_changed_places(report: SuiteReport, cure: Attempt) -> Iterator[tuple[str, int]]:
    """Each file that a cure changes, with the first line that it changes or adds something before; 0 in a new file."""
    before, after = report.content, cure.variant.content
    for path in list_changed(before, after):
        old, new = (content.get(path, b"").splitlines(keepends=True) for content in (before, after))
        blocks = SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
        start = next(start for kind, start, *_ in blocks if kind != "equal")
        yield path, min(start + 1, len(old)) if path in before else 0
