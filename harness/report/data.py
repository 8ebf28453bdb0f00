"""From measured outcomes to the data of the page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.columns import version_order
from harness.analysis.label import ARROW
from harness.catalogue.highlights import load_highlights
from harness.catalogue.unstable import find_why_unstable
from harness.compare.categories import GRAVITY
from harness.environments.identity import PLUGIN
from harness.environments.releases import load_releases
from harness.errors import UnknownNameError
from harness.explain.unanswered import REFUSED
from harness.invocation import command_line
from harness.output.text import one_line
from harness.packages import CLIENTS, DEFAULT_CLIENT
from harness.report.advice import MEANINGS, make_advice
from harness.report.matches import list_page_matches
from harness.report.model import (
    NOT_MEASURED,
    PageAxis,
    PageData,
    PageEnvironment,
    PageHabit,
    PageSignature,
    PageSuite,
    PageUnresolvable,
    PageValue,
)
from harness.report.steps import PYTEST, make_steps
from harness.report.verdicts import LONGEST, VerdictTable, mask
from harness.verdicts.same_outcome import COUNTING
from harness.verdicts.signatures import load_categories, load_signatures
from harness.version import read_version

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from harness.analysis.columns import Column
    from harness.catalogue.catalogue import Catalogue
    from harness.environments.model import Environment
    from harness.knowledge.outcomes import Outcomes
    from harness.report.measured import Measured
    from harness.store.model import Header, Results

_DIGEST = re.compile(r" packages [0-9a-f]{6}$")

STATUSES = {
    "clean": "All tests pass, and nothing is left.",
    "warns": "All tests pass, but a warning says that it will break.",
    "leaks": "All tests pass, but a connection, key, task or loop is left.",
    "reproduces": "A test or its cleanup meets an error that has a name.",
    "fails": "A test or its cleanup meets an error that has no name yet.",
    "not-applicable": "It can't be written down for these versions.",
    "infrastructure": "Not measured: the server or the machine failed.",
    "unresolvable": "These versions can't be installed together.",
}
"""What each status means, in a few words."""


def make_page_data(
    measured: Measured,
    catalogue: Catalogue,
    *,
    title: str,
    sources: str,
    outcomes: Outcomes | None = None,
    suites: tuple[PageSuite, ...] = (),
    unresolvable: tuple[PageUnresolvable, ...] = (),
) -> PageData:
    """All that the page's views start from. Without the index of `outcomes`, what advice does is left out."""
    signatures = make_signatures()
    table = VerdictTable(signatures, load_categories())
    names = {one.name: number for number, one in enumerate(signatures)}
    columns, samples = _make_columns(measured, table)
    unstable = find_why_unstable(catalogue)
    return PageData(
        title=title,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        sources=sources,
        version=read_version(),
        axes=make_axes(catalogue),
        cells=measured.cells,
        tests=table.tests,
        texts=table.texts,
        environments=tuple(
            msgspec.structs.replace(
                _make_environment(column, header, names, heading=heading, own=place in measured.own),
                unusable=place in measured.unusable,
            )
            for place, (column, header, heading) in enumerate(
                zip(measured.columns, measured.headers, name_columns(measured.columns, measured.own), strict=True)
            )
        ),
        signatures=signatures,
        verdicts=table.verdicts,
        outcomes=columns,
        samples=samples,
        unstable={number: why for number, cell in enumerate(measured.cells) if (why := unstable(cell))},
        statuses=STATUSES,
        client=DEFAULT_CLIENT,
        arrow=ARROW,
        releases=list_releases(measured),
        unresolvable=unresolvable,
        gravity=list_gravity(),
        counting=list_counting(),
        commands=make_commands(),
        unanswered=REFUSED.pattern,
        habits=tuple(PageHabit(title=one.title, cell=one.cell) for one in load_highlights()),
        advice=make_advice(outcomes, catalogue) if outcomes else (),
        meanings={verdict.value: meaning for verdict, meaning in MEANINGS.items()},
        steps=make_steps(measured, catalogue, table.number),
        suites=suites,
    )


def name_columns(columns: Sequence[Column], own: Collection[int]) -> tuple[str, ...]:
    """A heading for each. A digest of packages means nothing to a reader: one's own run is called that, if it can be.

    `own` are the places of the runs of one's own.
    """
    names = [_DIGEST.sub(" your run" if place in own else "", column.short) for place, column in enumerate(columns)]
    return tuple(name if names.count(name) == 1 else column.short for name, column in zip(names, columns, strict=True))


def _make_columns(
    measured: Measured, table: VerdictTable
) -> tuple[tuple[tuple[int, ...], ...], dict[int, dict[int, tuple[int, ...]]]]:
    """The verdicts of each environment by cell, and all of them where repeated runs differ."""
    columns: list[tuple[int, ...]] = []
    samples: dict[int, dict[int, tuple[int, ...]]] = {}
    for place, found in enumerate(measured.outcomes):
        column: list[int] = []
        for number, cell in enumerate(measured.cells):
            numbers = tuple(table.number(one.verdict) for one in found.get(cell, ()))
            column.append(numbers[0] if numbers else NOT_MEASURED)
            if len(set(numbers)) > 1:
                samples.setdefault(place, {})[number] = numbers
        columns.append(tuple(column))
    return tuple(columns), samples


