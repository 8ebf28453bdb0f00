"""Frames of installed files are formatted once for all forks of a warm process."""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(
    not hasattr(traceback.StackSummary, "format_frame_summary"), reason="before Python 3.11 a frame has no positions"
)


def fail() -> str:
    """A traceback through the standard library, which begins in this file."""
    try:
        json.loads("{")
    except ValueError:
        return traceback.format_exc()
    return ""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose frames Python had to format itself; taken back what is set by `use`."""
    original: Any = traceback.StackSummary.format_frame_summary
    files: list[str] = []

    def count(stack: Any, frame: Any, **options: Any) -> str:
        files.append(Path(frame.filename).name)
        return str(original(stack, frame, **options))

    monkeypatch.setattr(traceback.StackSummary, "format_frame_summary", count)
    return files


def test_what_one_fork_formatted_the_next_ones_know(
    module: Callable[[str], Any], places: Any, tmp_path: Path, asked: list[str]
) -> None:
    parent = module("formatted").Formatted(str(tmp_path / "formatted"), places)
    expected = fail()
    parent.learn()
    pid = os.fork()
    if pid == 0:
        parent.use()
        fail()
        if os.fork() == 0:  # what the suite forks passes nothing on
            parent.pass_on()
            os._exit(0)
        os.wait()
        parent.pass_on()
        os._exit(0)
    os.waitpid(pid, 0)
    assert len((tmp_path / "formatted").read_bytes().splitlines()) == 1
    parent.learn()
    parent.use()
    asked.clear()
    assert fail() == expected
    assert asked == [Path(__file__).name]


def test_half_a_line_of_a_fork_that_was_killed_is_passed_over(
    module: Callable[[str], Any], places: Any, tmp_path: Path, asked: list[str]
) -> None:
    file = tmp_path / "formatted"
    parent = module("formatted").Formatted(str(file), places)
    file.write_text('{"kind": "formatted", "frames": [[["/a.py", ')
    expected = fail()
    parent.learn()
    parent.use()
    asked.clear()
    assert fail() == expected
    assert len(asked) > 1


def test_frames_with_their_variables_or_in_colour_are_formatted_by_python(
    module: Callable[[str], Any], places: Any, tmp_path: Path, asked: list[str]
) -> None:
    module("formatted").Formatted(str(tmp_path / "formatted"), places).use()
    fail()
    asked.clear()
    with pytest.raises(ValueError, match="property name") as caught:
        json.loads("{")
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "idx = 0" in "".join(shown.format())
    assert "decoder.py" in asked
