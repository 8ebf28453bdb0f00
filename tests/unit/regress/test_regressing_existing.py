"""`regress --environment`: with what of a baseline an environment that is there, or a copy of it, is compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.environments.model import ExistingEnvironment, ExistingPackage, Interpreter
from harness.errors import NothingSelectedError
from harness.planning import existing
from harness.regress.versions import RequestedVersions
from tests.unit.regress.made_up_regress import CELL
from tests.unit.regress.test_regressing_planning import here, planned
from tests.unit.store.made_up_results import CLEAN, run_of

PLACE = Path("/project/.venv")
OURS = run_of({CELL: CLEAN}, here("1.0.0"))
THERE = run_of({CELL: CLEAN}, here("0.26.0", more="/environment-0a1b2c3d"))


@pytest.fixture(autouse=True)
def _there(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = {"pytest": "8.4.2", "pytest-asyncio": "1.0.0", "valkey": "6.2.0"}
    found = ExistingEnvironment(
        interpreter=Interpreter(version="3.13.0", executable="/project/.venv/bin/python"),
        packages=tuple(
            ExistingPackage(name=name, version=version, place="", local=False, requires=())
            for name, version in installed.items()
        ),
        sites=(),
        sources=(),
    )
    monkeypatch.setattr(existing, "read_existing", lambda _: found)


def test_it_is_compared_with_what_was_measured_in_an_environment_that_was_there() -> None:
    plan = planned(OURS, THERE, environment=PLACE)
    assert [(one.before.id, one.request.copied) for one in plan.again] == [
        (here("0.26.0", more="/environment-0a1b2c3d").id, False)
    ]


def test_a_copy_is_compared_with_it_too() -> None:
    named = RequestedVersions(pytest_asyncio_versions=("1.1.0",))
    (again,) = planned(OURS, THERE, asked=named, environment=PLACE, pytest_asyncio_versions=["1.1.0"]).again
    assert (again.before.plugin, again.request.plugin, again.request.copied) == ("0.26.0", "1.1.0", True)


def test_without_any_it_is_compared_with_what_is_nearest() -> None:
    (again,) = planned(OURS, run_of({CELL: CLEAN}, here("0.24.0")), environment=PLACE).again
    assert again.before.plugin == "1.0.0"


def test_what_was_measured_in_one_is_not_made_again_without_it() -> None:
    assert any("name that environment with --environment" in note for note in planned(OURS, THERE).notes)
    with pytest.raises(NothingSelectedError) as caught:
        planned(THERE)
    assert "--environment" in caught.value.remedy
