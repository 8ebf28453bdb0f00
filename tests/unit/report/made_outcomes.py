"""Data of a small page: the newer release of two, on two Pythons, and the older on one."""

from __future__ import annotations

from harness.catalogue.loading import load_catalogue
from harness.report.data import list_counting, list_gravity, make_axes
from harness.report.model import PageData, PageEnvironment, PageFinding, PageSignature, PageVerdict

CATALOGUE = load_catalogue()

CLEAN, CLOSED, LEAK, ABSENT = range(4)
VERDICTS = (
    PageVerdict(status="clean", label="clean", outcome=0),
    PageVerdict(
        status="reproduces",
        label="loop-closed←different-loop",
        outcome=1,
        body="reproduces",
        findings=(
            PageFinding(signature=0, channel="body", role="surface", text=0),
            PageFinding(signature=1, channel="body", role="root", text=1),
        ),
    ),
    PageVerdict(status="leaks", label="leaks connection", outcome=2, cleanup="leaks"),
    PageVerdict(status="not-applicable", label="n/a", outcome=3, body="not-applicable", cleanup="not-applicable"),
)
TEXTS = ("RuntimeError: Event loop is closed", "got Future <Future pending> attached to a different loop")
CELLS = ("default/function/async_fixture/aclose", "default/session/module_global/none", "suite:shop, or what (not)")


def make_data(
    cells: list[str] | tuple[str, ...] = CELLS, outcomes: tuple[tuple[int, ...], ...] | None = None
) -> PageData:
    """The data, with verdicts for each environment's cells: 1.4.1 and 1.5.0 on Python 3.13, 1.5.0 on 3.12."""
    places = [("1.4.1", "3.13"), ("1.5.0", "3.13"), ("1.5.0", "3.12")]
    return PageData(
        title="",
        made="",
        sources="",
        version="",
        axes=make_axes(CATALOGUE),
        cells=tuple(cells),
        tests=(),
        texts=TEXTS,
        environments=tuple(
            PageEnvironment(
                id=f"{plugin} {python}",
                heading=f"{plugin} py{python}",
                main=python == "3.13",
                dimensions={"pytest-asyncio": plugin, "python": python, "client": "valkey 6.2.0"},
            )
            for plugin, python in places
        ),
        signatures=tuple(
            PageSignature(name=name, title="", category="error", cause="", advice="", reference="")
            for name in ("loop-closed", "different-loop")
        ),
        verdicts=VERDICTS,
        outcomes=outcomes or tuple(tuple(CLEAN for _ in cells) for _ in places),
        samples={},
        unstable={},
        unanswered="Connection refused",
        client="valkey",
        arrow="",
        releases={},
        unresolvable=(),
        statuses={},
        gravity=list_gravity(),
        counting=list_counting(),
        commands={},
    )
