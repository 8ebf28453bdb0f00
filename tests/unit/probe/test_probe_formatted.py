"""Frames of installed files are formatted once for all forks of a warm process."""

from __future__ import annotations

import json
import os
import sys
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
    if sys.platform == "win32":
        pytest.skip("only POSIX forks")
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
    file.write_text('{"kind": "formatted", "known": [[["/a.py", ')
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


def test_positions_of_instructions_are_those_that_python_finds(
    module: Callable[[str], Any], places: Any, tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked == []
    find: Any = vars(traceback)["_get_code_position"]
    monkeypatch.setattr(traceback, "_get_code_position", find)  # taken back what is set by `use`
    first, again = (module("formatted").Formatted(str(tmp_path / "formatted"), places) for _ in range(2))
    codes = [fail.__code__, json.loads.__code__, (lambda: [fail() for _ in "a"]).__code__]
    wanted = [(code, index) for code in codes for index in (-1, *range(0, len(code.co_code), 2))]
    expected = [find(*each) for each in wanted]
    first.use()
    assert [vars(traceback)["_get_code_position"](*each) for each in wanted] == expected
    first.pass_on()
    again.learn()

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(traceback, "_get_code_position", refuse)
    again.use()
    assert [vars(traceback)["_get_code_position"](*each) for each in wanted] == expected
