"""Rendering: what comes out is a project that a person would write, for the versions it will meet."""

from __future__ import annotations

import ast
from configparser import ConfigParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.catalogue.catalogue import REFERENCE
from harness.catalogue.loading import load_catalogue
from harness.catalogue.rendering import write_suite
from harness.catalogue.target import Target

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE = load_catalogue()
PLUGINS = ("0.17.2", "0.21.2", "0.23.8", "0.24.0", "0.26.0", "1.0.0", "1.4.1", "1.5.0")
ANY_CELL = st.fixed_dictionaries({axis: st.sampled_from(names) for axis, names in CATALOGUE.value_names.items()}).map(
    CATALOGUE.cell
)


def target(plugin: str = "1.5.0", *, client: str = "valkey", python: str = "3.13.0", **more: str) -> Target:
    versions = {"python": python, "pytest-asyncio": plugin, "pytest": "8.4.0", client: "6.2.0"}
    added = {"uvloop": "0.22.1", "anyio": "4.12.0"}
    return Target(platform="linux", client=client, versions=versions | added | more)


def suite(cell: str, plugin: str = "1.5.0", **options: str) -> dict[str, str]:
    return CATALOGUE.suite(CATALOGUE.parse(cell), target(plugin, **options))


@given(ANY_CELL, st.sampled_from(PLUGINS), st.sampled_from(("valkey", "redis")))
@settings(max_examples=400, deadline=None)
def test_every_expressible_cell_is_python_that_38_can_read_and_imports_nothing_of_the_harness(
    cell: object, plugin: str, client: str
) -> None:
    parsed = CATALOGUE.parse(str(cell))
    where = target(plugin, client=client)
    if CATALOGUE.not_applicable(parsed, where):
        return
    files = CATALOGUE.suite(parsed, where)
    for name, text in files.items():
        if name.endswith(".py"):
            tree = ast.parse(text, name, feature_version=(3, 8))
            imported = {
                n.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for n in node.names
            }
            imported |= {str(n.module).split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
            assert not imported & {"harness", "scenarios"}
            assert ({"valkey", "redis"} - {client}).isdisjoint(imported)
            assert "\t" not in text
            assert all(len(line) <= 120 for line in text.splitlines()[1:])  # the first names the cell


@given(ANY_CELL, st.sampled_from(PLUGINS))
@settings(max_examples=100, deadline=None)
def test_rendering_the_same_cell_twice_gives_the_same_text(cell: object, plugin: str) -> None:
    parsed = CATALOGUE.parse(str(cell))
    where = target(plugin)
    if CATALOGUE.not_applicable(parsed, where) is None:
        assert CATALOGUE.suite(parsed, where) == CATALOGUE.suite(parsed, where)


def test_a_suite_crosses_the_border_of_every_scope() -> None:
    files = suite(REFERENCE)
    classes = {
        name: [
            [item.name for item in node.body if isinstance(item, ast.AsyncFunctionDef)]
            for node in ast.parse(text).body
            if isinstance(node, ast.ClassDef)
        ]
        for name, text in files.items()
        if "/test_" in name
    }
    assert max(len(tests) for tests in classes["basket/test_items.py"]) >= 2
    assert len(classes["basket/test_items.py"]) >= 2
    assert {name.split("/")[0] for name in classes} == {"basket", "orders"}
    assert sum(name.startswith("basket/") for name in classes) >= 2
    assert {"basket/__init__.py", "orders/__init__.py"} <= set(files)


def test_the_ini_file_can_be_read_and_names_the_mode() -> None:
    parser = ConfigParser()
    parser.read_string(suite("default/function/async_fixture/aclose@asyncio_mode=auto")["pytest.ini"])
    assert parser["pytest"]["asyncio_mode"] == "auto"


def test_loop_scope_is_called_scope_on_023_and_only_marks_have_it() -> None:
    files = suite("default/session/async_fixture/aclose@loop_scope=fixture", "0.23.8")
    assert '@pytest.mark.asyncio(scope="session")' in files["basket/test_items.py"]
    assert '@pytest_asyncio.fixture(scope="session")' in files["conftest.py"]
    files = suite("default/session/async_fixture/aclose@loop_scope=fixture", "0.24.0")
    assert '@pytest.mark.asyncio(loop_scope="session")' in files["basket/test_items.py"]
    assert '@pytest_asyncio.fixture(scope="session", loop_scope="session")' in files["conftest.py"]


def test_mixed_moves_the_fixtures_and_leaves_the_tests() -> None:
    files = suite("default/session/async_fixture/aclose@loop_scope=mixed")
    assert 'loop_scope="session"' in files["conftest.py"]
    assert "loop_scope" not in files["basket/test_items.py"]


def test_uvloop_is_chosen_in_the_way_each_version_documents() -> None:
    cell = "uvloop/function/async_fixture/aclose"
    assert "set_event_loop_policy(uvloop.EventLoopPolicy())" in suite(cell, "0.21.2")["conftest.py"]
    assert "def event_loop_policy():" in suite(cell, "1.0.0")["conftest.py"]
    assert "def pytest_asyncio_loop_factories(config, item):" in suite(cell, "1.4.1")["conftest.py"]


def test_a_package_scoped_fixture_stands_in_the_conftest_of_each_package() -> None:
    files = suite("default/package/async_fixture/aclose")
    assert "async def client" not in files["conftest.py"]
    assert 'scope="package"' in files["basket/conftest.py"]
    assert files["basket/conftest.py"].splitlines()[1:] == files["orders/conftest.py"].splitlines()[1:]


def test_sync_cleanup_of_an_async_fixture_stacks_two_fixtures() -> None:
    text = suite("default/function/async_fixture/asyncio_run")["conftest.py"]
    assert "async def bare_client():" in text
    assert "\ndef client(bare_client):\n    yield bare_client\n    asyncio.run(bare_client.aclose())\n" in text


def test_anyio_marks_tests_and_has_a_backend_as_wide_as_the_client() -> None:
    files = suite("default/module/async_fixture/aclose@runner=anyio")
    assert "@pytest.mark.anyio" in files["basket/test_items.py"]
    assert '@pytest.fixture(scope="module")\ndef anyio_backend():\n    return "asyncio"' in files["conftest.py"]
    assert '@pytest.fixture(scope="module")\nasync def client():' in files["conftest.py"]
    assert not any("pytest_asyncio" in text or "mark.asyncio" in text for text in files.values())


def test_unittest_awaits_in_what_belongs_to_one_test() -> None:
    files = suite("default/function/async_fixture/aclose@runner=unittest")
    assert "    async def asyncSetUp(self):\n        self.client = Valkey" in files["cases.py"]
    assert "    async def asyncTearDown(self):\n        await self.client.aclose()" in files["cases.py"]
    assert 'await self.client.set("apple", "ripe")' in files["basket/test_items.py"]
    assert "pytest" not in "".join(text for path, text in files.items() if path.endswith(".py"))


@pytest.mark.parametrize("scope", ["function", "class", "module"])
@pytest.mark.parametrize("cleanup", ["none", "asyncio_run", "drop_and_collect"])
def test_a_unittest_suite_makes_its_client_and_puts_it_away_in_each_scope(scope: str, cleanup: str) -> None:
    files = suite(f"default/{scope}/sync_fixture/{cleanup}@runner=unittest")
    text = files["basket/test_items.py"] if scope == "module" else files["cases.py"]
    names = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    suffix = {"function": "", "class": "Class", "module": "Module"}[scope]
    assert f"setUp{suffix}" in names
    assert (f"tearDown{suffix}" in names) == (cleanup != "none")


def test_uvloop_is_chosen_in_the_way_of_each_runner() -> None:
    text = suite("uvloop/function/async_fixture/aclose@runner=anyio")["conftest.py"]
    assert 'return ("asyncio", {"use_uvloop": True})' in text
    cell = "uvloop/function/async_fixture/aclose@runner=unittest"
    assert "    loop_factory = uvloop.Loop" in suite(cell)["basket/test_items.py"]
    assert "set_event_loop_policy(uvloop.EventLoopPolicy())" in suite(cell, python="3.12.0")["conftest.py"]


def test_the_mark_with_the_loop_scope_comes_from_where_the_value_says() -> None:
    mark = 'pytest.mark.asyncio(loop_scope="session")'
    files = suite("default/session/async_fixture/aclose@loop_scope=hook_session")
    assert mark in files["conftest.py"]
    assert "    @pytest.mark.asyncio\n" in files["basket/test_items.py"]
    files = suite("default/session/async_fixture/aclose@loop_scope=param_session")
    assert f'@pytest.mark.parametrize("key", [pytest.param("apple", marks={mark})])' in files["basket/test_items.py"]
    assert 'await client.set(key, "ripe")' in files["basket/test_items.py"]
    files = suite("default/session/async_fixture/aclose@loop_scope=ini_session")
    assert "asyncio_default_test_loop_scope = session" in files["pytest.ini"]
    assert "loop_scope" not in "".join(
        text for path, text in files.items() if path.endswith(".py") and "Cell" not in text
    )


def test_tests_that_follow_each_other_choose_different_loop_factories() -> None:
    text = suite("factory_choice/function/async_fixture/aclose")["basket/test_items.py"]
    chosen = [line.partition("loop_factories=")[2] for line in text.splitlines() if "loop_factories" in line]
    assert chosen == ['["default"])', '["selector"])', '["default"])']


def test_a_client_that_ends_with_its_loop_is_registered_where_it_is_made() -> None:
    conftest = suite("default/function/sync_fixture/loop_shutdown")["conftest.py"]
    assert "    await close_with_loop(bare_client)\n    return bare_client\n" in conftest
    files = suite("default/function/app_lifespan/loop_shutdown")
    assert "import close_with_loop" not in "".join(files.values())
    assert "    await close_with_loop(client)\n    yield client" in files["app.py"]


def test_the_redis_package_is_used_where_it_is_the_client() -> None:
    text = suite("default/function/async_fixture/aclose", client="redis", redis="8.1.0")["conftest.py"]
    assert "from redis.asyncio import Redis" in text
    assert "Redis.from_url(" in text


@pytest.mark.parametrize(
    ("cell", "plugin", "reason"),
    [
        ("policy_fixture/function/async_fixture/aclose", "0.21.2", "came with pytest-asyncio 0.23"),
        ("loop_factories/function/async_fixture/aclose", "1.3.0", "came with pytest-asyncio 1.4"),
        ("default/session/async_fixture/aclose@loop_scope=session", "0.23.8", "before pytest-asyncio 0.24"),
        ("default/session/async_fixture/aclose@loop_scope=fixture", "0.21.2", "came with pytest-asyncio 0.23"),
        ("default/session/inside_test/aclose", "1.5.0", "no fixture whose scope could differ"),
        ("default/function/sync_fixture/none@asyncio_mode=plain_fixture", "1.5.0", "no async fixture"),
        ("default/function/sync_fixture/none@interleaving=sync_async_fixture", "1.5.0", "no async fixture"),
        ("default/class/async_fixture/none@runner=unittest", "1.5.0", "unittest awaits nothing"),
        ("default/session/sync_fixture/none@runner=unittest", "1.5.0", "wider than a module"),
        ("default/session/async_fixture/aclose@loop_scope=fixture_scope_ini", "1.4.1", "came with pytest-asyncio 1.5"),
        ("default/session/async_fixture/aclose@loop_scope=ini_session", "0.25.3", "came with pytest-asyncio 0.26"),
    ],
)
def test_what_cannot_be_expressed_says_why(cell: str, plugin: str, reason: str) -> None:
    assert reason in str(CATALOGUE.not_applicable(CATALOGUE.parse(cell), target(plugin)))


@pytest.mark.parametrize("plugin", PLUGINS)
def test_asking_for_event_loop_is_expressible_on_every_version_because_people_do_it(plugin: str) -> None:
    cell = CATALOGUE.parse("default/function/event_loop_fixture/aclose")
    assert CATALOGUE.not_applicable(cell, target(plugin)) is None
    assert "async def client(event_loop):" in CATALOGUE.suite(cell, target(plugin))["conftest.py"]


def test_uvloop_is_not_applicable_where_it_is_not_installed() -> None:
    versions = {"python": "3.15.0", "pytest-asyncio": "1.5.0", "valkey": "6.2.0"}
    bare = Target(platform="linux", client="valkey", versions=versions)
    reason = CATALOGUE.not_applicable(CATALOGUE.parse("uvloop/function/async_fixture/aclose"), bare)
    assert reason == "uvloop has no build for this Python and system"


def test_aclose_is_not_applicable_before_redis_501_and_no_matter_of_redis_under_valkey() -> None:
    cell = CATALOGUE.parse("default/function/async_fixture/aclose")
    assert "redis-py 5.0.1" in str(CATALOGUE.not_applicable(cell, target(client="redis", redis="4.6.0")))
    assert CATALOGUE.not_applicable(cell, target()) is None


def test_a_written_suite_has_the_rendered_files(tmp_path: Path) -> None:
    files = suite(REFERENCE)
    write_suite(files, tmp_path / "suite")
    written = {
        path.relative_to(tmp_path / "suite").as_posix(): path.read_text(encoding="utf-8")
        for path in (tmp_path / "suite").rglob("*")
        if path.is_file()
    }
    assert written == files


def test_tests_of_an_application_send_requests_through_a_client_that_may_be_entered() -> None:
    bare, entered = (suite(f"default/module/app_test_client{end}/aclose") for end in ("", "_with"))
    assert "    return TestClient(app)" in bare["conftest.py"]
    assert "    with TestClient(app) as client:\n        yield client" in entered["conftest.py"]
    assert bare["app.py"] == entered["app.py"]
    assert "lifespan=lifespan" in bare["app.py"]
    assert "async" not in bare["basket/test_items.py"]
    awaited = suite("default/function/app_asgi_transport/none@runner=anyio")
    assert "@pytest.mark.anyio\n    async def test_apple(self, client):" in awaited["basket/test_items.py"]
    assert "lifespan" not in awaited["app.py"]


def test_a_task_group_is_asked_for_by_each_test_and_runs_on_its_loop() -> None:
    files = suite("default/session/inside_test/aclose@loop_scope=session,workload=cancel_scope", "1.5.0")
    assert '@pytest_asyncio.fixture(loop_scope="session")\nasync def tasks():' in files["conftest.py"]
    assert "async def test_pay(self, tasks):" in files["orders/test_checkout.py"]


def test_a_key_that_comes_by_a_parameter_is_compared_with_what_the_server_answers() -> None:
    files = suite("default/function/async_fixture/none@loop_scope=param_session,workload=timeout_in_command", "1.5.0")
    assert "assert await client.echo(key) == key.encode()" in files["basket/test_items.py"]
