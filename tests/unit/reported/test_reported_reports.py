"""The reports under `scenarios/reported/`, and how a report is read."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from packaging.version import Version

from harness.environments.model import EnvironmentRequest
from harness.environments.releases import load_releases
from harness.reported.report import (
    NOT_REBUILT,
    ROOT,
    Rebuilt,
    Report,
    Stated,
    explain_absence,
    load_not_rebuilt,
    load_report,
    load_reports,
)

if TYPE_CHECKING:
    from pathlib import Path

REPORTS = load_reports()
OLDEST = Version("3.8")

REPORT = """
address = "https://example.org/1"
title = "It fails"
date = "2024-01"
summary = "It fails."
client = "redis"
versions = { python = "3.12", pytest-asyncio = "0.24.0" }

[[errors]]
signatures = ["loop-closed"]
where = ["call"]

[[states]]
versions = { redis = "5.0.1", pytest = "8.3.5", aiohttp = "3.9.1", python = "3.11.5" }
outcome = "reproduces"
exactness = "stated"

[[states]]
versions = {}
suite = "suite-loop-scope"
platform = "win32"
outcome = "passes"
exactness = "inferred"
"""


def parsed(text: str = REPORT) -> Report:
    return msgspec.toml.decode(text, type=Report)


def named(reports: tuple[Rebuilt, ...]) -> list[str]:
    return [report.name for report in reports]


def test_there_are_at_least_24_reports_and_none_is_there_twice() -> None:
    addresses = [each.report.address for each in REPORTS] + [each.address for each in load_not_rebuilt()]
    names = {*named(REPORTS), *(each.name for each in load_not_rebuilt())}
    assert len(REPORTS) >= 24
    assert len(names) == len(addresses)
    assert len(set(addresses)) == len(addresses)
    assert all(address.startswith("https://") for address in addresses)


def test_each_folder_is_a_report() -> None:
    assert named(REPORTS) == sorted(path.name for path in ROOT.iterdir() if path.name != NOT_REBUILT)


@pytest.mark.parametrize("rebuilt", REPORTS, ids=named(REPORTS))
class TestReport:
    def test_its_folder_ends_like_its_address(self, rebuilt: Rebuilt) -> None:
        number = rebuilt.name.rpartition("-")[2]
        assert rebuilt.report.address.endswith(f"/{number}")

    def test_it_says_what_was_reported_when(self, rebuilt: Rebuilt) -> None:
        assert rebuilt.report.title.strip()
        assert rebuilt.report.summary.strip()
        assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", rebuilt.report.date)

    def test_it_states_where_its_error_is_seen(self, rebuilt: Rebuilt) -> None:
        assert Stated.REPRODUCES in [state.outcome for state in rebuilt.report.states]

    def test_its_states_are_distinct(self, rebuilt: Rebuilt) -> None:
        states = [(rebuilt.id_of(state), rebuilt.report.request(state)) for state in rebuilt.report.states]
        patches = [
            (rebuilt.report.versions_of(state)["python"], *state_)
            for state, state_ in zip(rebuilt.report.states, states, strict=True)
        ]
        assert len(set(patches)) == len(patches)

    def test_each_suite_has_a_test_and_is_python_38(self, rebuilt: Rebuilt) -> None:
        for state in rebuilt.report.states:
            files = rebuilt.files(state)
            trees = {
                path: ast.parse(text, path, feature_version=(3, 8))
                for path, text in files.items()
                if path.endswith(".py")
            }
            assert any(has_a_test(tree) for path, tree in trees.items() if "test_" in path), state.suite

    def test_no_suite_lies_there_unused(self, rebuilt: Rebuilt) -> None:
        assert {path.name for path in rebuilt.folder.iterdir() if path.is_dir()} == {
            state.suite for state in rebuilt.report.states
        }

    def test_no_suite_imports_this_project(self, rebuilt: Rebuilt) -> None:
        for state in rebuilt.report.states:
            assert not any(re.search(rb"\b(harness|scenarios)\b", text) for text in rebuilt.files(state).values())

    def test_its_releases_are_known_and_support_their_python(self, rebuilt: Rebuilt) -> None:
        releases = load_releases()
        for state in rebuilt.report.states:
            request = rebuilt.report.request(state)
            if Version(request.python) < OLDEST:
                continue
            asked = {"pytest-asyncio": request.plugin, request.client: request.client_version, "pytest": request.pytest}
            for package, version in asked.items():
                assert version is None or releases.get(package, version).fits(request.python), (package, version)


def has_a_test(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        for node in ast.walk(tree)
    )


def test_a_state_asks_for_an_environment_with_everything_it_pins() -> None:
    report = parsed()
    assert report.request(report.states[0]) == EnvironmentRequest(
        python="3.11.5",
        plugin="0.24.0",
        client="redis",
        client_version="5.0.1",
        pytest="8.3.5",
        pins=("aiohttp==3.9.1",),
    )
    assert report.request(report.states[1]) == EnvironmentRequest(python="3.12", plugin="0.24.0", client="redis")


def test_a_report_without_a_client_gets_an_environment_like_any_other() -> None:
    report = parsed(REPORT.replace('"redis"', '"none"').replace('redis = "5.0.1", ', ""))
    assert report.request(report.states[1]) == EnvironmentRequest(python="3.12", plugin="0.24.0", client="valkey")


def test_a_variant_has_an_id_of_its_own(tmp_path: Path) -> None:
    rebuilt = Rebuilt(name="tracker-1", folder=tmp_path, report=parsed())
    ids = [rebuilt.id_of(state) for state in rebuilt.report.states]
    assert ids == ["reported/tracker-1", "reported/tracker-1/loop-scope"]


def test_the_files_of_a_suite_are_those_of_its_folder_without_what_python_left_there(tmp_path: Path) -> None:
    folder = tmp_path / "tracker-1"
    for path in (
        "suite/conftest.py",
        "suite/api/test_it.py",
        "suite/__pycache__/conftest.pyc",
        "suite-loop-scope/a.py",
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"1\n")
    (folder / "report.toml").write_text(REPORT, encoding="utf-8")
    rebuilt = load_report(folder)
    assert rebuilt.files(rebuilt.report.states[0]) == {"api/test_it.py": b"1\n", "conftest.py": b"1\n"}
    assert list(rebuilt.files(rebuilt.report.states[1])) == ["a.py"]


@pytest.mark.parametrize(
    ("there", "instead", "message"),
    [
        ('"loop-closed"', '"loop-close"', "no signature is named loop-close"),
        ('where = ["call"]', "where = []", "a place"),
        ('signatures = ["loop-closed"]\n', "", "a signature or a text"),
        ('signatures = ["loop-closed"]', 'text = "("', "not a regular expression"),
        ('python = "3.12", ', "", "python"),
        ('client = "redis"', 'client = "memcached"', "client"),
        ("title", "titel", "titel"),
        ('platform = "win32"', 'remark = "It is right."', "a remark needs what was measured"),
        ('platform = "win32"', 'measured = "."', "that needs a remark"),
        ('outcome = "passes"', 'outcome = "works"', "works"),
    ],
)
def test_a_mistake_in_a_report_is_reported(there: str, instead: str, message: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=re.escape(message)):
        parsed(REPORT.replace(there, instead))


@pytest.mark.parametrize(
    ("state", "platform", "pythons", "reason"),
    [
        (0, "linux", ["3.11.7"], "needs CPython 3.11.5, and 3.11.7 is here"),
        (0, "linux", ["3.11.10", "3.11.2"], "needs CPython 3.11.5, and 3.11.2 and 3.11.10 are here"),
        (0, "linux", ["3.11.5", "3.11.7"], ""),
        (0, "linux", ["3.12.1"], "needs CPython 3.11.5"),
        (1, "linux", ["3.12.1"], "needs win32, and this is linux"),
        (1, "win32", ["3.12.1"], ""),
    ],
)
def test_what_cannot_be_measured_here_has_a_reason(state: int, platform: str, pythons: list[str], reason: str) -> None:
    report = parsed()
    assert explain_absence(report, report.states[state], platform=platform, pythons=pythons) == reason
