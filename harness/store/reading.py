"""Reading results. Files come from anywhere: whatever is wrong with a line is reported, and the rest is still read."""

from __future__ import annotations

import gc
import zlib
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from harness.errors import UsageError
from harness.running.evidence import Timings
from harness.store.files import SUFFIX, open_results, results_files
from harness.store.model import (
    RESULTS_SCHEMA,
    BrokenLine,
    EvidenceHash,
    Footer,
    Header,
    Outcome,
    Results,
    Run,
    RunName,
)
from harness.verdicts.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

LONGEST_LINE = 8 * 1024 * 1024


class OutcomeText(msgspec.Struct, kw_only=True, tag="outcome", tag_field="kind", gc=False):
    """An `Outcome` whose verdict is still text: most verdicts of a large set are equal and are decoded once."""

    cell: str
    environment: str
    run: str  # checked once for each different text, not a million times
    sample: int = 0
    suite: str = ""
    verdict: msgspec.Raw
    evidence: EvidenceHash = ""
    timings: Timings | None = None
    reused_from: str = ""  # checked as `run` is


class LeanText(msgspec.Struct, kw_only=True, tag="outcome", tag_field="kind", gc=False):
    """What a comparison needs of an `Outcome`; the rest is not even decoded."""

    cell: str
    environment: str
    run: str
    sample: int = 0
    verdict: msgspec.Raw
    reused_from: str = ""


class _SchemaOnly(msgspec.Struct, tag="header", tag_field="kind"):
    schema: int


LineText = Header | OutcomeText | LeanText | Footer

_LINES = msgspec.json.Decoder(Header | OutcomeText | Footer)
_LEAN_LINES = msgspec.json.Decoder(Header | LeanText | Footer)

_VERDICTS = msgspec.json.Decoder(Verdict)
_SCHEMA = msgspec.json.Decoder(_SchemaOnly)


def read_results(*places: Path, lean: bool = False) -> Results:
    """Everything in these files, and in the results files directly in these folders.

    Equal texts are one object in memory. `lean` leaves out evidence hashes, suite digests and timings, which take most
    of the memory. Raises `UsageError` for a place that doesn't exist.
    """
    reader = _Reader(lean=lean)
    with _no_garbage_collection():
        for path in _files(places):
            reader.read(path)
    return Results(runs=tuple(reader.runs), broken=tuple(reader.broken))


def read_run(folder: Path, run: str) -> Results:
    """What one run wrote to the folder."""
    return read_results(*sorted(folder.glob(f"{run}.*{SUFFIX}")))


def read_file(path: Path) -> tuple[Run, ...]:
    """The runs of one file; lines that can't be read, or all of them, are passed over."""
    reader = _Reader()
    with _no_garbage_collection():
        reader.read(path)
    return tuple(reader.runs)


def read_header(path: Path) -> Header | None:
    """The first line of a file, None where it isn't a header that can be read."""
    try:
        with open_results(path) as file:
            line = _parsed(file.readline(LONGEST_LINE + 1))
    except (OSError, EOFError, zlib.error, ValueError, RecursionError):
        return None
    return line if isinstance(line, Header) else None


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from results_files(place)
        elif place.is_file():
            yield place
        else:
            raise UsageError(f"There are no results at {place}.", remedy="Name a results folder or a .jsonl file.")


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Nothing read here can form a cycle, and collecting over a million new objects doubles the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Section:
    """What follows one header, being collected."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.outcomes: list[Outcome] = []
        self.footer: Footer | None = None
        self.lost = 0

    def add(self, outcome: Outcome) -> None:
        """Raises `ValueError` when it is another environment's."""
        if outcome.environment != self.header.environment_id:
            raise ValueError(
                f"the environment is {outcome.environment!r}, but the header's is {self.header.environment_id!r}"
            )
        self.outcomes.append(outcome)

    def finish(self, footer: Footer) -> None:
        """Raises `ValueError` when the count is off by more than the broken lines account for."""
        self.footer = footer
        if not len(self.outcomes) <= footer.outcomes <= len(self.outcomes) + self.lost:
            raise ValueError(f"the footer counts {footer.outcomes} outcomes, but {len(self.outcomes)} were read")

    def run(self, file: str) -> Run:
        return Run(header=self.header, outcomes=tuple(self.outcomes), footer=self.footer, file=file)


