"""What is made of a suite before it is planned, without building anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.catalogue.target import Target
from harness.environments.build_errors import find_build_error
from harness.environments.model import Environment
from harness.errors import UsageError
from harness.requirements.model import Needed
from harness.suites.conditions import Conditions
from harness.suites.environments import describe_departures
from harness.suites.preparing import find_client, prepare_suite, read_files
from harness.suites.project import is_pure
from harness.suites.suite import make_suite

if TYPE_CHECKING:
    from pathlib import Path

    from harness.suites.suite import Suite

PROJECT = b'[project]\nname = "mine"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["anyio"]\n'
INSTALLED = ("anyio==4.9.0", "pytest==9.0.0", "pytest-asyncio==1.3.0", "redis==8.0", "trio==0.30.0")


def prepared(*, requirements: tuple[str, ...] = (), **files: bytes) -> Suite:
    content = {name.replace("_DOT_", "."): text for name, text in files.items()}
    suite = make_suite("suite:mine", {"test_a.py": b"", **content}, ("before",), Conditions())
    return prepare_suite(suite, requirements=requirements, install=False, client=None)


def environment(python: str = "3.11.7") -> Environment:
    return Environment(
        id="here",
        digest="",
        platform="linux-x86_64",
        python=python,
        implementation="cpython",
        plugin="1.3.0",
        pytest="9.0.0",
        client="redis",
        client_version="8.0",
        freeze=INSTALLED,
        as_of="2026-01-01",
    )


def test_a_suite_says_what_it_needs_and_where_that_was_found() -> None:
    suite = prepared(pyproject_DOT_toml=PROJECT)
    assert (suite.needed.lines, suite.needed.python) == (("anyio",), ">=3.12")
    assert suite.needed.read == "what it needs is read from pyproject.toml (dependencies)"
    assert suite.needed.notes == ("before",)
    assert (suite.project, suite.conditions) == (None, Conditions())


def test_a_suite_is_not_run_on_a_python_that_its_project_does_not_support() -> None:
    suite = prepared(pyproject_DOT_toml=PROJECT)
    assert suite.not_applicable(Target(platform="linux", client="redis", versions={"python": "3.12.1"})) is None
    reason = suite.not_applicable(Target(platform="linux", client="redis", versions={"python": "3.11.7"}))
    assert reason == "its project says that it needs Python >=3.12"


def test_files_that_are_named_say_what_is_needed_wherever_what_they_include_lies(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "mine.txt").write_text("-r ../base.txt\ntrio\n")
    (tmp_path / "base.txt").write_text("httpx\n")
    suite = prepared(requirements=(str(tmp_path / "more" / "mine.txt"),), pyproject_DOT_toml=PROJECT)
    assert (suite.needed.lines, suite.needed.python) == (("httpx", "trio"), ">=3.12")


def test_a_file_that_is_named_and_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.txt can't be read"):
        read_files([str(tmp_path / "gone.txt")])
    with pytest.raises(UsageError, match="can't be read"):
        read_files([str(tmp_path)])


@pytest.mark.parametrize(
    ("lines", "client"),
    [(("redis>=5",), "redis"), (("valkey",), "valkey"), (("redis", "valkey"), None), (("anyio",), None)],
)
def test_the_client_is_the_only_one_that_is_named(lines: tuple[str, ...], client: str | None) -> None:
    assert find_client(Needed(lines=lines)) == client


def test_versions_that_a_suite_asks_for_and_does_not_get_are_named() -> None:
    suite = prepared(
        requirements_DOT_txt=b'anyio<4\ntrio>=0.20\npytest-asyncio==0.23\nother==1\nredis<5 ; python_version < "3.10"',
    )
    text = describe_departures(suite, environment())
    assert text == "other versions than its files ask for: anyio 4.9.0, not <4"
    lock = b'[[package]]\nname = "anyio"\nversion = "4.8.0"\n[[package]]\nname = "redis"\nversion = "5.0"\n'
    text = describe_departures(prepared(uv_DOT_lock=lock), environment())
    assert text == "other versions than its lock file names: anyio 4.9.0, not 4.8.0"
    assert describe_departures(prepared(), environment()) == ""


def test_the_deciding_line_of_a_build_is_the_backends_last_error() -> None:
    text = (
        "Traceback:\n  File \"/x/setup.py\"\nKeyError: 'a'\nModuleNotFoundError: No module named 'x'\nerror: Failed\n"
    )
    assert find_build_error(text) == "ModuleNotFoundError: No module named 'x'"
    assert find_build_error("Building\nerror: Failed to build `/home/me/x`\n") == "Failed to build `<path>`"
    caused = "Building\nerror: Failed to build `/home/me/x`\n  cause: no setup.py there\n"
    assert find_build_error(caused) == "no setup.py there"
    assert find_build_error("") == "it says nothing"


@pytest.mark.parametrize(
    ("wheel", "pure"),
    [
        ("mine-1-py3-none-any.whl", True),
        ("mine-1-py2.py3-none-any.whl", True),
        ("mine-1-cp313-cp313-manylinux_2_17_x86_64.whl", False),
        ("mine-1-py3-none-linux_x86_64.whl", False),
    ],
)
def test_a_wheel_without_compiled_parts_is_known_by_its_name(wheel: str, pure: bool) -> None:
    assert is_pure(wheel) == pure


@pytest.mark.parametrize(
    ("code", "lines", "client"),
    [
        (b"import redis.asyncio as redis", ("redis",), "redis"),
        (b"import valkey.asyncio", (), None),  # it is there anyway
        (b"import redis\nimport valkey", ("valkey", "redis"), None),
        (b"try:\n    import redis\nexcept ImportError:\n    redis = None", (), None),
    ],
)
def test_a_client_that_the_code_imports_is_installed_though_nothing_names_it(
    code: bytes, lines: tuple[str, ...], client: str | None
) -> None:
    suite = prepared(test_b_DOT_py=code)
    assert (suite.needed.lines, suite.client) == (lines, client)
    assert prepared(test_b_DOT_py=code, requirements_DOT_txt=b"redis>=5").needed.lines.count("redis>=5") == 1
