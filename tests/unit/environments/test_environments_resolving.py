"""What the resolver is asked, what is kept of its answers, and its reasons in plain words."""

from __future__ import annotations

import itertools
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.environments.model import AddedPackages, EnvironmentRequest, Interpreter, Unresolvable
from harness.environments.releases import Release, ReleaseData, Releases
from harness.environments.resolving import Resolution, Resolver, clean_reason, normalize_freeze
from harness.environments.uv_tool import Uv
from harness.errors import InfrastructureError, UnknownNameError, UsageError, UvMissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PYTHON = Interpreter(version="3.12.1", executable="/opt/python/bin/python3.12")
UNSATISFIABLE = "error: No solution found when resolving dependencies\n  cause: Because {} is not available.\n"
Reply = tuple[int, str, str]


class Call(msgspec.Struct, frozen=True):
    """One resolver call: what was required, the options with dates, and what must not be built from source."""

    requirements: tuple[str, ...]
    dates: dict[str, str]
    only_binary: str = ":all:"
    preferences: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()


class ScriptedUv(Uv, frozen=True, kw_only=True):
    """Replies as `reply` says and keeps what it was asked."""

    reply: Callable[[Call], Reply]
    calls: list[Call] = msgspec.field(default_factory=list)
    builds: bool = True  # whether what has no wheel can be built

    def run(self, arguments: Sequence[str], *, stdin: str = "") -> subprocess.CompletedProcess[str]:
        if arguments[:2] == ["pip", "install"]:
            return subprocess.CompletedProcess([], *((0, "", "") if self.builds else (1, "", "Failed to build `x`")))
        dates = {"": arguments[arguments.index("--exclude-newer") + 1]}
        for position, argument in enumerate(arguments):
            if argument == "--exclude-newer-package":
                name, _, until = arguments[position + 1].partition("=")
                dates[name] = until
        named = dict(itertools.pairwise(arguments))
        output = Path(named["--output-file"]) if "--output-file" in named else None
        call = Call(
            tuple(stdin.split("\n")),
            dates,
            named.get("--only-binary", ""),
            tuple(output.read_text().split("\n")) if output else (),
            tuple(Path(named["--constraint"]).read_text().split()) if output else (),
        )
        self.calls.append(call)
        code, stdout, stderr = self.reply(call)
        if output and code == 0:
            output.write_text(stdout)
        return subprocess.CompletedProcess([], code, "" if output else stdout, stderr)


def agree(call: Call) -> Reply:
    return 0, "\n".join(each if "==" in each else f"{each}==1.0" for each in call.requirements), ""


def only_if(condition: Callable[[Call], bool], culprit: str) -> Callable[[Call], Reply]:
    return lambda call: agree(call) if condition(call) else (1, "", UNSATISFIABLE.format(culprit))


def at(year: int) -> datetime:
    return datetime(year, 6, 1, tzinfo=UTC)


RELEASES = Releases(
    ReleaseData(
        at(2026),
        {
            "pytest-asyncio": (Release(version="0.21", uploaded=at(2022)), Release(version="1.0", uploaded=at(2024))),
            "pytest": (Release(version="7.0", uploaded=at(2021)), Release(version="8.0", uploaded=at(2025))),
            "valkey": (
                Release(version="6.0", uploaded=at(2023), requires_python=">=3.8"),
                Release(version="6.2", uploaded=at(2025), requires_python=">=3.13"),
            ),
            "redis": (Release(version="8.0", uploaded=at(2025), requires_python=">=3.13"),),
        },
    )
)


def resolver(
    folder: Path, reply: Callable[[Call], Reply] = agree, version: str = "0.13.9", *, builds: bool = True
) -> tuple[Resolver, list[Call]]:
    uv = ScriptedUv("uv", version, reply=reply, builds=builds)
    return Resolver(uv=uv, releases=RELEASES, folder=folder), uv.calls


def from_wheels(calls: list[Call]) -> list[Call]:
    return [call for call in calls if call.only_binary == ":all:"]


def asking(**more: object) -> EnvironmentRequest:
    return msgspec.convert({"python": "3.12", "plugin": "0.21", **more}, EnvironmentRequest)


