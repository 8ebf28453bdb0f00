"""`--environment`: the one environment as it is, or its copies with the versions that are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.bisect.candidates import list_candidates
from harness.cli.options import BisectOptions, CompareOptions, MatrixOptions
from harness.compare.planning import narrow_options
from harness.compare.sides import read_versions
from harness.environments.model import (
    EnvironmentRequest,
    ExistingEnvironment,
    ExistingPackage,
    Interpreter,
)
from harness.environments.releases import load_releases
from harness.errors import UsageError
from harness.planning import existing
from harness.planning.environments import plan_requests

RELEASES = load_releases()
INTERPRETERS = tuple(
    Interpreter(version=version, executable=f"/pythons/{version}") for version in ("3.9.18", "3.12.1", "3.13.0")
)
PLACE = Path("/project/.venv")
THERE = {"pytest": "8.3.4", "pytest-asyncio": "0.24.0", "valkey": "6.1.0", "redis": "5.2.0"}


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What is installed in the environment; a test may change it."""
    packages = dict(THERE)

    def read(path: Path) -> ExistingEnvironment:
        assert path == PLACE
        return ExistingEnvironment(
            interpreter=Interpreter(version="3.12.1", executable="/project/.venv/bin/python"),
            packages=tuple(
                ExistingPackage(name=name, version=version, place="", local=False, requires=())
                for name, version in sorted(packages.items())
            ),
            sites=(),
            sources=(),
        )

    monkeypatch.setattr(existing, "read_existing", read)
    return packages


def requests(**options: object) -> tuple[EnvironmentRequest, ...]:
    asked = MatrixOptions(environment=PLACE, **options)  # type: ignore[arg-type]
    return plan_requests(asked, INTERPRETERS, RELEASES)


def test_without_versions_it_is_the_environment_as_it_is(there: dict[str, str]) -> None:
    (request,) = requests()
    assert (request.copied, request.python, request.plugin) == (False, "3.12", "0.24.0")
    assert (request.client, request.client_version, request.pytest) == ("valkey", "6.1.0", None)


def test_with_versions_there_is_a_copy_for_each_combination(there: dict[str, str]) -> None:
    found = requests(pytest_asyncio_versions=("0.26.0", "newest"), python_versions=("3.9", "3.12"))
    newest = RELEASES.newest("pytest-asyncio", python="3.9"), RELEASES.newest("pytest-asyncio", python="3.12")
    versions = [release.version for release in newest if release]
    assert [(one.python, one.plugin) for one in found] == [
        ("3.9", "0.26.0"),
        ("3.9", versions[0]),
        ("3.12", "0.26.0"),
        ("3.12", versions[1]),
    ]
    assert all(one.copied and one.client_version == "6.1.0" and one.pytest is None for one in found)


def test_the_client_is_what_is_there(there: dict[str, str]) -> None:
    del there["valkey"]
    assert [(one.client, one.client_version) for one in requests()] == [("redis", "5.2.0")]
    del there["redis"], there["pytest-asyncio"]
    assert [(one.client, one.client_version, one.plugin) for one in requests()] == [("none", "none", "none")]


def test_where_both_clients_are_there_the_option_decides(there: dict[str, str]) -> None:
    assert [one.client for one in requests(client="redis")] == ["redis"]
    assert [(one.client, one.client_version) for one in requests(redis_versions=("5.0.0",))] == [("redis", "5.0.0")]


def test_a_client_that_is_not_there_is_refused(there: dict[str, str]) -> None:
    del there["redis"]
    with pytest.raises(UsageError, match=r"There is no redis in /project/\.venv"):
        requests(client="redis")


def test_a_pytest_that_is_too_old_is_refused_unless_a_copy_has_another(there: dict[str, str]) -> None:
    there["pytest"] = "5.4.3"
    with pytest.raises(UsageError, match=r"pytest 5\.4\.3 is in /project/\.venv; 6\.1 is the oldest"):
        requests()
    assert [one.pytest for one in requests(pytest_versions=("7.4.4",))] == ["7.4.4"]


def test_files_of_requirements_are_not_read_for_it(there: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="--requirements doesn't go with --environment"):
        requests(requirements=("requirements.txt",))


def test_a_side_of_a_comparison_leaves_what_it_does_not_name_as_it_is(there: dict[str, str]) -> None:
    options = CompareOptions("valkey=6.0.2", "valkey=6.1.0", suites=("tests",), environment=PLACE)
    for version in ("6.0.2", "6.1.0"):
        narrowed = narrow_options(options, read_versions(f"valkey={version}"))
        (request,) = plan_requests(narrowed, INTERPRETERS, RELEASES)
        assert (request.copied, request.client_version, request.plugin) == (True, version, "0.24.0")


def candidates(**options: object) -> list[EnvironmentRequest]:
    asked = BisectOptions(environment=PLACE, **options)  # type: ignore[arg-type]
    return [each.request for each in list_candidates(asked, INTERPRETERS, RELEASES)]


def test_every_candidate_of_a_bisection_is_a_copy(there: dict[str, str]) -> None:
    found = candidates(over="redis", start="5.0.0", end="5.0.2")
    assert [one.client_version for one in found] == ["5.0.0", "5.0.1", "5.0.2"]
    assert all(one.copied and one.plugin == "0.24.0" and one.client == "redis" for one in found)
    assert [one.python for one in candidates(over="python")] == ["3.9", "3.12", "3.13"]
    found = candidates(over="pytest", start="8.3.4", end="8.4.1")
    assert {one.client_version for one in found} == {"6.1.0"}


def test_an_environment_without_the_plugin_is_bisected_over_python(there: dict[str, str]) -> None:
    del there["pytest-asyncio"]
    assert {one.plugin for one in candidates(over="python")} == {"none"}


@pytest.mark.parametrize("over", ["redis", "date"])
def test_what_is_not_there_can_not_be_bisected(there: dict[str, str], over: str) -> None:
    del there["redis"]
    with pytest.raises(UsageError, match=r"There is no redis in|--over date doesn't go with --environment"):
        candidates(over=over)


@pytest.mark.parametrize(
    "options",
    [
        {"redis_versions": ("5.0.0",), "valkey_versions": ("6.1.0",)},
        {"client": "valkey", "redis_versions": ("5.0.0",)},
    ],
)
def test_versions_of_two_clients_are_refused(there: dict[str, str], options: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="Two client packages are named"):
        requests(**options)
