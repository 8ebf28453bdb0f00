"""Names, places and moments of a run as sentences have them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from harness.output.text import one_line, shorten_error

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from harness.evidence.model import Evidence, Moment, Raised
    from harness.habits.model import Fixture, Habits

_PHASES = ("import", "collect", "setup", "call", "teardown", "session")

_KNOWN = frozenset({"pytest", "pytest-asyncio"})
"""Whose files nobody needs to open to understand a run."""


class At(msgspec.Struct, frozen=True):
    """`conftest.py:14 in client`, read."""

    file: str
    line: int
    function: str

    @property
    def place(self) -> str:
        """`conftest.py:14`."""
        return f"{self.file}:{self.line}"


def read_at(text: str) -> At | None:
    """None for the empty text that stands for an unknown place."""
    place, separator, function = text.rpartition(" in ")
    file, _, line = place.rpartition(":")
    return At(file, int(line), function) if separator and line.isdigit() else None


class Timeline:
    """The order of a run's phases. What happened between tests can be in no order with the tests."""

    def __init__(self, evidence: Evidence) -> None:
        loops, connections = evidence.loops, evidence.connections
        begun = [*(loop.created for loop in loops), *(connection.opened for connection in connections)]
        ended = [*(loop.closed for loop in loops), *(connection.closed for connection in connections)]
        moments = [moment for moment in (*begun, *ended) if moment is not None]
        known = dict.fromkeys([*(test.id for test in evidence.tests), *(moment.test for moment in moments)])
        self.tests = [test for test in known if test]
        self._rank = {test: rank for rank, test in enumerate(self.tests)}

    def at(self, test: str, when: str) -> tuple[int, int] | None:
        """Where a phase stands; None where that can't be known."""
        if test in self._rank:
            return self._rank[test], _PHASES.index(when)
        return (-1, 0) if when in ("import", "collect") else None

    def before(self, one: Moment | None, test: str, when: str) -> bool:
        """Whether a moment surely was before that phase."""
        if one is None:
            return False
        first, second = self.at(one.test, one.when), self.at(test, when)
        return first is not None and second is not None and first < second


class Wording:
    """Words for one suite. `files` are its own, by path; fixtures come from its habits."""

    def __init__(self, evidence: Evidence, habits: Habits, files: Collection[str]) -> None:
        self._habits = habits
        self._files = files
        ids = [test.id for test in evidence.tests]
        self._short = Counter(_last_part(one) for one in set(ids))

    def test(self, test: str) -> str:
        """`test_b` where no other test is called like it; otherwise its whole id."""
        short = _last_part(test)
        return f"`{short if self._short[short] <= 1 else test}`"

    def phase(self, test: str, when: str) -> str:
        """`in the setup of X`."""
        match when:
            case "call" if test:
                return f"in {self.test(test)}"
            case "setup" | "teardown" if test:
                return f"in the {when} of {self.test(test)}"
            case "import":
                return (
                    "while a module was imported" if not test else f"while a module was imported for {self.test(test)}"
                )
            case "collect":
                return "while pytest collected the tests"
            case _:
                return "between tests or after the last one"

    def moment(self, moment: Moment) -> str:
        """`in the setup of X, by the fixture Y (conftest.py:12)`."""
        return self.phase(moment.test, moment.when) + self.by(moment.at, moment.test)

    def by(self, at: str, test: str) -> str:
        """Who did something: `, by the fixture Y (conftest.py:12)`; the place alone where it was the test itself."""
        found = read_at(at)
        if found is None:
            return ""
        if not self.is_own(found):
            library = _name_library(found.file)
            return f", by {library}" if library in _KNOWN else f", by {library} ({found.place})"
        if fixture := self.find_fixture(found):
            return f", by {fixture.words} ({found.place})"
        if found.function == _function_of(test) or found.function in ("<module>", ""):
            return f" ({found.place})"
        return f", by `{found.function}` ({found.place})"

    def role(self, moment: Moment) -> str:
        """The place, or only that it was the test itself: what makes moments of different tests alike."""
        return self.role_at(moment.at, moment.test)

    def role_at(self, at: str, test: str) -> str:
        """The same of a place."""
        found = read_at(at)
        own = found is not None and self.is_own(found) and found.function == _function_of(test)
        return "test" if own else at

    def is_own(self, at: At) -> bool:
        """Whether the place is in the suite."""
        return at.file in self._files

    def find_fixture(self, at: At) -> Fixture | None:
        """The fixture whose definition the line stands in."""
        around = [
            one for one in self._habits.fixtures if one.place.file == at.file and one.place.line <= at.line <= one.end
        ]
        return max(around, key=lambda one: one.place.line, default=None)

    def own_places(self, ats: Iterable[str]) -> tuple[str, ...]:
        """Those of the places that are in the suite, each once."""
        found = [at for at in map(read_at, ats) if at is not None and self.is_own(at)]
        return tuple(dict.fromkeys(at.place for at in found))


def name_entry(name: str) -> str:
    """`loop 3` for `loop-3`."""
    return name.replace("-", " ")


def capitalize(sentence: str) -> str:
    """Its first letter alone."""
    return sentence[:1].upper() + sentence[1:]


def show_error(raised: Raised) -> str:
    """`RuntimeError: Event loop is closed`, on one line, with what says most."""
    kind = raised.type.rpartition(".")[2]
    text = shorten_error(raised.text)
    return f"`{kind}: {text}`" if text else f"`{kind}`"


def list_some(names: Iterable[str], most: int = 4) -> str:
    """`a, b and 3 more`."""
    found = list(names)
    if len(found) <= most:
        return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else ""
    return f"{', '.join(found[: most - 1])} and {len(found) - most + 1:,} more"


def _last_part(test: str) -> str:
    """`test_b[x::y]` of `tests/test_a.py::TestC::test_b[x::y]`."""
    head, bracket, rest = test.partition("[")
    return one_line(head.rpartition("::")[2] + bracket + rest, 60)


def _function_of(test: str) -> str:
    return test.partition("[")[0].rpartition("::")[2]


def _name_library(file: str) -> str:
    """`pytest-asyncio` for `pytest_asyncio/plugin.py`."""
    return file.replace("\\", "/").partition("/")[0].strip("_").replace("_", "-")
