"""Real environments: resolved by uv, installed from the package index, on the newest interpreter here."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.environments import provisioning
from harness.environments.interpreters import discover, find_newest
from harness.environments.model import Built, Environment, EnvironmentRequest, Unresolvable
from harness.environments.provisioning import Provisioner, find_site_packages
from harness.environments.uv_tool import Uv, find_uv
from harness.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.integration


class CountingUv(Uv, frozen=True):
    """The real uv, keeping what it was asked to do."""

    commands: list[str] = msgspec.field(default_factory=list)

    def run(self, arguments: Sequence[str], *, stdin: str = "") -> subprocess.CompletedProcess[str]:
        self.commands.append(" ".join(arguments[:2]) if arguments[0] == "pip" else arguments[0])
        return super().run(arguments, stdin=stdin)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture(scope="module")
def old() -> EnvironmentRequest:
    return EnvironmentRequest(python=find_newest(discover().found).minor, plugin="0.21.2")


@pytest.fixture(scope="module")
def built(root: Path, old: EnvironmentRequest) -> Built:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        result = Provisioner(root=root).provide(old)
    assert isinstance(result, Built), result
    return result


def test_an_old_plugin_gets_the_pytest_of_its_time_and_the_newest_client(built: Built) -> None:
    environment = built.environment
    assert environment.plugin == "0.21.2"
    assert environment.pytest == "8.2.0"
    assert environment.as_of == "2024-05-19"
    assert environment.id.endswith(f"/pytest-asyncio-0.21.2/valkey-{environment.client_version}")


def test_what_is_importable_in_it_is_exactly_its_freeze(built: Built) -> None:
    question = (
        "from importlib.metadata import distributions;"
        "print(*sorted(d.metadata['Name'].lower().replace('_', '-') + '==' + d.version for d in distributions()))"
    )
    done = subprocess.run([built.python, "-I", "-c", question], capture_output=True, text=True, check=True)
    assert tuple(done.stdout.split()) == built.environment.freeze


def test_an_async_test_passes_in_it(built: Built, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("import valkey.asyncio\nasync def test_it(): pass\n")
    command = [str(built.python), "-m", "pytest", "--asyncio-mode=auto", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert f"pytest-{built.environment.pytest}" in done.stdout
    assert "asyncio-0.21.2" in done.stdout


def test_everything_is_byte_compiled_although_the_shell_forbids_it(built: Built) -> None:
    packages = find_site_packages(built.python.parents[1])
    for package in ("_pytest", "pytest_asyncio", "valkey/asyncio"):
        sources = {path.stem for path in (packages / package).glob("*.py")}
        compiled = {path.name.split(".")[0] for path in (packages / package / "__pycache__").glob("*.pyc")}
        assert sources <= compiled


FAILING = """
import pytest, valkey.asyncio

@pytest.mark.asyncio
async def test_it():
    assert [1, 2] == [1, 3], await valkey.asyncio.Valkey(port=1, socket_timeout=0.1).get("x")

@pytest.mark.asyncio
async def test_further():
    from anyio.streams.memory import MemoryObjectSendStream
