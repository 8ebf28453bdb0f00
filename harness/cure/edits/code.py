"""A suite's code as edits see it: its files, fixtures and tests, and who asks for whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from harness.cure.edits.source import Function, SourceFile, parse_file
from harness.cure.edits.tree import has_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst as cst

    from harness.catalogue.target import Target
    from harness.cure.model import Content
    from harness.habits.model import Habits

KEPT_SUITES = 8
TOO_LARGE = 1_000_000
"""Bytes of a file from which on it is data rather than code."""
CONCERNING = re.compile(rb"async|aio|loop|TestClient")
"""In a test file that edits may change."""
HELPING = re.compile(rb"fixture|client|Client|[Vv]alkey|[Rr]edis")
"""In any other file that they may look into, beside."""
LOOP_FIXTURES = frozenset({"event_loop", "event_loop_policy"})


@dataclass(frozen=True, kw_only=True, eq=False)
class SuiteFacts:
    """What the edits must know of a suite beside its code."""

    target: Target
    auto: bool  # asyncio_mode
    test_files: frozenset[str]
    unread: frozenset[str] = frozenset()  # files that no test imports

    def has_loop_scopes(self) -> bool:
        """Whether fixtures and marks take `loop_scope`."""
        return self.target.meets("pytest-asyncio>=0.24")

    def scope_of_mark(self) -> str | None:
        """The argument of the plugin's mark that names a loop; None where it has none."""
        if self.has_loop_scopes():
            return "loop_scope"
        return "scope" if self.target.meets("pytest-asyncio>=0.23") else None


def find_facts(habits: Habits, content: Content, target: Target) -> SuiteFacts:
    modes = [each.value for each in habits.settings if each.name == "asyncio_mode"]
    files = frozenset(each.place.file for each in habits.tests)
    unread = frozenset(content) - frozenset(habits.files) if habits.files else frozenset()
    return SuiteFacts(target=target, auto=modes[-1:] == ["auto"], test_files=files, unread=unread)


@dataclass(frozen=True, kw_only=True, eq=False)
class SuiteCode:
    """All files of a suite that can be parsed."""

    files: dict[str, SourceFile]
    facts: SuiteFacts

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        return tuple(each for file in self.files.values() for each in file.functions)

    @cached_property
    def fixtures(self) -> tuple[Function, ...]:
        return tuple(each for each in self.functions if each.decorator)

    @cached_property
    def tests(self) -> tuple[Function, ...]:
        return tuple(each for each in self.functions if self._is_test(each))

    def _is_test(self, function: Function) -> bool:
        if function.decorator or not function.name.startswith("test"):
            return False
        return function.file in self.facts.test_files or is_test_file(function.file)

    @cached_property
    def by_name(self) -> dict[str, tuple[Function, ...]]:
        """The fixtures, by the name that one asks for."""
        found: dict[str, list[Function]] = {}
        for fixture in self.fixtures:
            found.setdefault(fixture.fixture_name, []).append(fixture)
        return {name: tuple(each) for name, each in found.items()}

    def find_fixture(self, name: str, user: Function) -> Function | None:
        """The fixture that a function gets by a name: the nearest that it sees."""
        visible = [each for each in self.by_name.get(name, ()) if each is not user and sees(user, each)]
        return max(visible, key=lambda each: nearness(user, each), default=None)

    def find_requests(self, function: Function) -> Iterator[Function]:
        """The fixtures that a function asks for by its parameters."""
        for name in function.parameters:
            if found := self.find_fixture(name, function):
                yield found

    @cached_property
    def users(self) -> dict[Function, tuple[Function, ...]]:
        """The fixtures and tests that ask for each fixture."""
        found: dict[Function, list[Function]] = {}
        for function in (*self.fixtures, *self.tests):
            for fixture in self.find_requests(function):
                found.setdefault(fixture, []).append(function)
        return {fixture: tuple(each) for fixture, each in found.items()}

    def find_dependents(self, fixture: Function) -> tuple[Function, ...]:
        """All fixtures and tests that ask for a fixture, also by way of another."""
        found: list[Function] = []
        waiting = [fixture]
        while waiting:
            for user in self.users.get(waiting.pop(), ()):
                if user not in found:
                    found.append(user)
                    waiting.append(user)
        return tuple(found)

    def find_needs(self, function: Function) -> tuple[Function, ...]:
        """All fixtures that a function gets, also by way of another; those that come uncalled not."""
        found: list[Function] = []
        waiting = [function]
        while waiting:
            for fixture in self.find_requests(waiting.pop()):
                if fixture not in found:
                    found.append(fixture)
                    waiting.append(fixture)
        return tuple(found)

    def find_uncalled(self, function: Function) -> tuple[Function, ...]:
        """The autouse fixtures that a function sees, with all that they get."""
        found = [each for each in self.fixtures if each.autouse and each is not function and sees(function, each)]
        return tuple(dict.fromkeys([*found, *(need for each in found for need in self.find_needs(each))]))

    def find_file(self, dotted: str) -> SourceFile | None:
        """The suite's module of this name, which may be seen from another top folder."""
        dotted = dotted.lstrip(".")
        if not dotted:
            return None
        fitting = [each for each in self.files.values() if f".{each.dotted}".endswith(f".{dotted}")]
        return min(fitting, key=lambda each: len(each.dotted), default=None)


def read_code(content: Content, facts: SuiteFacts) -> SuiteCode:
    """The suite's code. A file that isn't Python is left out."""
    files = tuple(
        (file, bytes(data))
        for file, data in sorted(content.items())
        if file.endswith(".py") and len(data) < TOO_LARGE and concerns(file, data, facts)
    )
    return read_files(files, facts)


def concerns(file: str, data: bytes, facts: SuiteFacts) -> bool:
    """Whether an edit may change a file or look into it, by its text."""
    if file in facts.unread:
        return False
    tests = is_test_file(file) or file in facts.test_files
    return bool(CONCERNING.search(data) or (not tests and HELPING.search(data)))


@lru_cache(maxsize=KEPT_SUITES)
def read_files(files: tuple[tuple[str, bytes], ...], facts: SuiteFacts) -> SuiteCode:
    """The same; many edits look at the same suite, one after the other."""
    parsed = [each for each in (parse_file(file, data) for file, data in files) if each]
    return SuiteCode(files={each.file: each for each in parsed}, facts=facts)


def is_test_file(file: str) -> bool:
    name = PurePosixPath(file).name
    return name.startswith("test_") or name.endswith("_test.py") or name == "tests.py"


def is_conftest(file: str) -> bool:
    return PurePosixPath(file).name == "conftest.py"


def sees(user: Function, fixture: Function) -> bool:
    """Whether a fixture is one that a function can ask for."""
    if fixture.file == user.file:
        return not fixture.owner or fixture.owner == user.owner or user.owner.startswith(f"{fixture.owner}.")
    path = PurePosixPath(fixture.file)
    if not is_conftest(fixture.file):
        return not is_test_file(fixture.file)  # it may be imported by a conftest, or be a plugin's
    return path.parent in PurePosixPath(user.file).parents


def nearness(user: Function, fixture: Function) -> tuple[bool, bool, int, int]:
    """Larger for what is nearer."""
    path = PurePosixPath(fixture.file)
    return fixture.file == user.file, is_conftest(fixture.file), len(path.parts), len(fixture.owner)


def uses_name(node: cst.CSTNode, name: str) -> bool:
    """Whether the code uses a plain name, in functions that it defines too."""
    return has_name(node, name)
