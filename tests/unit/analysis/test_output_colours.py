"""Colours of verdicts in finished tables."""

from __future__ import annotations

import io
import sys

import pytest

from harness.output.colours import make_painter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def painted(text: str, monkeypatch: pytest.MonkeyPatch, stream: io.StringIO | None = None) -> str:
    # Not in a fixture: pytest puts its own stream in place between set-up and test.
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream or Terminal())
        return make_painter()(text)


def test_errors_are_red_leaks_and_warnings_yellow_and_clean_is_green(monkeypatch: pytest.MonkeyPatch) -> None:
    assert painted("a  fails  loop-closed←different-loop", monkeypatch) == (
        "a  \x1b[31mfails\x1b[0m  \x1b[31mloop-closed\x1b[0m←\x1b[31mdifferent-loop\x1b[0m"
    )
    assert painted("leaks connection", monkeypatch) == "\x1b[33mleaks\x1b[0m connection"
    assert painted("  clean  ", monkeypatch) == "  \x1b[32mclean\x1b[0m  "


@pytest.mark.parametrize("text", ["cleanup", "cleanest", "default/function/clean/none", "a-hang-over"])
def test_words_within_other_words_keep_their_colour(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert painted(text, monkeypatch) == text


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_the_environment_turns_colours_off(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert painted("clean", monkeypatch) == "clean"


def test_a_pipe_has_colours_only_if_they_are_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    assert painted("clean", monkeypatch, io.StringIO()) == "clean"
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert painted("clean", monkeypatch, io.StringIO()) == "\x1b[32mclean\x1b[0m"