def test_everything_is_as_of_the_plugin_except_the_client(tmp_path: Path) -> None:
    resolving, calls = resolver(tmp_path)
    result = resolving.resolve(asking(), PYTHON)
    assert result == Resolution(
        freeze=("pytest-asyncio==0.21", "valkey==6.0"),
        as_of=datetime(2024, 5, 31, 23, 59, 59, tzinfo=UTC),
    )
    (call,) = calls
    refreshed = "2026-06-01T00:00:00Z"
    assert call.dates == {
        "": "2024-05-31T23:59:59Z",
        "valkey": refreshed,
        "async-timeout": refreshed,
    }


FREEZE = ("pytest-asyncio==0.21", "valkey==6.0")


def test_what_cells_ask_for_is_of_today_and_asked_once_for_all_environments_that_it_goes_with(tmp_path: Path) -> None:
    resolving, calls = resolver(tmp_path, lambda _: (0, "uvloop==0.22.1\nvalkey==6.0\nx==1", ""))
    found = resolving.resolve_addition(asking(), FREEZE, ("uvloop",), PYTHON)
    assert found == AddedPackages(packages=("uvloop",), freeze=("uvloop==0.22.1", "x==1"))
    assert resolving.resolve_addition(asking(), ("valkey==6.0", "x==1"), ("uvloop",), PYTHON).freeze == (
        "uvloop==0.22.1",
    )
    (call,) = calls
    assert (call.requirements, call.constraints) == (("uvloop",), ())
    assert call.dates == {"": "2026-06-01T00:00:00Z"}
    resolving.resolve_addition(asking(as_of="2024-05-18"), FREEZE, ("uvloop",), PYTHON)
    assert [call.dates[""] for call in calls[1:]] == ["2024-05-18T23:59:59Z"]


def test_what_cells_ask_for_leaves_the_environment_as_it_is(tmp_path: Path) -> None:
    def reply(call: Call) -> Reply:
        return 0, "uvloop==0.20.0\nvalkey==6.0" if call.constraints else "uvloop==0.22.1\nvalkey==6.2", ""

    resolving, calls = resolver(tmp_path, reply)
    found = resolving.resolve_addition(asking(), FREEZE, ("uvloop",), PYTHON)
    assert found == AddedPackages(packages=("uvloop",), freeze=("uvloop==0.20.0",))
    assert [call.constraints for call in calls] == [(), FREEZE]


def test_what_cells_ask_for_and_cannot_be_had_has_the_reason(tmp_path: Path) -> None:
    resolving, calls = resolver(tmp_path, only_if(lambda _: False, "uvloop"))
    reason = "Because uvloop is not available."
    for _ in range(2):
        found = resolving.resolve_addition(asking(), ("valkey==6.0",), ("uvloop",), PYTHON)
        assert found == AddedPackages(packages=("uvloop",), reason=reason)
    assert len(calls) == 1


def test_an_equal_question_is_asked_once_also_by_another_process(tmp_path: Path) -> None:
    resolving, calls = resolver(tmp_path)
    first = resolving.resolve(asking(), PYTHON)
    again, no_calls = resolver(tmp_path)
    assert again.resolve(asking(), PYTHON) == first
    assert (len(calls), no_calls) == (1, [])


@pytest.mark.parametrize(
    ("request_", "interpreter", "version"),
    [
        (asking(plugin="1.0"), PYTHON, "0.13.9"),
        (asking(pytest="7.0"), PYTHON, "0.13.9"),
        (asking(), msgspec.structs.replace(PYTHON, version="3.12.2"), "0.13.9"),
        (asking(), msgspec.structs.replace(PYTHON, implementation="pypy"), "0.13.9"),
        (asking(), PYTHON, "0.14.0"),
    ],
)
def test_a_question_that_differs_in_anything_is_asked(
    tmp_path: Path, request_: EnvironmentRequest, interpreter: Interpreter, version: str
) -> None:
    resolver(tmp_path)[0].resolve(asking(), PYTHON)
    resolving, calls = resolver(tmp_path, version=version)
    resolving.resolve(request_, interpreter)
    assert len(calls) == 1