"""


@pytest.mark.parametrize("packages", [(), ("anyio",)])
def test_no_suite_has_to_compile_what_it_imports(
    built: Built, root: Path, old: EnvironmentRequest, tmp_path: Path, packages: tuple[str, ...]
) -> None:
    provided = Provisioner(root=root).provide(old, packages)
    assert isinstance(provided, Built)
    site = find_site_packages(provided.python.parents[1])
    before = set(site.rglob("*.pyc"))
    (tmp_path / "test_it.py").write_text(FAILING)
    command = [str(provided.python), "-m", "pytest", "--color=yes", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ("1 passed" in done.stdout) == bool(packages), done.stdout
    # pytest rewrites the assertions of plugins, and keeps those apart.
    assert {path for path in set(site.rglob("*.pyc")) - before if "-pytest-" not in path.name} == set()


def test_what_a_cell_asks_for_is_beside_exactly_what_the_environment_has(
    built: Built, root: Path, old: EnvironmentRequest
) -> None:
    uv = CountingUv(find_uv().path, find_uv().version)
    provisioner = Provisioner(root=root, uv=uv)
    described = provisioner.describe(old, [("anyio",), ("pytest-asyncio<0.1",)])
    assert isinstance(described, Environment)
    assert (described.digest, described.freeze) == (built.environment.digest, built.environment.freeze)
    added, impossible = described.additions
    assert [line.partition("==")[0] for line in added.freeze][:2] == ["anyio", "idna"]
    assert impossible.reason
    provided = provisioner.build(old, described, ("anyio",))
    assert provided.python != built.python
    assert {path.name for path in find_site_packages(built.python.parents[1]).glob("anyio*")} == set()
    question = """if True:
        import anyio, pytest_asyncio, valkey
        from importlib.metadata import entry_points
        print(sorted(one.name for one in entry_points(group='pytest11')), pytest_asyncio.__file__)
    """
    done = subprocess.run([provided.python, "-I", "-c", question], capture_output=True, text=True, check=True)
    assert done.stdout.split(" /")[0] == "['anyio', 'asyncio']"
    assert str(provided.python.parents[1]) in done.stdout
    assert provisioner.build(old, described, ("pytest-asyncio<0.1",)).python == built.python
    uv.commands.clear()
    again = provisioner.provide(old, ("anyio",))
    assert isinstance(again, Built)
    assert again.python == provided.python
    assert uv.commands == []


def test_its_commands_start_its_own_python(built: Built, tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("commands are programs there")
    command = [str(built.python.with_name("pytest")), "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert built.environment.pytest in done.stdout


def test_a_repeat_starts_no_process(built: Built, root: Path, old: EnvironmentRequest) -> None:
    nowhere = Uv(str(root / "no-uv-here"), find_uv().version)
    assert Provisioner(root=root, uv=nowhere).provide(old) == built


def test_naming_what_would_be_chosen_anyway_is_the_same_environment_on_disk(
    built: Built, root: Path, old: EnvironmentRequest
) -> None:
    named = msgspec.structs.replace(
        old, pytest=built.environment.pytest, client_version=built.environment.client_version
    )
    other = Provisioner(root=root).provide(named)
    assert isinstance(other, Built)
    assert other.python == built.python
    assert other.environment.id == f"{built.environment.id}/pytest-8.2.0"


def test_threads_that_want_the_same_environment_make_it_once(tmp_path: Path, old: EnvironmentRequest) -> None:
    uv = CountingUv(find_uv().path, find_uv().version)
    provisioner = Provisioner(root=tmp_path, uv=uv)
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(provisioner.provide, [old] * 3))
    assert len(set(results)) == 1
    assert uv.commands.count("venv") == 1
    assert uv.commands.count("pip install") == 1


def test_an_unresolvable_combination_gives_the_reason(root: Path) -> None:
    oldest = discover().found[0].minor
    request = EnvironmentRequest(python=oldest, plugin="1.0.0", pytest="7.4.4")
    result = Provisioner(root=root).provide(request)
    assert isinstance(result, Unresolvable)
    assert "pytest-asyncio==1.0.0" in result.reason
    assert result.id.endswith("/pytest-7.4.4")
    assert str(root) not in result.reason


def test_an_environment_that_lost_a_file_of_its_own_is_made_again(tmp_path: Path, old: EnvironmentRequest) -> None:
    first = Provisioner(root=tmp_path).provide(old)
    assert isinstance(first, Built)
    (first.python.parents[1] / provisioning.MANIFEST).unlink()
    assert Provisioner(root=tmp_path).provide(old) == first
    assert (first.python.parents[1] / provisioning.MANIFEST).exists()


def test_a_failed_installation_leaves_nothing_behind(
    tmp_path: Path, old: EnvironmentRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    provisioner = Provisioner(root=tmp_path)
    provisioner.resolver.resolve(old, find_newest(provisioner.interpreters))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    with pytest.raises(InfrastructureError, match="uv pip"):
        provisioner.provide(old)
    assert list((tmp_path / "environments").iterdir()) == []
