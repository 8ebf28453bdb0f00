"""The file of expected differences: small, reviewed, and each entry with a reason and an end.

[[difference]]
select = "creation_site=event_loop_fixture"     # in the language of --select; or cells = ["ID", …]
versions = { "pytest-asyncio" = ">=1.0" }       # of the environment that was run; packages, and python
after = "event-loop-fixture-missing"            # the label as it is printed; before = … likewise
reason = "event_loop was removed in pytest-asyncio 1.0"
until = "pytest-asyncio >= 1.6"                 # or a day, such as 2027-01-31

What a file names must be there: an entry that excuses nothing because of a slip is not noticed until it is needed, and
one whose end is mistyped excuses forever.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from harness.catalogue.selection import parse
from harness.errors import UnknownNameError, UsageError
from harness.files import read_given
from harness.regress.expected import PYTHON, ExpectedDifference
from harness.regress.judging import EVERY_CELL
from harness.suites.suite import is_suite

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.environments.model import Environment

NAME = "expected.toml"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ENDS = frozenset({">=", ">", "=="})
_REMEDY = (
    "An entry has a reason, an until (a day such as 2027-01-31, or a version such as 'pytest-asyncio >= 1.6'), and one "
    "or more of select, cells and versions."
)


class ExpectedEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry as it stands in the file."""

    select: str = ""
    cells: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    before: str = ""
    after: str = ""
    reason: str
    until: str


class Cells:
    """What entries can name: cells of the catalogue, suites that the baseline holds, warnings common to all cells."""

    def __init__(self, catalogue: Catalogue, held: Iterable[str]) -> None:
        self.catalogue = catalogue
        self._suites = sorted(filter(is_suite, held))
        self._others = (*EVERY_CELL.values(), *self._suites)

    def id_of(self, name: str) -> str:
        """Its id as it stands in results. Raises `UsageError` for what there isn't."""
        if name in self._others:
            return name
        if is_suite(name) and not self._suites:
            raise UsageError(f"The baseline holds no suite, so not {name!r}.", remedy="Leave it out, or mend its name.")
        if is_suite(name):
            raise UnknownNameError("suite", name, self._suites)
        try:
            return self.catalogue.parse(name).id
        except UsageError as error:
            near = UnknownNameError("cell", name, self._others)
            raise (near if near.remedy.startswith("Did you mean") else error) from None


def read_expected(path: Path, cells: Cells) -> tuple[ExpectedDifference, ...]:
    """The entries. Raises `UsageError` with the file and the number of the entry for what is wrong."""
    try:
        text = read_given(path).decode("utf-8")
    except OSError as error:
        raise UsageError(
            f"{path} can't be read: {error.strerror}.", remedy="Name another file with --expected."
        ) from error
    except ValueError as error:
        raise UsageError(f"{path} is no TOML: {error}.", remedy=_REMEDY) from error
    data = _parse_toml(path, text)
    entries = data.pop("difference", [])
    if data or not isinstance(entries, list):
        raise UsageError(
            f"{path}: {', '.join(map(repr, data)) or 'difference'} can't stand here.",
            remedy="The file has nothing but entries, each below a line [[difference]].",
        )
    return tuple(_read_entry(path, number, entry, cells) for number, entry in enumerate(entries, 1))


def require_packages(path: Path, entries: Iterable[ExpectedDifference], environments: Collection[Environment]) -> None:
    """Raise `UsageError` for an entry that names a package which none of these environments has."""
    known = {PYTHON, *(name for environment in environments for name in environment.installed)}
    for entry in entries:
        for package in entry.packages:
            if package not in known:
                raise _make_entry_error(path, entry.number, UnknownNameError("package", package, sorted(known)))


def _make_entry_error(path: Path, number: int, error: UsageError) -> UsageError:
    return UsageError(f"{path}, entry {number}: {error.problem}", remedy=error.remedy)


def _parse_toml(path: Path, text: str) -> dict[str, Any]:
    """Raises `UsageError` with the line, as a day that there isn't is not named by what reads it."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        lines = text.split("\n")[int(place[1]) - 1 :][:1] if place else []
        raise UsageError(
            ": ".join([f"{path} is no TOML", str(error), *map(str.strip, lines)]), remedy=_REMEDY
        ) from error


def _read_entry(path: Path, number: int, entry: Any, cells: Cells) -> ExpectedDifference:
    try:
        written = msgspec.convert(msgspec.to_builtins(entry), ExpectedEntry)  # a day of TOML becomes its text
        return ExpectedDifference(
            number=number,
            selection=parse(written.select, axes=cells.catalogue.value_names) if written.select else None,
            cells=frozenset(map(cells.id_of, written.cells)),
            versions=tuple((_read_package(name), _read_range(name, text)) for name, text in written.versions.items()),
            before=written.before,
            after=written.after,
            reason=_read_reason(written),
            until=_read_until(written.until),
        )
    except UsageError as error:
        raise _make_entry_error(path, number, error) from error
    except ValueError as error:
        raise UsageError(f"{path}, entry {number}: {error}", remedy=_REMEDY) from error


def _read_reason(written: ExpectedEntry) -> str:
    if not written.reason.strip():
        raise ValueError("the reason is empty")
    if not (written.select or written.cells or written.versions):
        raise ValueError("it has none of select, cells and versions, so it would expect everything")
    return written.reason.strip()


def _read_package(name: str) -> str:
    return canonicalize_name(name)


def _read_range(package: str, text: str) -> SpecifierSet:
    """`>=1.0`; a version alone is that version, of Python any release of that minor."""
    text = text.strip()
    if re.match(r"\d", text):
        text = f"=={text}.*" if _read_package(package) == PYTHON and text.count(".") == 1 else f"=={text}"
    try:
        found = SpecifierSet(text)
    except InvalidSpecifier:
        raise ValueError(f"{text!r} is no range of versions of {package}") from None
    if not text:
        raise ValueError(f"the range of versions of {package} is empty")
    return found


def _read_until(written: str) -> date | tuple[str, SpecifierSet]:
    if _DAY.fullmatch(written.strip()):
        try:
            return date.fromisoformat(written.strip())
        except ValueError:
            raise ValueError(f"until is {written!r}, and there is no such day") from None
    try:
        parsed = Requirement(written)
    except InvalidRequirement:
        parsed = None
    if parsed is None or not parsed.specifier or parsed.url or parsed.marker or parsed.extras:
        raise ValueError(f"until is {written!r}, which is neither a day nor a version of a package")
    if not {one.operator for one in parsed.specifier} <= _ENDS:
        raise ValueError(f"until is {written!r}; an end has >=, > or ==, as in 'pytest-asyncio >= 1.6'")
    return canonicalize_name(parsed.name), parsed.specifier