def test_a_reason_is_given_after_one_call_and_kept(tmp_path: Path) -> None:
    resolving, calls = resolver(tmp_path, only_if(lambda _: False, "pluggy"))
    result = resolving.resolve(asking(), PYTHON)
    assert isinstance(result, Unresolvable)
    assert result.reason == "Because pluggy is not available."
    assert result.id.endswith("/cpython-3.12/pytest-asyncio-0.21/valkey-6.0")
    assert resolving.resolve(asking(), PYTHON) == result
    assert len(calls) == 1


def test_a_pinned_pytest_brings_the_packages_of_its_own_time(tmp_path: Path) -> None:
    resolving, calls = resolver(tmp_path)
    resolving.resolve(asking(pytest="8.0"), PYTHON)
    resolving.resolve(asking(pytest="7.0"), PYTHON)
    assert [call.dates[""] for call in calls] == ["2026-06-01T00:00:00Z", "2025-05-31T23:59:59Z"]
    assert "pytest==8.0" in calls[0].requirements


def test_of_a_day_nothing_newer_is_seen_not_even_of_the_client_and_its_dependencies(tmp_path: Path) -> None:
    resolving, calls = resolver(tmp_path)
    result = resolving.resolve(asking(as_of="2024-07-01"), PYTHON)
    assert isinstance(result, Resolution)
    assert [call.dates for call in calls] == [{"": "2024-07-01T23:59:59Z"}]
    assert f"{result.as_of:%Y-%m-%d}" == "2024-07-01"


def test_of_a_day_a_pin_that_does_not_fit_makes_nothing_else_newer(tmp_path: Path) -> None:
    resolving, calls = resolver(tmp_path, only_if(lambda call: call.dates[""].startswith("2026"), "idna"))
    assert isinstance(resolving.resolve(asking(as_of="2024-07-01", pins=["anyio==4.9"]), PYTHON), Unresolvable)
    assert len(calls) == 1


def test_a_pin_is_exempt_from_the_time_and_its_dependencies_where_they_must_be(tmp_path: Path) -> None:
    resolving, calls = resolver(tmp_path, only_if(lambda call: call.dates[""].startswith("2026"), "idna"))
    result = resolving.resolve(asking(pins=["AnyIO==4.9"]), PYTHON)
    assert isinstance(result, Resolution)
    assert result.as_of == RELEASES.refreshed
    assert [(call.dates["anyio"], "anyio==4.9" in call.requirements) for call in calls] == [
        ("9999-01-01T00:00:00Z", True),
        ("9999-01-01T00:00:00Z", True),
    ]


def test_what_a_suite_needs_is_as_of_the_plugin_and_newer_with_pytest_as_it_was_only_where_it_must_be(
    tmp_path: Path,
) -> None:
    then, refreshed = "2024-05-31T23:59:59Z", "2026-06-01T00:00:00Z"
    resolving, calls = resolver(tmp_path / "then")
    resolving.resolve(asking(requirements=["anyio>=4"]), PYTHON)
    assert [("anyio>=4" in call.requirements, call.dates[""]) for call in from_wheels(calls)] == [(True, then)]
    resolving, calls = resolver(tmp_path / "later", only_if(lambda call: call.dates[""] == refreshed, "anyio"))
    resolving.resolve(asking(requirements=["anyio>=4"]), PYTHON)
    times = [(call.dates[""], call.dates.get("pytest")) for call in from_wheels(calls)]
    assert times == [(then, None), (refreshed, then)]
    resolving, calls = resolver(tmp_path / "never", only_if(lambda _: False, "anyio"))
    assert isinstance(resolving.resolve(asking(requirements=["anyio>=4"]), PYTHON), Unresolvable)
    assert [(call.dates[""], call.dates.get("pytest")) for call in from_wheels(calls)][2] == (refreshed, None)


