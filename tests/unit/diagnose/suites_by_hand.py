"""Small suites, and what was measured of cells that are like them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.loading import load_catalogue
from harness.cli.options import DiagnoseOptions
from harness.diagnose.diagnosing import diagnose
from harness.knowledge.outcomes import Outcomes
from harness.packages import DEFAULT_CLIENT
from harness.paths import find_baseline
from harness.store.model import Results
from harness.suites.conditions import Conditions
from harness.suites.suite import load_suites

if TYPE_CHECKING:
    from harness.diagnose.diagnosis import Diagnosis

NO_RESULTS = Path("there-is-no-such-folder")

SESSION_WIDE = {
    "conftest.py": """\
import pytest_asyncio
from valkey.asyncio import Valkey

@pytest_asyncio.fixture(scope="session")
async def cache():
    client = Valkey.from_url("valkey://localhost")
    await client.ping()
    yield client
    await client.aclose()
""",
    "test_it.py": """\
import pytest

@pytest.mark.asyncio
async def test_one(cache):
    await cache.set("a", 1)

@pytest.mark.asyncio
async def test_two(cache):
    await cache.set("a", 1)
""",
}
"""A client for the whole session, and tests that have a loop each."""


def write(folder: Path, files: dict[str, str]) -> Path:
    """A suite in a folder of its own."""
    for name, text in {"pytest.ini": "[pytest]\n", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def look_at(folder: Path, *versions: str) -> Diagnosis:
    """The diagnosis by the committed baseline. `versions` of pytest-asyncio are named, the suite's own first."""
    options = DiagnoseOptions(
        suites=(str(folder),), pytest_asyncio_versions=versions, python_versions=("3.13",), results=NO_RESULTS
    )
    (suite,) = load_suites(options.suites, Conditions())
    return diagnose(suite, options, load_catalogue(), read_baseline())


@cache
def read_baseline() -> Outcomes:
    """The committed results."""
    return Outcomes.read(NO_RESULTS, find_baseline())


def measure_one(plugin: str, python: str, *, pytest: str, client: str = DEFAULT_CLIENT) -> Outcomes:
    """The committed results, and one cell that was measured with another pytest too."""
    there = read_baseline().results.runs
    run, known = next(
        (one, environment)
        for one in there
        if (environment := one.header.environment) is not None
        and (environment.plugin, environment.python_minor) == (plugin, python)
    )
    environment = msgspec.structs.replace(known, digest="own", pytest=pytest, client=client)
    environment = msgspec.structs.replace(environment, id=f"{environment.id}/pytest-{pytest}")
    header = msgspec.structs.replace(run.header, environment=environment, environment_id=environment.id)
    own = msgspec.structs.replace(run, header=header, outcomes=run.outcomes[:1])
    return Outcomes(Results(runs=(*there, own)))
