"""The settings that are offered are those that the versions know and that aren't so already."""

from __future__ import annotations

import pytest

from harness.catalogue.target import Target
from harness.cure.settings import find_trap, list_settings

SESSION = b"[pytest]\nasyncio_default_fixture_loop_scope = session\nasyncio_default_test_loop_scope = session\n"


@pytest.mark.parametrize(
    ("plugin", "ini", "names"),
    [
        ("0.21.2", b"", {"auto_mode"}),
        ("0.24.0", b"", {"auto_mode", "fixture_loops_session", "fixture_loops_function"}),
        (
            "0.26.0",
            b"",
            {"auto_mode", "fixture_loops_session", "fixture_loops_function", "test_loops_session", "all_loops_session"},
        ),
        ("1.4.0", SESSION, {"auto_mode", "fixture_loops_function", "test_loops_function"}),
        (
            "1.5.0",
            SESSION,
            {"auto_mode", "fixture_loops_function", "test_loops_function", "fixture_loops_fixture_scope"},
        ),
        ("0.21.2", b"[pytest]\nasyncio_mode = auto\n", {"strict_mode"}),
    ],
)
def test_settings_by_version(plugin: str, ini: bytes, names: set[str]) -> None:
    target = Target(platform="linux", client="valkey", versions={"pytest-asyncio": plugin})
    content = {"pytest.ini": ini}
    offered = list_settings(content, target)
    assert {one.name for one in offered} == names
    assert all(one.change(content) not in (None, content) for one in offered)


@pytest.mark.parametrize(
    ("before", "name", "warned"),
    [
        ("", "test_loops_session", True),
        ("asyncio_default_fixture_loop_scope = function", "test_loops_session", True),
        ("asyncio_default_fixture_loop_scope = session", "test_loops_session", False),
        ("asyncio_default_fixture_loop_scope = module", "test_loops_session", False),
        ("", "all_loops_session", False),
        ("", "fixture_loops_session", False),
        ("asyncio_default_test_loop_scope = session", "auto_mode", False),
    ],
)
def test_tests_that_share_a_loop_without_their_fixtures_are_warned_of(before: str, name: str, warned: bool) -> None:
    target = Target(platform="linux", client="valkey", versions={"pytest-asyncio": "1.5.0"})
    content = {"pytest.ini": f"[pytest]\n{before}\n".encode()}
    (candidate,) = (one for one in list_settings(content, target) if one.name == name)
    changed = candidate.change(content)
    assert changed is not None
    assert ("asyncio_default_fixture_loop_scope = session, too." in find_trap(content, changed)) is warned