def list_gravity() -> dict[str, int]:
    """How grave each status is for `compare`."""
    return {status.value: gravity for status, gravity in GRAVITY.items()}


def list_counting() -> dict[str, tuple[str, ...]]:
    """The categories of signatures that each status stands for."""
    return {status.value: tuple(sorted(categories)) for status, categories in COUNTING.items()}


def make_signatures() -> tuple[PageSignature, ...]:
    """All that there are: a name in the address of a view must not depend on what was met."""
    return tuple(
        PageSignature(
            name=one.name,
            title=one.title,
            category=one.category.value,
            cause=one.cause,
            advice=one.advice,
            reference=one.reference,
            matches=list_page_matches(one),
        )
        for one in load_signatures()
    )


def make_axes(catalogue: Catalogue) -> tuple[PageAxis, ...]:
    """The catalogue's axes with what their values mean."""
    return tuple(
        PageAxis(
            name=axis.name,
            question=axis.axis.question,
            core=axis.axis.core,
            default=axis.default,
            values=tuple(
                PageValue(
                    name=name,
                    meaning=value.value.meaning,
                    words=axis.axis.clause.format(value.value.phrase or name) if axis.axis.clause else "",
                )
                for name, value in axis.values.items()
            ),
        )
        for axis in catalogue.axes.values()
    )


def _make_environment(
    column: Column, header: Header, names: dict[str, int], *, heading: str, own: bool
) -> PageEnvironment:
    environment = column.environment
    server = header.server
    return PageEnvironment(
        id=environment.id,
        heading=heading,
        main=column.main,
        dimensions=list_dimensions(environment),
        released=_find_release_day(environment.plugin),
        freeze=environment.freeze,
        server=str(server) if server else "",
        machine=f"{header.machine.system}, {header.machine.architecture}, {header.machine.cores} cores",
        run=header.run,
        own=own,
        findings=tuple(
            (names[one.signature], mask(one.sample)) for one in header.environment_findings if one.signature in names
        ),
    )


def list_dimensions(environment: Environment) -> dict[str, str]:
    """What environments differ in, as one asks for it."""
    return {
        PLUGIN: environment.plugin,
        "python": environment.python_minor,
        "pytest": environment.pytest,
        "client": environment.client_name,
        "platform": environment.platform,
    }


def list_releases(measured: Measured) -> dict[str, dict[str, tuple[str, ...]]]:
    """Of each package that environments differ in the releases that each of their Pythons can have, and what ran."""
    known = load_releases()
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for package in (PLUGIN, PYTEST, *CLIENTS):
        ran: dict[str, set[str]] = {}
        for one in measured.environments:
            if package in one.installed:
                ran.setdefault(one.python_minor, set()).add(one.installed[package])
        for python, versions in ran.items():
            there = {one.version for one in known.versions(package, python=python)}
            found.setdefault(package, {})[python] = tuple(sorted(there | versions, key=version_order))
    return found


def list_unresolvable(results: Results) -> tuple[PageUnresolvable, ...]:
    """What could not be installed, each once; the newest run says why."""
    found = {
        run.header.environment_id: PageUnresolvable(
            id=run.header.environment_id, reason=one_line(run.outcomes[0].verdict.reason, LONGEST), run=run.header.run
        )
        for run in sorted(results.runs, key=lambda run: run.header.run)
        if run.header.environment is None and run.outcomes
    }
    return tuple(found[name] for name in sorted(found))


def _find_release_day(version: str) -> str:
    try:
        return load_releases().get(PLUGIN, version).uploaded.date().isoformat()
    except UnknownNameError:
        return ""


def make_commands() -> dict[str, str]:
    """What to type to go on. Names in braces, such as {cell} and {before}, stand for what is shown."""
    return {
        "run": command_line("matrix", "--cell {cell} --pytest-asyncio {plugin} --python {python}"),
        "repro": command_line("repro", "--cell {cell} --pytest-asyncio {plugin} --python {python}"),
        "explain": command_line("explain", "{cell} --pytest-asyncio {plugin} --python {python}"),
        "advice": command_line("advice", "{name}"),
        "compare": command_line("compare", "{before} {after}"),
        "report": command_line("report"),
        "cure": command_line("cure", "{cell} --pytest-asyncio {plugin} --python {python}"),
        "signature": command_line("explain", "{signature}"),
        "diagnose": command_line("diagnose", "{suite} --run --pytest-asyncio {plugin} --python {python}"),
        "cureSuite": command_line("cure", "--suite {suite} --pytest-asyncio {plugin} --python {python}"),
        "ownCure": command_line("cure", "--suite tests"),
        "ownRun": command_line("diagnose", "--run"),
        "ownMatrix": command_line("matrix", "--suite DIR"),
        "againSuite": command_line("matrix", "--suite {suite} --pytest-asyncio {plugin} --python {python} --fresh"),
        "matrixSuite": command_line("matrix", "--suite {suite} --profile standard"),
    }
