"""Which environments of a baseline are compared with the versions that are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.environments.identity import python_name, split_implementation
from harness.environments.model import Environment, EnvironmentRequest, Interpreter, Unresolvable
from harness.environments.provisioning import Provisioner
from harness.errors import NoInterpreterError
from harness.regress.environments import (
    describe_exactly,
    find_further_packages,
    find_python,
    make_request,
    replace_versions,
)
from harness.regress.versions import RequestedVersions, VersionChoice, choose_environments
from tests.unit.store.made_up_results import environment

if TYPE_CHECKING:
    from collections.abc import Iterable

BASELINE = [environment("0.26.0"), environment("1.5.0"), environment("1.5.0", "3.12.1"), environment("1.2.0", "3.9.18")]


def names(wanted: VersionChoice) -> list[tuple[str, str]]:
    return [(one.plugin, one.python_minor) for one in choose_environments(wanted, BASELINE)]


def test_without_versions_everything_is_run_again() -> None:
    assert choose_environments(VersionChoice(), BASELINE) == BASELINE


def test_a_version_that_the_baseline_has_is_compared_with_itself() -> None:
    assert names(VersionChoice(plugin="0.26.0")) == [("0.26.0", "3.13")]


def test_a_new_version_is_compared_with_the_newest_before_it_on_every_python() -> None:
    assert names(VersionChoice(plugin="1.6.0")) == [("1.5.0", "3.13"), ("1.5.0", "3.12")]
    assert names(VersionChoice(plugin="1.4.0")) == [("1.2.0", "3.9")]


def test_a_version_older_than_all_is_compared_with_the_oldest() -> None:
    assert names(VersionChoice(plugin="0.21.2")) == [("0.26.0", "3.13")]


def test_the_python_is_chosen_first_and_the_nearest_older_stands_in_for_one_that_is_missing() -> None:
    assert names(VersionChoice(python="3.12", plugin="1.6.0")) == [("1.5.0", "3.12")]
    assert names(VersionChoice(python="3.14", plugin="1.5.0")) == [("1.5.0", "3.13")]
    assert names(VersionChoice(python="3.11", plugin="1.5.0")) == [("1.2.0", "3.9")]


def test_versions_are_ordered_as_versions() -> None:
    assert names(VersionChoice(python="3.10")) == [("1.2.0", "3.9")]


def test_a_client_that_the_baseline_lacks_takes_the_place_of_the_other() -> None:
    [newest] = choose_environments(VersionChoice(client="redis", client_version="7.0.0", plugin="0.26.0"), BASELINE)
    request = replace_versions(make_request(newest, "3.13"), VersionChoice(client="redis", client_version="7.0.0"))
    assert (request.client, request.client_version) == ("redis", "7.0.0")


def test_what_was_asked_for_is_reported() -> None:
    asked = RequestedVersions(
        pytest_asyncio_versions=("1.5.0", "1.6.0"), python_versions=("3.12",), pins=(("anyio", "4.9.0"),)
    )
    assert str(asked) == "pytest-asyncio 1.5.0 and 1.6.0, anyio 4.9.0, Python 3.12"
    assert asked.packages == {"pytest-asyncio", "python", "anyio"}
    assert str(RequestedVersions()) == "the same versions again"
    assert len(list(asked.combinations())) == 2


def test_a_request_is_read_back_from_an_environments_id() -> None:
    where = msgspec.structs.replace(
        BASELINE[0],
        id=f"{BASELINE[0].id}/pytest-8.4.2/anyio-4.9.0/requirements-0123abcd/as-of-2025-05-18",
        freeze=(*BASELINE[0].freeze, "anyio==4.9.0"),
    )
    assert make_request(where, "3.13") == EnvironmentRequest(
        python="3.13",
        plugin="0.26.0",
        client_version="6.2.0",
        pytest="8.4.2",
        pins=("anyio==4.9.0",),
        as_of="2025-05-18",
    )
    assert find_further_packages(where) == {"anyio"}
    assert find_further_packages(BASELINE[0]) == set()


def test_the_very_same_python_is_taken_where_it_is_here() -> None:
    here = [Interpreter(version=version, executable=version) for version in ("3.12.1", "3.13.0", "3.13.2")]
    assert find_python(environment(python="3.12.1"), here) == "3.12"
    assert find_python(environment(python="3.13.0"), here) == "3.13.0"
    assert find_python(environment(python="3.13.1"), here) == "3.13"
    with pytest.raises(NoInterpreterError):
        find_python(environment(python="3.8.18"), here)


@pytest.mark.parametrize("name", ["3.12", "3.13t", "pypy-3.10"])
def test_names_of_pythons_can_be_taken_apart_and_put_together(name: str) -> None:
    assert python_name(*split_implementation(name)) == name


class Resolves(Provisioner):
    """Resolves everything to the same packages, but for those that are pinned."""

    def __init__(self, *freeze: str) -> None:
        self.freeze = dict(line.split("==") for line in freeze)
        self.asked: list[EnvironmentRequest] = []

    def describe(
        self,
        request: EnvironmentRequest,
        asked: Iterable[tuple[str, ...]] = (),  # noqa: ARG002 - the real one's
    ) -> Environment | Unresolvable:
        self.asked.append(request)
        found = self.freeze | ({"pytest": request.pytest} if request.pytest else {})
        found |= dict(pin.split("==") for pin in request.pins)
        return msgspec.structs.replace(BASELINE[0], freeze=tuple(f"{name}=={found[name]}" for name in sorted(found)))


def test_packages_that_resolve_to_something_else_by_now_are_pinned_and_none_is_added() -> None:
    before = msgspec.structs.replace(
        BASELINE[0], freeze=("evil==1", "pluggy==1.5.0", "pytest-asyncio==0.26.0", "pytest==8.4.2", "valkey==6.2.0")
    )
    provisioner = Resolves("pluggy==1.6.0", "pytest-asyncio==0.26.0", "pytest==8.4.3", "uvloop==1", "valkey==6.2.0")
    request, after = describe_exactly(make_request(before, "3.13"), before, provisioner)
    assert (request.pytest, request.pins) == ("8.4.2", ("pluggy==1.5.0",))
    assert isinstance(after, Environment)
    assert after.installed["pluggy"] == "1.5.0"
    assert "evil" not in after.installed
    assert len(provisioner.asked) == 2
