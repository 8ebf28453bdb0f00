"""Ids that people read and digests that machines compare."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.environments import identity
from harness.environments.identity import (
    environment_digest,
    environment_id,
    make_tag,
    parse_pin,
    platform_tag,
    split_implementation,
)
from harness.environments.model import EnvironmentRequest
from harness.pipeline.cells import make_target
from tests.unit.store.made_up_results import environment


def test_an_id_names_platform_python_plugin_and_client() -> None:
    request = EnvironmentRequest(python="3.12", plugin="1.5.0")
    expected = "linux-x86_64/cpython-3.12/pytest-asyncio-1.5.0/valkey-6.2.0"
    assert environment_id(request, "6.2.0", "linux-x86_64") == expected


def test_what_was_pinned_follows_with_pytest_first() -> None:
    request = EnvironmentRequest(
        python="3.12", plugin="1.5.0", client="redis", pytest="8.4.2", pins=("Pytest_Timeout==2.4.0", "anyio == 4.9")
    )
    assert environment_id(request, "8.1.0", "darwin-arm64") == (
        "darwin-arm64/cpython-3.12/pytest-asyncio-1.5.0/redis-8.1.0/pytest-8.4.2/anyio-4.9/pytest-timeout-2.4.0"
    )


def test_a_day_stands_at_the_end_of_the_id() -> None:
    request = EnvironmentRequest(python="3.12", plugin="1.5.0", pins=("anyio==4.9",), as_of="2025-05-26")
    assert environment_id(request, "6.2.0", "linux-x86_64") == (
        "linux-x86_64/cpython-3.12/pytest-asyncio-1.5.0/valkey-6.2.0/anyio-4.9/as-of-2025-05-26"
    )


def test_the_order_of_pins_makes_no_difference() -> None:
    one = EnvironmentRequest(python="3.12", plugin="1.5.0", pins=("a==1", "b==2"))
    other = EnvironmentRequest(python="3.12", plugin="1.5.0", pins=("b==2", "a==1"))
    assert environment_id(one, "6.2.0") == environment_id(other, "6.2.0")


def test_the_id_starts_with_this_platform_unless_another_is_given() -> None:
    assert environment_id(EnvironmentRequest(python="3.12", plugin="1.5.0"), "6.2.0").startswith(platform_tag() + "/")


@pytest.mark.parametrize(
    ("system", "machine", "wide", "tag"),
    [
        ("linux", "x86_64", True, "linux-x86_64"),
        ("linux", "x86_64", False, "linux-x86"),
        ("linux", "aarch64", True, "linux-arm64"),
        ("darwin", "arm64", True, "darwin-arm64"),
        ("win32", "win-amd64", True, "win32-x86_64"),
        ("win32", "win32", False, "win32-x86"),
        ("win32", "win-arm64", True, "win32-arm64"),
        ("linux", "riscv64", True, "linux-riscv64"),
    ],
)
def test_an_architecture_has_one_spelling_everywhere(system: str, machine: str, tag: str, *, wide: bool) -> None:
    assert make_tag(system, machine, wide=wide) == tag


@pytest.mark.parametrize(
    "text", ["anyio", "anyio>=4", "anyio==4.*", "anyio==4,!=5", "anyio==4; python_version>'3'", "==4", ""]
)
def test_only_an_exact_version_is_a_pin(text: str) -> None:
    with pytest.raises(ValueError, match=r"exact pin|Expected"):
        parse_pin(text)


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ("3.12", ("cpython", "3.12")),
        ("3.12.1", ("cpython", "3.12.1")),
        ("cpython-3.12", ("cpython", "3.12")),
        ("pypy3.10", ("pypy", "3.10")),
        ("pypy-3.10", ("pypy", "3.10")),
        ("3.13t", ("cpython-freethreaded", "3.13")),
        ("3.15.0b1", ("cpython", "3.15.0b1")),
    ],
)
def test_a_python_is_named_as_its_users_name_it(python: str, expected: tuple[str, str]) -> None:
    assert split_implementation(python) == expected


@given(st.lists(st.from_regex(r"[a-z]{1,8}==[0-9]\.[0-9]", fullmatch=True), unique=True))
def test_a_digest_depends_on_what_is_installed_and_not_on_its_order(freeze: list[str]) -> None:
    digest = environment_digest("linux-x86_64", "cpython", "3.12.1", freeze)
    assert environment_digest("linux-x86_64", "cpython", "3.12.1", reversed(freeze)) == digest
    assert environment_digest("linux-x86_64", "cpython", "3.12.1", [*freeze, "more==1"]) != digest


@pytest.mark.parametrize(
    "other",
    [("win32-x86_64", "cpython", "3.12.1"), ("linux-x86_64", "pypy", "3.12.1"), ("linux-x86_64", "cpython", "3.12.2")],
)
def test_another_platform_or_python_is_another_environment(other: tuple[str, str, str]) -> None:
    assert environment_digest(*other, ["a==1"]) != environment_digest("linux-x86_64", "cpython", "3.12.1", ["a==1"])


def test_what_wine_runs_is_named_by_it_and_not_as_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "find_wine", lambda: "10.0")
    monkeypatch.setattr(identity, "machine_tag", lambda: "win32-x86_64")
    assert identity.platform_tag() == "wine-x86_64"
    assert make_target(msgspec.structs.replace(environment(), platform="wine-x86_64")).platform == "win32"
