"""The versions of whoever asks, and the environments that have them."""

from __future__ import annotations

import sys

import msgspec
import pytest

from harness.cli.fields import VersionOptions
from harness.environments.model import ExistingEnvironment, ExistingPackage, Interpreter
from harness.environments.releases import load_releases
from harness.errors import UnknownNameError, UsageError
from harness.knowledge.outcomes import Outcomes
from harness.knowledge.readers import (
    MatchedEnvironments,
    Origin,
    ReadersVersions,
    find_nearest,
    match_environments,
    read_versions,
)
from harness.store.model import Results
from tests.unit.store.made_up_results import CLEAN, environment, run_of

CELL = "default/function/async_fixture/aclose"
OTHER = "default/session/async_fixture/aclose"
MEASURED = (environment("1.5.0"), environment("0.26.0", "3.12.1", pytest="8.3.5"), environment("0.26.0"))
KNOWN = Outcomes(Results(runs=tuple(run_of({CELL: CLEAN}, one) for one in MEASURED)))
SYSTEM = {"system": "linux"}


def read(**text: str) -> ReadersVersions:
    named = {name.replace("_", "-"): version for name, version in text.items()}
    return read_versions(KNOWN, load_releases(), text=SYSTEM | named)


def read_options(**options: tuple[str, ...]) -> ReadersVersions:
    return read_versions(KNOWN, load_releases(), options=VersionOptions(**options))  # type: ignore[arg-type]


def match(**text: str) -> MatchedEnvironments:
    return match_environments(KNOWN, read(**text))


def test_what_nobody_names_is_the_newest_measured_and_is_said_to_be_assumed() -> None:
    versions = read()
    assert [one.text for one in versions.all] == ["1.5.0", "3.13", "6.2.0", "8.4.2", "linux"]
    assert {one.name for one in versions.assumed} == {"pytest-asyncio", "python", "valkey", "pytest"}
    assert "pytest-asyncio 1.5.0, Python 3.13, valkey 6.2.0, pytest 8.4.2 (assumed: the newest measured)" in (
        versions.describe()
    )


def test_a_client_of_which_only_the_name_is_known_is_the_readers() -> None:
    assert (read(redis="").client.name, read(redis="").client.assumed) == ("redis", True)
    assert read(redis="", valkey="6.1.0").client.name == "valkey"


def test_what_is_assumed_is_what_was_measured_together_with_what_is_named() -> None:
    assert read(pytest="8.3.5").plugin.text == "0.26.0"
    assert read(pytest="8.3.5").python.text == "3.12"


def test_an_option_counts_more_than_an_environment_and_that_more_than_a_text() -> None:
    packages = tuple(
        ExistingPackage(name=name, version=version, place="", local=False, requires=())
        for name, version in (("pytest-asyncio", "1.0.0"), ("valkey", "6.1.0"))
    )
    python = Interpreter(version="3.11.4", executable="/usr/bin/python3.11")
    existing = ExistingEnvironment(interpreter=python, packages=packages, sites=(), sources=())
    versions = read_versions(
        KNOWN,
        load_releases(),
        options=VersionOptions(pytest_asyncio_versions=("0.26.0",)),
        environment=existing,
        text={"pytest-asyncio": "0.21.2", "python": "3.8.1", "pytest": "8.0.0"},
    )
    assert [(one.text, one.origin) for one in versions.all] == [
        ("0.26.0", Origin.OPTION),
        ("3.11.4", Origin.ENVIRONMENT),
        ("6.1.0", Origin.ENVIRONMENT),
        ("8.0.0", Origin.TEXT),
        (sys.platform, Origin.ENVIRONMENT),
    ]


def test_newest_is_the_newest_release() -> None:
    newest = load_releases().newest("pytest-asyncio")
    assert newest is not None
    assert read_options(pytest_asyncio_versions=("newest",)).plugin.text == newest.version


