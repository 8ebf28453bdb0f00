"""The file of expected differences: small, reviewed, and each entry with a reason and an end.

[[difference]]
select = "creation_site=event_loop_fixture"     # in the language of --select; or cells = ["ID", …]
versions = { "pytest-asyncio" = ">=1.0" }       # of the environment that was run; packages, and python
after = "event-loop-fixture-missing"            # the label as it is printed; before = … likewise
reason = "event_loop was removed in pytest-asyncio 1.0"
until = "pytest-asyncio >= 1.6"                 # or a day, such as 2027-01-31
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from harness.analysis.label import NOT_APPLICABLE
from harness.analysis.text import one_line
from harness.errors import UsageError
from harness.selecting import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from harness.comparison.model import Change
    from harness.environments.model import Environment
    from harness.selecting import Selection

NAME = "expected.toml"
PYTHON = "python"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_REMEDY = (
    "An entry has a reason, an until (a day such as 2027-01-31, or a version such as 'pytest-asyncio >= 1.6'), and one "
    "or more of select, cells and versions."
)


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry as it stands in the file."""

    select: str = ""
    cells: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    before: str = ""
    after: str = ""
    reason: str
    until: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One expected difference: which cells, in which environments, and until when."""

    number: int  # place in the file, from 1
    selection: Selection | None
    cells: frozenset[str]
    versions: tuple[tuple[str, SpecifierSet], ...]
    before: str
    after: str
    reason: str
    until: date | tuple[str, SpecifierSet]

    @property
    def ends(self) -> str:
        """`2027-01-31`, `pytest-asyncio >=1.6`."""
        return f"{self.until}" if isinstance(self.until, date) else f"{self.until[0]} {self.until[1]}"

    def past(self, environment: Environment, today: date) -> bool:
        """Whether it has ended, on this day or in this environment. The last day still counts."""
        if isinstance(self.until, date):
            return today > self.until
        return has(environment, *self.until)

    def meant(self, environment: Environment, change: Change, values: Mapping[str, str]) -> bool:
        """Whether it is of this change, ended or not."""
        chosen = change.cell in self.cells or not (self.cells or self.selection)
        if self.selection and values:
            chosen = chosen or self.selection.matches(values)
        return (
            chosen
            and all(has(environment, package, specifier) for package, specifier in self.versions)
            and all(
                _is_label(wanted, said) for wanted, said in zip((self.before, self.after), change.said, strict=True)
            )
        )


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one entry."""

    number: int
    reason: str
    until: str
    excused: int  # differences
    expired: bool
    late: int  # differences it would have excused if it hadn't ended

    @property
    def unused(self) -> bool:
        """It matched nothing, and could have."""
        return not (self.excused or self.late or self.expired)


class Expectations:
    """Entries of a file, and how often each was met: `excuse` counts."""

    def __init__(
        self,
        entries: Iterable[Difference] = (),
        *,
        values: Callable[[str], Mapping[str, str]],
        today: date,
    ) -> None:
        self._entries = tuple(entries)
        self._values = values
        self._today = today
        self._excused: Counter[int] = Counter()
        self._late: Counter[int] = Counter()

    def excuse(self, environment: Environment, change: Change) -> Difference | None:
        """The first entry that expects the change in the environment where it was run, and has not ended."""
        values = self._values(change.cell)
        for entry in self._entries:
            if entry.meant(environment, change, values):
                if not entry.past(environment, self._today):
                    self._excused[entry.number] += 1
                    return entry
                self._late[entry.number] += 1
        return None

    def standings(self, environments: Collection[Environment]) -> tuple[Standing, ...]:
        """What became of each entry in these environments."""
        return tuple(
            Standing(
                number=entry.number,
                reason=entry.reason,
                until=entry.ends,
                excused=self._excused[entry.number],
                expired=bool(self._late[entry.number])
                or (bool(environments) and all(entry.past(each, self._today) for each in environments)),
                late=self._late[entry.number],
            )
            for entry in self._entries
        )


def has(environment: Environment, package: str, specifier: SpecifierSet) -> bool:
    """Whether a version is in the range; of Python, whether the full one or its minor is."""
    if package == PYTHON:
        versions = [environment.python, environment.python_minor]
    else:
        versions = [environment.installed[package]] if package in environment.installed else []
    return any(specifier.contains(version, prereleases=True) for version in versions)


def _is_label(wanted: str, said: str) -> bool:
    """`n/a` is any reason why a cell can't be expressed; a label that was cut for printing counts as printed."""
    if not wanted or wanted in (said, one_line(said), one_line(said, 120)):
        return True
    return wanted == NOT_APPLICABLE and said.startswith(f"{NOT_APPLICABLE}:")


def read_expected(path: Path, axes: Mapping[str, Collection[str]]) -> tuple[Difference, ...]:
    """The entries. Raises `UsageError` with the file and the number of the entry for what is wrong."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{path} can't be read: {error.strerror}.", remedy="Name another file with --expected."
        ) from error
    except ValueError as error:
        raise UsageError(f"{path} is no TOML: {error}.", remedy=_REMEDY) from error
    entries = data.pop("difference", [])
    if data or not isinstance(entries, list):
        raise UsageError(
            f"{path}: {', '.join(map(repr, data)) or 'difference'} can't stand here.",
            remedy="The file has nothing but entries, each below a line [[difference]].",
        )
    return tuple(_entry(path, number, entry, axes) for number, entry in enumerate(entries, 1))


def _entry(path: Path, number: int, entry: Any, axes: Mapping[str, Collection[str]]) -> Difference:
    try:
        written = msgspec.convert(msgspec.to_builtins(entry), Written)  # a day of TOML becomes its text
        return Difference(
            number=number,
            selection=parse(written.select, axes=axes) if written.select else None,
            cells=frozenset(written.cells),
            versions=tuple((_package(name), _range(name, text)) for name, text in written.versions.items()),
            before=written.before,
            after=written.after,
            reason=_reason(written),
            until=_until(written.until),
        )
    except UsageError as error:
        raise UsageError(f"{path}, entry {number}: {error.problem}", remedy=error.remedy) from error
    except ValueError as error:
        raise UsageError(f"{path}, entry {number}: {error}", remedy=_REMEDY) from error


def _reason(written: Written) -> str:
    if not written.reason.strip():
        raise ValueError("the reason is empty")
    if not (written.select or written.cells or written.versions):
        raise ValueError("it has none of select, cells and versions, so it would expect everything")
    return written.reason.strip()


def _package(name: str) -> str:
    return canonicalize_name(name)


def _range(package: str, text: str) -> SpecifierSet:
    """`>=1.0`; a version alone is that version, of Python any release of that minor."""
    text = text.strip()
    if re.match(r"\d", text):
        text = f"=={text}.*" if _package(package) == PYTHON and text.count(".") == 1 else f"=={text}"
    try:
        found = SpecifierSet(text)
    except InvalidSpecifier:
        raise ValueError(f"{text!r} is no range of versions of {package}") from None
    if not text:
        raise ValueError(f"the range of versions of {package} is empty")
    return found


def _until(written: str) -> date | tuple[str, SpecifierSet]:
    if _DAY.fullmatch(written.strip()):
        return date.fromisoformat(written.strip())
    try:
        parsed = Requirement(written)
    except InvalidRequirement:
        raise ValueError(f"until is {written!r}, which is neither a day nor a version of a package") from None
    if not parsed.specifier or parsed.url or parsed.marker or parsed.extras:
        raise ValueError(f"until is {written!r}, which names no version")
    return canonicalize_name(parsed.name), parsed.specifier
