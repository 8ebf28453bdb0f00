"""Copies of environments: what may move, what the resolver is asked, and what is noted of it."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.environments.copies import describe_moves, list_installed, resolve_copy
from harness.environments.describing import describe_existing, find_key
from harness.environments.identity import environment_id
from harness.environments.model import (
    Environment,
    EnvironmentRequest,
    ExistingEnvironment,
    ExistingPackage,
    Interpreter,
)
from harness.environments.uv_tool import Uv

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN = Interpreter(version="3.12.1", executable="/python3.12")
OTHER = Interpreter(version="3.9.2", executable="/python3.9")


def package(name: str, version: str, *requires: str, local: bool = False) -> ExistingPackage:
    return ExistingPackage(name=name, version=version, place=f"/site/{name}", local=local, requires=requires)


EXISTING = ExistingEnvironment(
    interpreter=OWN,
    packages=(
        package("mine", "0.1", "redis<6", "pytest>=8 ; python_version < '3.9'", local=True),
        package("pluggy", "1.5.0"),
        package("pytest", "8.3.4", "pluggy<2"),
        package("pytest-asyncio", "1.0.0rc1"),
        package("redis", "5.0.1"),
    ),
    sites=("/site",),
    sources=("/site",),
)
BASE = EnvironmentRequest(
    python="3.12", plugin="1.0.0rc1", client="redis", client_version="5.0.1", existing=EXISTING, copied=True
)


class AnsweringUv(Uv, frozen=True, kw_only=True):
    """Writes `answer` to the file that it is to write to, and keeps what it was asked and what stood there."""

    answer: str = ""
    asked: list[tuple[str, str]] = msgspec.field(default_factory=list)
    constraints: list[str] = msgspec.field(default_factory=list)

    def run(self, arguments: Sequence[str], *, stdin: str = "") -> subprocess.CompletedProcess[str]:
        file = Path(arguments[arguments.index("--output-file") + 1])
        self.asked.append((stdin, file.read_text()))
        self.constraints.append(Path(arguments[arguments.index("--constraint") + 1]).read_text())
        file.write_text(self.answer)
        reason = "" if self.answer else "error: No solution found when resolving dependencies\n  cause: Because so.\n"
        return subprocess.CompletedProcess([], 0 if self.answer else 1, "", reason)


def uv(answer: str = "") -> AnsweringUv:
    return AnsweringUv(path="uv", version="1", answer=answer)


def asking(**named: object) -> EnvironmentRequest:
    return msgspec.structs.replace(BASE, **named)


def test_the_resolver_is_asked_for_what_is_named_and_prefers_what_is_there(tmp_path: Path) -> None:
    resolver = uv("pluggy==1.6.0\npytest==8.4.2\npygments==2.1\n")
    request = asking(pytest="8.4.2")
    freeze = resolve_copy(resolver, tmp_path, request, OWN).freeze
    assert freeze == (
        "mine==0.1",
        "pluggy==1.6.0",
        "pygments==2.1",
        "pytest-asyncio==1.0.0rc1",
        "pytest==8.4.2",
        "redis==5.0.1",
    )
    there = "pluggy==1.5.0\npytest-asyncio==1.0.0rc1\npytest==8.3.4\nredis==5.0.1"
    assert [(asked, "\n".join(sorted(lines.split("\n")))) for asked, lines in resolver.asked] == [
        ("pytest==8.4.2", there)
    ]
    assert list_installed(request, freeze, OWN) == ("pluggy==1.6.0", "pygments==2.1", "pytest==8.4.2")


def test_an_answer_is_kept_and_a_failure_is_not(tmp_path: Path) -> None:
    failing, answering = uv(), uv("redis==6.0.0\n")
    request = asking(client_version="6.0.0")
    assert resolve_copy(failing, tmp_path, request, OWN).reason == "Because so."
    first = resolve_copy(answering, tmp_path, request, OWN)
    assert "redis==6.0.0" in first.freeze
    assert resolve_copy(failing, tmp_path, request, OWN) == first
    assert failing.constraints == ["pluggy<2", ""]  # first what pytest, which is kept, asks for; then without
    assert answering.constraints == ["pluggy<2"]


def test_without_anything_that_moves_nothing_is_resolved(tmp_path: Path) -> None:
    resolver = uv()
    assert resolve_copy(resolver, tmp_path, asking(), OWN).freeze == EXISTING.freeze
    assert list_installed(asking(), EXISTING.freeze, OWN) == ()
    assert not resolver.asked


def test_a_project_of_ones_own_stays_though_the_index_has_one_of_its_name(tmp_path: Path) -> None:
    answer = resolve_copy(uv("mine==7\nredis==6.0.0\n"), tmp_path, asking(client_version="6.0.0"), OWN)
    assert "mine==0.1" in answer.freeze
    assert list_installed(asking(client_version="6.0.0"), answer.freeze, OWN) == ("redis==6.0.0",)


def test_on_another_python_everything_is_resolved_but_what_comes_from_no_index(tmp_path: Path) -> None:
    resolver = uv("pluggy==1.5.0\npytest==8.3.4\npytest-asyncio==1.0.0rc1\nredis==5.0.1\ntomli==2\n")
    answer = resolve_copy(resolver, tmp_path, asking(python="3.9"), OTHER)
    assert resolver.asked[0][0] == "pluggy\npytest\npytest-asyncio>=0.dev0\nredis"
    assert {"mine==0.1", "tomli==2"} <= {*answer.freeze}
    installed = list_installed(asking(python="3.9"), answer.freeze, OTHER)
    assert {*installed} == {*answer.freeze} - {"mine==0.1"}


def test_what_is_compiled_for_one_python_is_not_taken_to_another(tmp_path: Path) -> None:
    info = tmp_path / "fast-1.dist-info"
    info.mkdir()
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp312-cp312-linux_x86_64\n")
    fast = ExistingPackage(name="fast", version="1", place=str(info), local=True, requires=())
    existing = msgspec.structs.replace(EXISTING, packages=(fast, *EXISTING.packages))
    answer = resolve_copy(uv("x==1"), tmp_path, asking(python="3.9", existing=existing), OTHER)
    assert answer.reason == "fast 1 comes from no index and is compiled for cpython 3.12."


def copy(*freeze: str, python: str = "3.12.1") -> Environment:
    return Environment(
        id="",
        digest="",
        platform="",
        python=python,
        implementation="cpython",
        plugin="",
        pytest="",
        client="redis",
        client_version="",
        freeze=freeze,
        as_of="",
    )


def test_what_moved_is_listed_with_who_asked_for_another_version() -> None:
    moved = [each.replace("redis==5.0.1", "redis==7.0.0") for each in EXISTING.freeze]
    assert describe_moves(EXISTING, copy(*moved, "new==1")) == (
        "new 1 added, redis 5.0.1 → 7.0.0",
        "mine 0.1 asks for redis<6, and redis 7.0.0 is there",
    )
    assert describe_moves(EXISTING, copy(*EXISTING.freeze)) == ("nothing moves",)


def test_a_need_of_another_python_counts_only_there() -> None:
    moved = [each.replace("pytest==8.3.4", "pytest==7.0.0") for each in EXISTING.freeze]
    assert len(describe_moves(EXISTING, copy(*moved))) == 1
    assert describe_moves(EXISTING, copy(*moved, python="3.8.1"))[1:] == (
        "mine 0.1 asks for pytest>=8, and pytest 7.0.0 is there",
    )


def test_the_id_distinguishes_an_environment_as_it_is_from_its_copies() -> None:
    as_it_is = environment_id(asking(copied=False), "5.0.1", "linux")
    assert as_it_is.startswith("linux/cpython-3.12/pytest-asyncio-1.0.0rc1/redis-5.0.1/environment-")
    assert environment_id(asking(), "5.0.1", "linux") == as_it_is.replace("environment-", "copy-")


def test_one_without_plugin_and_client_says_so() -> None:
    bare = msgspec.structs.replace(EXISTING, packages=(package("pytest", "8.3.4"),))
    request = asking(plugin="none", client="none", client_version="none", existing=bare, copied=False)
    environment = describe_existing(request, OWN, bare.freeze, "code")
    assert "/pytest-asyncio-none/client-none/environment-" in environment.id
    assert (environment.plugin_name, environment.client_name) == ("no pytest-asyncio", "no client")


def test_a_copy_is_made_anew_when_files_that_it_links_to_changed() -> None:
    one, other = (describe_existing(asking(), OWN, EXISTING.freeze, code) for code in ("then", "now"))
    assert one.digest == other.digest
    assert find_key(one) != find_key(other)
    assert find_key(copy()) == ""


class WheellessUv(AnsweringUv, frozen=True, kw_only=True):
    """Has no wheels of pluggy and of redis."""

    def run(self, arguments: Sequence[str], *, stdin: str = "") -> subprocess.CompletedProcess[str]:
        built = [argument for before, argument in itertools.pairwise(arguments) if before == "--no-binary"]
        missing = [name for name in ("pluggy", "redis") if name not in built]
        done = super().run(arguments, stdin=stdin)
        reason = "error: No solution found\n  cause: Because {} has no usable wheels, so.\n"
        return subprocess.CompletedProcess([], 1, "", reason.format(missing[0])) if missing else done


def test_what_has_no_wheels_and_nothing_compiled_is_built_for_another_python(tmp_path: Path) -> None:
    resolver = WheellessUv(path="uv", version="1", answer="pluggy==1.5.0\npytest==8.3.4\nredis==5.0.1\n")
    answer = resolve_copy(resolver, tmp_path, asking(python="3.9"), OTHER)
    assert answer.built == ("pluggy", "redis")
    assert not answer.reason


def test_what_is_compiled_is_never_built(tmp_path: Path) -> None:
    info = tmp_path / "redis-5.0.1.dist-info"
    info.mkdir()
    (info / "WHEEL").write_text("Root-Is-Purelib: false\n")
    packages = [
        msgspec.structs.replace(one, place=str(info)) if one.name == "redis" else one for one in EXISTING.packages
    ]
    existing = msgspec.structs.replace(EXISTING, packages=tuple(packages))
    resolver = WheellessUv(path="uv", version="1", answer="pluggy==1.5.0\n")
    answer = resolve_copy(resolver, tmp_path, asking(python="3.9", existing=existing), OTHER)
    assert answer.reason == "Because redis has no usable wheels, so."