def test_several_versions_and_unknown_ones_are_refused() -> None:
    with pytest.raises(UsageError, match="--pytest names 2 versions"):
        read_options(pytest_versions=("8.0.0", "8.1.0"))
    with pytest.raises(UnknownNameError, match=r"Unknown version of pytest-asyncio '99\.0'"):
        read_options(pytest_asyncio_versions=("99.0",))


def test_environments_with_the_same_versions_match_whatever_the_last_number_of_python() -> None:
    found = match(pytest_asyncio="0.26.0", python="3.12.9", pytest="8.3.5")
    assert found.environments == (MEASURED[1].digest,)
    assert (found.reason, found.differences, found.command) == ("", (), "")


def test_another_release_is_never_taken_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    found = match(pytest_asyncio="1.4.1", python="3.13.2")
    assert found.environments == ()
    assert found.reason == "Measured on pytest-asyncio 1.5.0, not on your 1.4.1; all else is as yours."
    assert found.nearest == MEASURED[0].digest
    assert found.differences == ("pytest-asyncio 1.5.0 instead of 1.4.1",)
    assert found.command.endswith("matrix --pytest-asyncio 1.4.1 --python 3.13")


def test_what_another_system_shows_is_no_answer_and_cannot_be_measured_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    found = match(system="win32", pytest_asyncio="1.5.0")
    assert found.environments == ()
    assert found.differences == ("linux instead of win32",)
    assert found.command == ""


def test_another_client_is_named_with_its_version() -> None:
    found = match(redis="5.0.1")
    assert "valkey 6.2.0 instead of redis 5.0.1" in found.differences
    assert "--redis 5.0.1 --client redis" in found.command


def test_a_cell_matches_only_where_it_was_measured() -> None:
    versions = read(pytest_asyncio="1.5.0")
    assert match_environments(KNOWN, versions, cell=CELL).environments == (MEASURED[0].digest,)
    found = match_environments(KNOWN, versions, cell=OTHER)
    assert found.reason == f"{OTHER} wasn't measured anywhere."
    assert found.nearest == ""
    assert f"--cell {OTHER}" in found.command


def test_where_nothing_was_measured_nothing_is_assumed() -> None:
    nothing = Outcomes(Results())
    versions = read_versions(nothing, load_releases())
    assert {one.text for one in versions.assumed} == {""}
    assert match_environments(nothing, versions).reason == "Nothing was measured yet."
    assert find_nearest(nothing, MEASURED[0]) == ""


def test_the_nearest_is_one_of_which_much_was_measured() -> None:
    cells = {f"default/{scope}/async_fixture/aclose": CLEAN for scope in ("function", "class", "session")}
    few = run_of({CELL: CLEAN}, environment("1.4.1"))
    outcomes = Outcomes(Results(runs=(few, *(run_of(cells, one) for one in MEASURED[:2]))))
    assert find_nearest(outcomes, environment("1.4.1")) == MEASURED[0].digest
    other = msgspec.structs.replace(environment("0.25.0"), digest="another")
    assert find_nearest(outcomes, other) == MEASURED[1].digest


def test_a_client_that_was_never_measured_is_not_taken_for_the_other_one() -> None:
    found = match_environments(KNOWN, read_versions(KNOWN, load_releases(), options=VersionOptions(client="redis")))
    assert found.environments == ()
    assert "redis" in found.reason
    assert "valkey 6.2.0 instead of redis" in found.differences
    assert "--client redis" in found.command


def test_for_another_client_the_environment_with_the_newest_client_is_the_nearest() -> None:
    older = msgspec.structs.replace(MEASURED[0], client_version="6.0.2", digest="older", id="an id that sorts first")
    outcomes = Outcomes(Results(runs=tuple(run_of({CELL: CLEAN}, one) for one in (older, MEASURED[0]))))
    versions = read_versions(outcomes, load_releases(), options=VersionOptions(client="redis"))
    assert match_environments(outcomes, versions).nearest == MEASURED[0].digest