def test_a_suites_own_versions_give_way_where_they_do_not_go_with_what_is_under_test(tmp_path: Path) -> None:
    lines = ["anyio==4.0", "pytest-asyncio<1", "trio>=0.20"]
    resolving, calls = resolver(tmp_path, only_if(lambda call: "anyio==4.0" not in call.requirements, "anyio"))
    result = resolving.resolve(asking(requirements=lines, constraints=["idna<3"]), PYTHON)
    assert isinstance(result, Resolution)
    last = calls[-1]
    # A pin is what is taken if nothing speaks against it, a bound of what is under test gives way, others hold.
    assert last.preferences == ("anyio==4.0",)
    assert {"anyio", "pytest-asyncio", "trio>=0.20"} <= {*last.requirements}
    assert "anyio==1.0" in result.freeze


def test_a_version_that_does_not_exist_gives_way_to_nothing(tmp_path: Path) -> None:
    text = "error: No solution found\n  cause: Because there is no version of anyio==99 and you require anyio==99."
    resolving, calls = resolver(tmp_path, lambda _: (1, "", text))
    result = resolving.resolve(asking(requirements=["anyio==99"]), PYTHON)
    assert isinstance(result, Unresolvable)
    assert "there is no version of anyio==99" in result.reason
    assert all("anyio==99" in call.requirements for call in calls)


def test_versions_of_a_lock_file_are_preferred_whenever_they_came_out(tmp_path: Path) -> None:
    resolving, calls = resolver(tmp_path)
    request = asking(requirements=["anyio"], preferences=["anyio==4.0", "pytest==7.0"])
    assert isinstance(resolving.resolve(request, PYTHON), Resolution)
    (call,) = from_wheels(calls)
    assert call.preferences == ("anyio==4.0", "pytest==7.0")
    assert call.dates["anyio"] == "9999-01-01T00:00:00Z"
    assert "pytest" not in call.dates


def test_the_newest_client_is_the_one_that_the_suites_requirements_allow(tmp_path: Path) -> None:
    resolving, calls = resolver(tmp_path)
    resolving.resolve(asking(requirements=["valkey<6"]), PYTHON)
    assert {"valkey", "valkey<6"} <= {*calls[0].requirements}


def test_what_only_a_suite_needs_is_built_from_source_where_there_is_no_wheel(tmp_path: Path) -> None:
    def reply(call: Call) -> Reply:
        if call.only_binary == ":all:":
            return 1, "", "error: No solution found\n  cause: Because docopt has no usable wheels."
        return agree(call)

    resolving, calls = resolver(tmp_path / "suite", reply)
    assert isinstance(resolving.resolve(asking(requirements=["docopt"]), PYTHON), Resolution)
    assert [call.only_binary for call in calls] == [":all:", ""]
    resolving, _ = resolver(tmp_path / "failing", reply, builds=False)
    assert isinstance(resolving.resolve(asking(requirements=["docopt"]), PYTHON), Unresolvable)
    resolving, calls = resolver(tmp_path / "cells", reply)
    assert isinstance(resolving.resolve(asking(), PYTHON), Unresolvable)
    assert {call.only_binary for call in calls} == {":all:"}


def test_a_build_that_fails_is_a_reason_and_no_failure_of_the_machine(tmp_path: Path) -> None:
    resolving, _ = resolver(tmp_path, lambda _: (1, "", "error: Failed to build `x==1`\n  cause: no compiler"))
    result = resolving.resolve(asking(requirements=["x"]), PYTHON)
    assert isinstance(result, Unresolvable)
    assert "no compiler" in result.reason


def test_a_further_package_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    text = (
        "error: No solution found\n  cause: Because nowhere was not found in the package registry and you require it."
    )
    resolving, _ = resolver(tmp_path, lambda _: (1, "", text))
    with pytest.raises(UsageError, match="There is no package nowhere"):
        resolving.resolve(asking(pins=["nowhere>=1"]), PYTHON)


def test_a_failure_that_a_later_release_may_mend_is_not_kept(tmp_path: Path) -> None:
    resolving, calls = resolver(tmp_path, only_if(lambda _: False, "anyio"))
    resolving.resolve(asking(pins=["anyio==99"]), PYTHON)
    before = len(calls)
    resolving.resolve(asking(pins=["anyio==99"]), PYTHON)
    assert len(calls) == 2 * before


