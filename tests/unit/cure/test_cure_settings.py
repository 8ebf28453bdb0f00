"""The settings that are offered are those that the versions know and that aren't so already."""

from __future__ import annotations

import pytest

from harness.catalogue.target import Target
from harness.cure.settings import list_settings

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
