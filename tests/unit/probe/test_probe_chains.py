"""Exception chains as the probe writes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Module = Callable[[str], Any]


def throw(error: BaseException) -> None:
    raise error


def raised(action: Callable[[], object]) -> BaseException:
    try:
        action()
    except BaseException as error:  # noqa: BLE001 - whatever it raises is what is looked at
        return error
    raise AssertionError("nothing was raised")


def chain(error: BaseException | None, module: Module, places: Any) -> list[tuple[str, str, str]]:
    found = module("chains").describe(error, places)
    return [(each["type"], each["text"], each["link"]) for each in found]


def test_no_exception_has_an_empty_chain(module: Module, places: Any) -> None:
    assert chain(None, module, places) == []


def test_the_surface_comes_first_and_what_it_hides_follows(module: Module, places: Any) -> None:
    def action() -> None:
        try:
            throw(RuntimeError("attached to a different loop"))
        except RuntimeError:
            raise RuntimeError("Event loop is closed")  # noqa: B904 - the context is what is tested

    assert chain(raised(action), module, places) == [
        ("RuntimeError", "Event loop is closed", "surface"),
        ("RuntimeError", "attached to a different loop", "context"),
    ]


def test_a_cause_wins_over_the_context(module: Module, places: Any) -> None:
    def action() -> None:
        try:
            throw(KeyError("context"))
        except KeyError:
            raise ValueError("surface") from asyncio.CancelledError("cause")

    assert chain(raised(action), module, places) == [
        ("ValueError", "surface", "surface"),
        ("asyncio.exceptions.CancelledError", "cause", "cause"),
    ]


def test_a_context_hidden_by_from_none_stays_hidden(module: Module, places: Any) -> None:
    def action() -> None:
        try:
            throw(KeyError("hidden"))
        except KeyError:
            raise ValueError("surface") from None

    assert chain(raised(action), module, places) == [("ValueError", "surface", "surface")]


def test_a_cycle_ends(module: Module, places: Any) -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert [text for _, text, _ in chain(first, module, places)] == ["first", "second"]


def test_a_very_long_chain_is_cut(module: Module, places: Any) -> None:
    error = ValueError("0")
    for number in range(1, 200):
        following = ValueError(str(number))
        following.__cause__ = error
        error = following
    assert len(chain(error, module, places)) == module("chains").LONGEST_CHAIN


def test_members_of_a_group_follow_it_with_their_own_chains(module: Module, places: Any) -> None:
    first = ValueError("first")
    first.__cause__ = KeyError("behind first")
    group = ExceptionGroup("both", [first, OSError("second")])
    assert chain(group, module, places) == [
        ("ExceptionGroup", "both (2 sub-exceptions)", "surface"),
        ("ValueError", "first", "member"),
        ("KeyError", "'behind first'", "cause"),
        ("OSError", "second", "member"),
    ]


def test_an_exception_that_cannot_be_printed_is_described(module: Module, places: Any) -> None:
    class ShyError(Exception):
        def __str__(self) -> str:
            raise LookupError

    (item,) = chain(ShyError(), module, places)
    assert item[1] == "<str() raised LookupError>"


def test_notes_belong_to_the_text(module: Module, places: Any) -> None:
    error = ValueError("text")
    error.add_note("note")
    assert chain(error, module, places)[0][1] == "text\nnote"


def test_the_origin_is_the_innermost_frame(module: Module, places: Any) -> None:
    error = raised(lambda: asyncio.run(asyncio.wait_for(asyncio.Event().wait(), 0)))
    origin = module("chains").describe(error, places)[0]["origin"]
    assert origin.startswith("asyncio/")
    assert origin.rpartition(" in ")[2]


def test_frames_of_the_probe_are_taken_out_of_a_traceback(module: Module, places: Any) -> None:
    connections = module("connections")

    class Stream:
        def close(self) -> None:
            raise OSError("closing")

    ledger = connections.ConnectionLedger(clock=None, places=places, writer=None, guard=Deaf(), loops=None)
    observed = ledger._observed_close(Stream.close)
    error = raised(lambda: observed(Stream()))
    module("chains").describe(error, places)
    names = []
    entry = error.__traceback__
    while entry is not None:
        names.append((entry.tb_frame.f_code.co_filename, entry.tb_frame.f_code.co_name))
        entry = entry.tb_next
    assert [name for _, name in names] == ["raised", "<lambda>", "close"]
    assert {file for file, _ in names} == {__file__}


class Deaf:
    """A guard that runs nothing."""

    def run(self, *_: object) -> None:
        """Nothing."""


def test_a_missing_fixture_reads_as_pytest_prints_it(module: Module, places: Any) -> None:
    class FixtureLookupError(LookupError):
        def __init__(self, argname: str, *, msg: str | None = None, stack: tuple[str, ...] = ()) -> None:
            super().__init__(argname, object())
            self.argname, self.msg = argname, msg
            self.fixturestack = [FixtureLookupError(name) for name in stack]

    def text(error: Exception) -> str:
        return chain(error, module, places)[0][1]

    assert text(FixtureLookupError("event_loop")) == "fixture 'event_loop' not found"
    assert text(FixtureLookupError("a", stack=("a", "b"))) == "recursive dependency involving fixture 'a' detected"
    assert text(FixtureLookupError("a", msg="no such scope")) == "no such scope"