@pytest.mark.parametrize(
    "pin", ["anyio @ file:///anyio", "pytest==8.0", "pytest_asyncio==1.0", "valkey==6.2", "no requirement"]
)
def test_what_is_no_further_requirement_is_a_usage_error(tmp_path: Path, pin: str) -> None:
    resolving, calls = resolver(tmp_path)
    with pytest.raises(UsageError):
        resolving.resolve(asking(pins=[pin]), PYTHON)
    assert calls == []


def test_a_client_that_never_supported_the_python_is_unresolvable_without_a_call(tmp_path: Path) -> None:
    resolving, calls = resolver(tmp_path)
    result = resolving.resolve(asking(client="redis"), PYTHON)
    assert isinstance(result, Unresolvable)
    assert result.reason == "No release of redis supports Python 3.12.1."
    assert calls == []


@pytest.mark.parametrize(
    "wrong", [{"client": "rediss"}, {"client_version": "6.9"}, {"plugin": "0.22"}, {"pytest": "9"}]
)
def test_an_unknown_name_is_a_usage_error_and_not_a_result(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown (client|version of)"):
        resolver(tmp_path)[0].resolve(asking(**wrong), PYTHON)


@pytest.mark.parametrize(
    "output",
    [
        "error: Failed to fetch: <somewhere>\n  cause: Connection refused (os error 111)\n",
        "error: No solution found when resolving dependencies\n  cause: x\n\nhint: the network was disabled.",
        "No solution found\nhint: `pytest` was filtered by `exclude-newer` to packages uploaded before 2026-01-01.",
    ],
)
def test_what_has_nothing_to_do_with_the_requirements_is_no_result_and_not_kept(tmp_path: Path, output: str) -> None:
    resolving, _ = resolver(tmp_path, lambda _: (1, "", output))
    with pytest.raises(InfrastructureError):
        resolving.resolve(asking(), PYTHON)
    assert not list(tmp_path.iterdir())


def test_a_uv_that_does_not_start_says_how_to_install_it(tmp_path: Path) -> None:
    missing = Uv(str(tmp_path / "uv"), "0.13.9")
    with pytest.raises(UvMissingError) as caught:
        Resolver(uv=missing, releases=RELEASES, folder=tmp_path).resolve(asking(), PYTHON)
    assert "pip install uv" in caught.value.remedy


def test_a_reason_is_one_paragraph_without_paths_addresses_and_advice_on_options() -> None:
    output = (
        "error: No solution found when resolving dependencies\n"
        "  cause: Because only pluggy<=1.3.0 is available and pytest==8.4.2 depends on pluggy>=1.5,<2, we can\n"
        "         conclude that it fails for /home/someone/.venv/bin/python3.12 and C:\\Users\\some\\python.exe.\n\n"
        "hint: `pluggy` was not found on https://somebody:secret@index.example/simple/pluggy.\n"
        "hint: `uvloop` (v0.19.0) was published at 2026-10-15. Consider using `exclude-newer-package` to override it.\n"
        "hint: Wheels are required for `uvloop` because building is disabled (i.e., with `--no-build`)\n"
    )
    assert clean_reason(output) == (
        "Because only pluggy<=1.3.0 is available and pytest==8.4.2 depends on pluggy>=1.5,<2, we can conclude that it "
        "fails for <path> and <path>. `pluggy` was not found on <address>. `uvloop` (v0.19.0) was published at "
        "2026-10-15. Wheels are required for `uvloop` because building is disabled"
    )


def test_a_reason_without_anything_to_hide_is_kept_word_for_word() -> None:
    words = "Because you require either/or and a>=1,<2 (3.8.18) is cp312/cp313, we can conclude that a/b is unusable."
    assert clean_reason(words) == words


def test_a_freeze_has_canonical_names_in_order_and_no_markers() -> None:
    lines = ["Typing_Extensions==4.0 ; python_version < '3.11'", "# via x", "", "attrs==21.4.0"]
    assert normalize_freeze(lines) == ("attrs==21.4.0", "typing-extensions==4.0")
