"""Paths in texts that were written on Windows."""

from __future__ import annotations

import pytest

from harness.verdicts.windows_paths import shorten_windows_paths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"running at basket\test_items.py:9> cb=[x() at asyncio\base_events.py:181]>", None),
        (r"..\..\cache\2b30\Lib\site-packages\pytest_asyncio\plugin.py:561: def", "pytest_asyncio/plugin.py:561: def"),
        (r"(from C:\\Users\\An na\\suite\\sub\\conftest.py)", "(from sub/conftest.py)"),
        (r"c:\python\lib\asyncio\runners.py:7", "asyncio/runners.py:7"),
        (r"at \\server\the share\suite\test_a.py:3", "at suite/test_a.py:3"),
    ],
)
def test_a_path_is_written_as_on_every_other_system(text: str, expected: str | None) -> None:
    assert shorten_windows_paths(text) == (expected or text.replace("\\", "/"))


@pytest.mark.parametrize(
    "text", [r"invalid escape \d in 'a\b'", "/home/me/suite/test_a.py:3", r"a line\nand another", ""]
)
def test_what_is_no_path_of_windows_stays(text: str) -> None:
    assert shorten_windows_paths(text) == text
