"""A real run with hostile cells among ordinary ones. The catalogue has none, so a copy of it gets an axis of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import ExitCode
from harness.launchers.fork import can_fork
from harness.sizes import format_size
from tests.integration.pipeline.essence import Essence, Identity, essence, identity
from tests.integration.pipeline.hostile_suites import FULL, HARMS, LIMIT, MEMORY, PLACES, fixture, function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.pipeline.conftest import Harness

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not can_fork(), reason="the harm is done by way of forks, signals and limits of POSIX"),
]

ROOT = Path(__file__).parents[3]
FEW = {
    "hangs_in_a_regular_expression": "test",
    "crashes": "fixture",
    "leaves_with_exit_code_0": "conftest",
    "prints_past_python": "fixture",
    "eats_memory_in_children_that_left": "test",
    "leaves_daemons_without_environment": "test",
    "deletes_its_folder": "test",
    "replaces_asyncio": "conftest",
    "writes_to_every_database": "test",
}
HOSTILE = [(name, place) for name in HARMS for place in PLACES] if FULL else list(FEW.items())
LAUNCHERS = ("spawn", "fork") if FULL else ("fork",)
PATIENCE = 3600.0 if FULL else 120.0
"""Seconds that only keep a broken test from waiting for ever."""

PLUGINS = "0.21.2,newest" if FULL else "1.0.0"
ORDINARY = (
    "default/function/module_global/none",
    "default/function/async_fixture/aclose",
    "default/function/async_fixture/flush_around",
    "default/function/shared_pool/aclose",
    "default/function/async_fixture/aclose@workload=pubsub",
)

AXIS = """
from harness.catalogue.value import Axis

AXIS = Axis(question="What harm does it do?", order=99, default="none", first=("none",))
"""

VALUE = """
from harness.catalogue.value import Value

VALUE = Value(meaning="made up", sources=("https://docs.pytest.org/",))


def build(draft):
    if {between!r}:
        draft.between = {between!r}
    if {conftest!r}:
        draft.conftest.add({conftest!r}, "import pytest")
"""


def value(name: str, place: str) -> str:
    """The text of a value of the axis."""
    does = function(HARMS[name])
    if place == "test":
        return VALUE.format(between=(*does.splitlines(), "harm()"), conftest="")
    if place == "conftest":
        return VALUE.format(between=(), conftest=does + "harm()")
    return VALUE.format(between=(), conftest=does + fixture(place).replace("session", "module', autouse='True"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the axis."""
    root = tmp_path_factory.mktemp("root")
    for folder in ("harness", "scenarios"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    axis = root / "scenarios" / "harm"
    axis.mkdir()
    (axis / "__init__.py").write_text(AXIS)
    (axis / "none.py").write_text(VALUE.format(between=(), conftest=""))
    for name, place in HOSTILE:
        (axis / f"{name}_in_{place}.py").write_text(value(name, place))
    return root


def cells() -> Iterator[str]:
    """Hostile ones and ordinary ones in turn."""
    for number, (name, place) in enumerate(HOSTILE):
        yield ORDINARY[number % len(ORDINARY)]
        yield f"default/function/async_fixture/aclose@harm={name}_in_{place}"


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_no_verdict_of_a_run_changes_for_the_hostile_cells_in_it(
    root: Path, launcher: str, python: str, tmp_path: Path, new_harness: Callable[[Path], Harness]
) -> None:
    options = ("--python", python, "--pytest-asyncio", PLUGINS, "--launcher", launcher, "--recheck", "0")
    limits = ("--jobs", "2", "--limit", str(LIMIT), "--memory", format_size(MEMORY))
    alone, among = (made(new_harness, tmp_path / name) for name in ("alone", "among"))

    undisturbed = ran(alone, root, *options, *named(ORDINARY))
    disturbed = ran(among, root, *options, *limits, *named(tuple(cells())))

    assert {one: found for one, found in disturbed.items() if "harm=" not in one.cell} == undisturbed
    for (name, place), met in hostile(disturbed):
        met_here = {signature for signature, _, _ in met.findings}
        assert HARMS[name].signatures <= met_here, (name, place, met)
        assert met.status != "infrastructure", (name, place, met)
    assert among.left() == []


def made(new_harness: Callable[[Path], Harness], folder: Path) -> Harness:
    folder.mkdir()
    return new_harness(folder)


def named(cells: tuple[str, ...]) -> list[str]:
    return [argument for cell in dict.fromkeys(cells) for argument in ("--cell", cell)]


def ran(harness: Harness, root: Path, *options: str) -> dict[Identity, Essence]:
    """What each cell of a run came to."""
    done = harness.run(*options, root=root, patience=PATIENCE)
    assert done.returncode == ExitCode.DONE, done.stderr
    return {identity(one): essence(one) for one in harness.outcomes()}


def hostile(outcomes: dict[Identity, Essence]) -> Iterator[tuple[tuple[str, str], Essence]]:
    for one, met in outcomes.items():
        if "harm=" in one.cell:
            name, _, place = one.cell.partition("harm=")[2].rpartition("_in_")
            yield (name, place), met