class _Reader:
    """Folds lines into runs; keeps equal texts and verdicts of all files as one object."""

    def __init__(self, *, lean: bool = False) -> None:
        self._decode = (_LEAN_LINES if lean else _LINES).decode
        self.runs: list[Run] = []
        self.broken: list[BrokenLine] = []
        self._texts: dict[str, str] = {}
        self._runs: dict[str, str] = {}
        self._verdicts: dict[bytes, Verdict] = {}

    def read(self, path: Path) -> None:
        name = str(path)
        sections: list[_Section] = []
        try:
            with open_results(path) as file:
                for number, text in _numbered_lines(file):
                    try:
                        self._add(sections, text)
                    except (ValueError, RecursionError) as error:
                        self.broken.append(BrokenLine(file=name, line=number, reason=str(error)))
                        if sections:
                            sections[-1].lost += 1
                        else:
                            break  # without a header nothing says where the rest ran
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.broken.append(BrokenLine(file=name, line=0, reason=f"can't be read: {reason}"))
        self.runs.extend(section.run(name) for section in sections)

    def _add(self, sections: list[_Section], text: bytes) -> None:
        """Raises `ValueError` with the reason."""
        line = _parsed(text, self._decode)
        match line:
            case _ if not sections and not isinstance(line, Header):
                raise ValueError("no header above it, so nothing says where it ran; the rest of the file was not read")
            case LeanText():
                sections[-1].add(self._lean_outcome(line))
            case OutcomeText():
                sections[-1].add(self._outcome(line))
            case Header():
                sections.append(_Section(line))
            case Footer():
                sections[-1].finish(line)

    def _outcome(self, line: OutcomeText) -> Outcome:
        one = self._texts.setdefault
        cell, environment, suite = line.cell, line.environment, line.suite
        run = self._runs.get(line.run) or self._new_run(line.run)
        origin = line.reused_from and (self._runs.get(line.reused_from) or self._new_run(line.reused_from))
        return Outcome(
            cell=one(cell, cell),
            environment=one(environment, environment),
            run=run,
            sample=line.sample,
            suite=one(suite, suite),
            verdict=self._verdict(line.verdict),
            evidence=line.evidence,
            timings=line.timings,
            reused_from=origin,
        )

    def _lean_outcome(self, line: LeanText) -> Outcome:
        one = self._texts.setdefault
        return Outcome(
            cell=one(line.cell, line.cell),
            environment=one(line.environment, line.environment),
            run=self._runs.get(line.run) or self._new_run(line.run),
            sample=line.sample,
            verdict=self._verdict(line.verdict),
            reused_from=line.reused_from and (self._runs.get(line.reused_from) or self._new_run(line.reused_from)),
        )

    def _verdict(self, raw: msgspec.Raw) -> Verdict:
        text = bytes(raw)
        verdict = self._verdicts.get(text)
        if verdict is None:
            verdict = self._verdicts[text] = _VERDICTS.decode(text)
        return verdict

    def _new_run(self, name: str) -> str:
        return self._runs.setdefault(name, msgspec.convert(name, RunName))


def _parsed(text: bytes, decode: Callable[[bytes], LineText] = _LINES.decode) -> LineText:
    """Raises `ValueError` with the reason."""
    if len(text) > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE} bytes")
    try:
        line = decode(text)
    except msgspec.DecodeError:
        _check_schema(text)
        if not text.endswith(b"\n"):
            raise ValueError("torn: the run was interrupted while writing it") from None
        raise
    if isinstance(line, Header) and line.schema != RESULTS_SCHEMA:
        raise ValueError(_unknown_schema(line.schema))
    return line


def _numbered_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines that aren't blank. Of a line that is too long only the beginning is kept in memory."""
    for number, text in enumerate(iter(partial(file.readline, LONGEST_LINE + 1), b""), 1):
        rest = text
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST_LINE + 1)
        if not text.isspace():
            yield number, text


def _check_schema(text: bytes) -> None:
    """Raises `ValueError` when the line is a header of another schema; that explains more than what failed in it."""
    try:
        schema = _SCHEMA.decode(text).schema
    except (msgspec.DecodeError, RecursionError):
        return
    if schema != RESULTS_SCHEMA:
        raise ValueError(_unknown_schema(schema))


def _unknown_schema(schema: int) -> str:
    return f"schema version {schema}; this program reads version {RESULTS_SCHEMA}"
