"""JUnit files, as pytest and other tools write them. Declarations of types and entities are refused unread."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

import msgspec

from harness.errors import UsageError
from harness.evidence.model import Raised
from harness.explain.bodies import name_type
from harness.explain.decoding import decode, split_lines
from harness.explain.model import ReadText, TextError, TextVersions
from harness.verdicts.model import Channel
from harness.verdicts.observations import ObservationKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    ReadLines = Callable[[Sequence[str]], ReadText]

_START = re.compile(r"^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:!DOCTYPE|testsuites?\b)", re.DOTALL)
_PHASE = re.compile(r'^failed on (?P<phase>setup|teardown) with "(?P<text>.*)"$', re.DOTALL)
MOST_REPORTED = 5_000
"""Failures and outputs of a JUnit file that are read."""

_LOOKED_AT = 4000  # bytes
_PYTHON = re.compile(r"^\d+\.\d+")
_COLLECTION = ("collection failure", "collection skipped")


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of one failure, or prints beside the tests."""

    element: str  # "failure", "error", "system-out", "system-err"
    test: str
    message: str
    text: str
    line: int


def is_junit(data: bytes) -> bool:
    """Whether this is such a file."""
    return _START.match(decode(data[:_LOOKED_AT])) is not None


def read_junit(data: bytes, read_lines: ReadLines) -> ReadText:
    """The errors in it. A file that is cut off is read as far as it goes. `read_lines` reads a failure's text."""
    reader = _ReportListener()
    notes: tuple[str, ...] = ()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        if not reader.begun:
            raise UsageError(
                f"The JUnit file can't be read: {error}.",
                remedy="Give it as it was written, or pytest's output instead.",
            ) from None
        notes = (f"The JUnit file is broken in line {error.lineno:,} ({error}): what follows wasn't read.",)
    except _EnoughError:
        notes = (f"The file has more than {MOST_REPORTED:,} failures and outputs. The first were read.",)
    errors = [error for one in reader.reported for error in _read_reported(one, read_lines)]
    return ReadText(kind="junit", errors=tuple(errors), versions=_read_versions(reader.properties), notes=notes)


class _ReportListener:
    """Listens to the parser, and keeps what it needs."""

    def __init__(self) -> None:
        self.reported: list[Reported] = []
        self.properties: dict[str, str] = {}
        self.begun = False
        self._test = ""
        self._message = ""
        self._line = 0
        self._texts: list[str] | None = None
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._add
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *_: object) -> None:
        raise UsageError(
            "The JUnit file declares a document type, which none needs, and which can make a small file endless.",
            remedy="Remove the declaration, or give pytest's output instead.",
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.begun = True
        if name == "testcase":
            self._test = _make_node(attributes)
        elif name == "property":
            self.properties.setdefault(attributes.get("name", ""), attributes.get("value", ""))
        elif name in ("failure", "error", "system-out", "system-err"):
            self._message = attributes.get("message", "")
            self._line = self.parser.CurrentLineNumber
            self._texts = []

    def _add(self, text: str) -> None:
        if self._texts is not None:
            self._texts.append(text)

    def _end(self, name: str) -> None:
        if name == "testcase":
            self._test = ""
        elif name in ("failure", "error", "system-out", "system-err") and self._texts is not None:
            self.reported.append(
                Reported(
                    element=name, test=self._test, message=self._message, text="".join(self._texts), line=self._line
                )
            )
            self._texts = None
            if len(self.reported) >= MOST_REPORTED:
                raise _EnoughError


class _EnoughError(Exception):
    """Enough was read."""


def _make_node(attributes: dict[str, str]) -> str:
    """`tests/test_first.py::TestGet::test_get`, as far as it can be known from names of classes and modules."""
    name, classname, file = (attributes.get(key, "") for key in ("name", "classname", "file"))
    if not classname:
        return name
    if file.endswith(".py"):
        module = file.removesuffix(".py").replace("\\", "/").replace("/", ".")
        inside = classname.removeprefix(module).strip(".") if classname.startswith(module) else ""
        return "::".join(filter(None, [file, inside.replace(".", "::"), name]))
    parts = classname.split(".")
    classes = [part for part in parts if part[:1].isupper()]
    modules = parts[: len(parts) - len(classes)]
    return "::".join(filter(None, ["/".join(modules) + ".py" if modules else "", *classes, name]))


def _read_reported(one: Reported, read_lines: ReadLines) -> Iterator[TextError]:
    printed = one.element.startswith("system")
    phase = _PHASE.match(one.message)
    channel = Channel.CLEANUP if phase and phase["phase"] == "teardown" else Channel.BODY
    problem = one.message in _COLLECTION
    errors = read_lines(_frame(one.text, printed=printed)).errors if one.text.strip() else ()
    if printed:
        errors = tuple(error for error in errors if error.kind is not ObservationKind.EXIT)
    elif not errors and one.message:
        kind, text = name_type(phase["text"] if phase else one.message)
        errors = (TextError(chain=(Raised(type=kind, text=text, link="surface"),)),)
    for error in errors:
        of_test = error.kind is ObservationKind.EXCEPTION and not printed
        yield msgspec.structs.replace(
            error,
            test=one.test,
            line=one.line,
            channel=channel if of_test else error.channel,
            kind=ObservationKind.PROBLEM if of_test and problem else error.kind,
        )


def _frame(text: str, *, printed: bool) -> Sequence[str]:
    """The lines as pytest's own output has them: below the heading of a failure, or of what was captured."""
    lines = split_lines(text.encode("utf-8", "replace")).texts
    heading = ["----- Captured output -----"] if printed else ["=== FAILURES ===", "___ a test ___"]
    return [*heading, *lines]


def _read_versions(properties: dict[str, str]) -> TextVersions:
    """What a suite records of itself, by the usual names of properties."""
    named = {name.lower().replace("_", "-"): value for name, value in properties.items()}
    python = named.get("python", named.get("python-version", ""))
    return TextVersions(
        system=named.get("platform", ""),
        python=python if _PYTHON.match(python) else "",
        packages={
            name: named[name]
            for name in named
            if name.startswith(("pytest", "redis", "valkey")) and _PYTHON.match(named[name])
        },
    )
