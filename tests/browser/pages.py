"""Pages for tests and measurements: of some real results, of very many made-up ones, and of hostile ones."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.report.data import make_page_data
from harness.report.measured import select_measured_outcomes
from harness.report.model import NOT_MEASURED
from harness.store.model import Results
from harness.store.reading import read_results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.model import PageData, PageEnvironment

Any_ = TypeVar("Any_")

BASELINE = Path(__file__).parents[2] / "results" / "baseline"
SOME = (
    "cpython-3.10_pytest-asyncio-1.5.0_valkey-6.1.1",
    "cpython-3.13_pytest-asyncio-0.21.2_valkey-6.2.0",
    "cpython-3.13_pytest-asyncio-0.26.0_valkey-6.2.0",
    "cpython-3.13_pytest-asyncio-1.0.0_valkey-6.2.0",
    "cpython-3.13_pytest-asyncio-1.4.1_valkey-6.2.0",
    "cpython-3.13_pytest-asyncio-1.5.0_valkey-6.2.0",
)
"""Environments of the baseline that are enough to see everything."""

EACH = 12
"""Of the baseline's cells, besides those of the profile `smoke`."""

MADE_UP = 28
"""Environments: with the cells of the profile `full` more than 500,000 outcomes."""


def read_some() -> Results:
    """Some cells of the baseline in some environments."""
    results = read_results(*(BASELINE / f"linux-x86_64_{name}.jsonl.gz" for name in SOME))
    assert not results.broken
    catalogue = load_catalogue()
    cells = sorted({one.cell for run in results.runs for one in run.outcomes})
    wanted = {*cells[::EACH], *(cell.id for cell in list_profile_cells(catalogue, load_profile("smoke")))}
    return Results(
        runs=tuple(
            msgspec.structs.replace(run, outcomes=tuple(one for one in run.outcomes if one.cell in wanted))
            for run in results.runs
        )
    )


def list_full_cells() -> list[str]:
    """The cells of the profile `full`, which is far more than the baseline has."""
    return sorted(cell.id for cell in list_profile_cells(load_catalogue(), load_profile("full")))


def make_data(results: Results) -> PageData:
    """What the page's views start from."""
    return make_page_data(select_measured_outcomes(results), load_catalogue(), title="Valkey loop matrix", sources="")


def multiply(data: PageData, cells: Sequence[str], number: int = MADE_UP) -> PageData:
    """More cells and environments with verdicts of the ones that there are. What was measured stays as it is."""
    draw = random.Random(13)  # noqa: S311
    known = {cell: place for place, cell in enumerate(data.cells)}
    sources = [(place, number) for number, place in enumerate(_repeat(len(data.environments), number))]
    columns = []
    for place, _ in sources:
        column = data.outcomes[place]
        measured = [one for one in column if one != NOT_MEASURED]
        columns.append(tuple(column[known[cell]] if cell in known else draw.choice(measured) for cell in cells))
    return msgspec.structs.replace(
        data,
        cells=tuple(cells),
        environments=tuple(_rename(data.environments[place], number) for place, number in sources),
        outcomes=tuple(columns),
        samples={},
        unstable={},
        steps=(),
    )


def _repeat(length: int, number: int) -> list[int]:
    return [place for place, _ in zip(itertools.cycle(range(length)), range(number), strict=False)]


def _rename(environment: PageEnvironment, number: int) -> PageEnvironment:
    plugin = f"{2 + number // 10}.{number % 10}.0"
    python = environment.dimensions["python"]
    return msgspec.structs.replace(
        environment,
        id=f"{environment.id}#{number}",
        heading=f"{plugin} py{python}",
        dimensions={**environment.dimensions, "pytest-asyncio": plugin},
    )


PAYLOADS = (
    '<img src="x" onerror="window.hacked=1">',
    "</script><script>window.hacked=1</script>",
    '"><svg onload=window.hacked=1>',
    "javascript:window.hacked=1",
    "' onmouseover='window.hacked=1' x='",
    "${window.hacked=1} {{7*7}}",
    "</style><style>*{display:none}</style>",
    "<!-- \u202egnihtyna\u202c \u0000 \u2028 &amp;lt;b&gt;",
    "__proto__",
    "constructor",
    "%00%zz../../?find=#/x",
    "x" * 2000,
)
"""What could do harm if it were taken for anything but text."""

LONG = 300
"""Letters that make a text wider than a screen."""

CLOSED = {
    "PageAxis.name",
    "PageAxis.default",
    "PageChange.kind",
    "PageData.axes",
    "PageData.unanswered",
    "PageEffect.counts",
    "PageEnvironment.dimensions",
    "PageFinding.channel",
    "PageFinding.role",
    "PageHabit.cell",
    "PageStep.dimension",
    "PageUnnamed.channel",
    "PageVerdict.body",
    "PageVerdict.cleanup",
    "PageVerdict.status",
}
"""Fields out of closed lists, which the command itself fills."""


def make_hostile(data: PageData) -> PageData:
    """Data of which each text from elsewhere, and many a one from here, is a payload."""
    numbers = itertools.count()
    hostile = infect(data, numbers)
    cells = list(data.cells)
    cells[-len(PAYLOADS) :] = [f"suite:{payload}" for payload in PAYLOADS]
    return msgspec.structs.replace(hostile, cells=tuple(cells), statuses=data.statuses, commands=data.commands)


def lengthen(value: Any_) -> Any_:
    """The same with each text too long for any screen and nothing in it to break a line at; versions, too."""
    if isinstance(value, msgspec.Struct):
        names = [name for name in value.__struct_fields__ if f"{type(value).__name__}.{name}" not in CLOSED]
        changed: Any = {name: lengthen(getattr(value, name)) for name in names}
        if "dimensions" in value.__struct_fields__:
            changed["dimensions"] = {name: lengthen(text) for name, text in value.dimensions.items()}  # type: ignore[attr-defined]
        return msgspec.structs.replace(value, **changed)
    if isinstance(value, str):
        return value + "x" * LONG if value else value  # type: ignore[return-value]
    if isinstance(value, tuple):
        return tuple(lengthen(one) for one in value)  # type: ignore[return-value]
    if isinstance(value, dict):
        return {key: lengthen(one) for key, one in value.items()}  # type: ignore[return-value]
    return value


def infect(value: Any_, numbers: itertools.count[int]) -> Any_:
    """The same with a payload in the place of each text, but for those out of closed lists."""
    if isinstance(value, msgspec.Struct):
        names = [name for name in value.__struct_fields__ if f"{type(value).__name__}.{name}" not in CLOSED]
        changed: Any = {name: infect(getattr(value, name), numbers) for name in names}
        return msgspec.structs.replace(value, **changed)
    if isinstance(value, str):
        number = next(numbers)
        return f"{PAYLOADS[number % len(PAYLOADS)]} {number}" if value else value  # type: ignore[return-value]
    if isinstance(value, tuple):
        return tuple(infect(one, numbers) for one in value)  # type: ignore[return-value]
    if isinstance(value, dict):
        return {key: infect(one, numbers) for key, one in value.items()}  # type: ignore[return-value]
    return value
