"""Reading results. Files come from anywhere: whatever is wrong with a line is reported, and the rest is still read."""

from __future__ import annotations

import gc
import re
import stat
import zlib
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

import msgspec

from harness.errors import UsageError
from harness.evidence.model import Timings
from harness.files import require_regular
from harness.store.files import SUFFIX, list_results_files, open_results
from harness.store.model import (
    RESULTS_SCHEMA,
    TORN,
    BrokenLine,
    CellRecheck,
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
    from io import BufferedReader
    from pathlib import Path

LONGEST_LINE = 8 * 1024 * 1024

BLOCK = 128 * 1024
"""Bytes that are read at a time: few enough to stay in a processor's cache until they are decoded."""


class UndecodedOutcome(msgspec.Struct, kw_only=True, tag="outcome", tag_field="kind", gc=False):
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


LineText = Header | UndecodedOutcome | LeanText | CellRecheck | Footer

_LINES = msgspec.json.Decoder(Header | UndecodedOutcome | CellRecheck | Footer)
_LEAN_LINES = msgspec.json.Decoder(Header | LeanText | CellRecheck | Footer)

# In a text, these quotation marks would have backslashes before them.
_SAMPLES = re.compile(rb'"sample":"[^"\\]*(?:\\.[^"\\]*)*"')
_VERDICTS = msgspec.json.Decoder(Verdict)
_SCHEMA = msgspec.json.Decoder(_SchemaOnly)


class Texts:
    """Texts and verdicts that were read: equal ones are one object in memory."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.runs: dict[str, str] = {}
        self.verdicts: dict[bytes, Verdict] = {}


def read_results(*places: Path, lean: bool = False, texts: Texts | None = None) -> Results:
    """Everything in these files, and in the results files directly in these folders.

    Equal texts are one object in memory, with `texts` also those of what is read with the same ones later. `lean`
    leaves out evidence hashes, suite digests and timings, which take most of the memory, and the samples of texts in
    findings, without which most verdicts are equal. Raises `UsageError` for a place that can't be read.
    """
    return read_files([file for place in places for file in list_files(place)], lean=lean, texts=texts)


def read_files(files: Iterable[Path], *, lean: bool = False, texts: Texts | None = None) -> Results:
    """Everything in these files, as `read_results` has it; one that can't be read is among what is broken."""
    reader = _Reader(lean=lean, texts=texts)
    with pause_garbage_collection():
        for path in files:
            reader.read(path)
    return Results(runs=tuple(reader.runs), broken=tuple(reader.broken))


def read_run(folder: Path, run: str) -> Results:
    """What one run wrote to the folder."""
    return read_files(sorted(folder.glob(f"{run}.*{SUFFIX}")))


def read_file(path: Path, texts: Texts | None = None) -> tuple[Run, ...]:
    """The runs of one file; lines that can't be read, or all of them, are passed over."""
    reader = _Reader(texts=texts)
    with pause_garbage_collection():
        reader.read(path)
    return tuple(reader.runs)


def read_header(path: Path) -> Header | None:
    """The first line of a file, None where it isn't a header that can be read."""
    try:
        with open_results(path) as file:
            line = _parse(file.readline(LONGEST_LINE + 1))
    except (OSError, EOFError, zlib.error, ValueError, RecursionError):
        return None
    return line if isinstance(line, Header) else None


def list_files(place: Path) -> list[Path]:
    """The file, or all those of results in the folder. Raises `UsageError` for a place that can't be read."""
    with _explain_unreadable(place, "Name a results folder or a .jsonl file."):
        if stat.S_ISDIR(place.stat().st_mode):
            return list_results_files(place)
        require_regular(place)
        return [place]


def list_unpacked(folder: Path) -> list[Path]:
    """The files in the folder that runs wrote there. Raises `UsageError` for a folder that can't be read."""
    with _explain_unreadable(folder, "Name the folder that holds them with --results DIR."):
        return list_results_files(folder, (SUFFIX,))


@contextmanager
def _explain_unreadable(place: Path, remedy: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise UsageError(f"There are no results at {place}.", remedy=remedy) from None
    except OSError as error:
        raise UsageError(f"The results at {place} can't be read: {error.strerror}.", remedy=remedy) from error


@contextmanager
def pause_garbage_collection() -> Iterator[None]:
    """Results can't form a cycle, and collecting over a million new objects doubles the time that reading takes."""
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
        self.environment = header.environment_id
        self.outcomes: list[Outcome] = []
        self.rechecks: list[CellRecheck] = []
        self.footer: Footer | None = None
        self.lost = 0

    def finish(self, footer: Footer) -> None:
        """Raises `ValueError` when the count is off by more than the broken lines account for."""
        self.footer = footer
        if not len(self.outcomes) <= footer.outcomes <= len(self.outcomes) + self.lost:
            raise ValueError(f"the footer counts {footer.outcomes} outcomes, but {len(self.outcomes)} were read")

    def run(self, file: str) -> Run:
        return Run(
            header=self.header,
            outcomes=tuple(self.outcomes),
            rechecks=tuple(self.rechecks),
            footer=self.footer,
            file=file,
        )


class _Reader:
    """Folds lines into runs; keeps equal texts and verdicts of all files as one object."""

    def __init__(self, *, lean: bool = False, texts: Texts | None = None) -> None:
        self._lean = lean
        self._decoder: msgspec.json.Decoder[LineText] = _LEAN_LINES if lean else _LINES
        self.runs: list[Run] = []
        self.broken: list[BrokenLine] = []
        known = texts or Texts()
        self._texts, self._runs, self._verdicts = known.texts, known.runs, known.verdicts

    def read(self, path: Path) -> None:
        name = str(path)
        sections: list[_Section] = []
        try:
            with open_results(path) as file:
                for numbered in _number_blocks(file, self._decoder):
                    for number, error in self._add_all(sections, numbered):
                        self.broken.append(BrokenLine(file=name, line=number, reason=str(error)))
                        if not sections:
                            return  # without a header nothing says where the rest ran
                        sections[-1].lost += 1
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.broken.append(BrokenLine(file=name, line=0, reason=f"can't be read: {reason}"))
        self.runs.extend(section.run(name) for section in sections)

    def _add_all(
        self, sections: list[_Section], numbered: Iterable[tuple[int, LineText | Exception]]
    ) -> Iterator[tuple[int, Exception]]:
        """Adds what can be used, and gives the others with what is wrong."""
        same_text, same_run, same_verdict = self._texts.setdefault, self._runs.get, self._verdicts.get
        for number, line in numbered:
            try:
                if isinstance(line, LeanText) and sections:
                    # Not in a method of its own: of a million lines, calls would take as long as all else here.
                    cell, origin, section = line.cell, line.reused_from, sections[-1]
                    outcome = Outcome(
                        cell=same_text(cell, cell),
                        environment=section.environment,
                        run=same_run(line.run) or self._new_run(line.run),
                        sample=line.sample,
                        verdict=same_verdict(bytes(line.verdict)) or self._new_verdict(line.verdict),
                        reused_from=origin and (same_run(origin) or self._new_run(origin)),
                    )
                    if line.environment == section.environment:
                        section.outcomes.append(outcome)
                    else:
                        yield number, ValueError(_explain_elsewhere(line.environment, section.environment))
                else:
                    self._add(sections, line)
            except (ValueError, RecursionError) as error:
                yield number, error

    def _add(self, sections: list[_Section], line: LineText | Exception) -> None:
        """Raises `ValueError` with the reason."""
        match line:
            case Exception():
                raise line
            case _ if not sections and not isinstance(line, Header):
                raise ValueError("no header above it, so nothing says where it ran; the rest of the file was not read")
            case UndecodedOutcome():
                sections[-1].outcomes.append(self._outcome(line, sections[-1].environment))
            case CellRecheck():
                sections[-1].rechecks.append(line)
            case Header():
                _require_known(line.schema)
                sections.append(_Section(line))
            case Footer():
                sections[-1].finish(line)

    def _outcome(self, line: UndecodedOutcome, environment: str) -> Outcome:
        """Raises `ValueError` when it is another environment's."""
        one = self._texts.setdefault
        outcome = Outcome(
            cell=one(line.cell, line.cell),
            environment=environment,
            run=self._runs.get(line.run) or self._new_run(line.run),
            sample=line.sample,
            suite=one(line.suite, line.suite),
            verdict=self._verdicts.get(bytes(line.verdict)) or self._new_verdict(line.verdict),
            evidence=line.evidence,
            timings=line.timings,
            reused_from=line.reused_from and (self._runs.get(line.reused_from) or self._new_run(line.reused_from)),
        )
        if line.environment != environment:
            raise ValueError(_explain_elsewhere(line.environment, environment))
        return outcome

    def _new_verdict(self, text: msgspec.Raw) -> Verdict:
        whole = bytes(text)
        essence = _SAMPLES.sub(b'"sample":""', whole) if self._lean else whole
        verdict = self._verdicts.get(essence)
        if verdict is None:
            verdict = self._verdicts[essence] = _VERDICTS.decode(essence)
        return self._verdicts.setdefault(whole, verdict)

    def _new_run(self, name: str) -> str:
        return self._runs.setdefault(name, msgspec.convert(name, RunName))


def _parse(text: bytes, decode: Callable[[bytes], LineText] = _LINES.decode) -> LineText:
    """Raises `ValueError` with the reason."""
    if len(text) > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE} bytes")
    try:
        line = decode(text)
    except msgspec.DecodeError:
        _check_schema(text)
        if not text.endswith(b"\n"):
            raise ValueError(f"{TORN}the run was interrupted while writing it") from None
        raise
    if isinstance(line, Header):
        _require_known(line.schema)
    return line


def _explain_elsewhere(environment: str, header: str) -> str:
    return f"the environment is {environment!r}, but the header's is {header!r}"


def _number_blocks(
    file: BufferedReader, decoder: msgspec.json.Decoder[LineText]
) -> Iterator[Iterable[tuple[int, LineText | Exception]]]:
    """Lines that aren't blank, or what is wrong with them, many at a time."""
    number = 1
    for block in _read_blocks(file):
        count = block.count(b"\n")
        lines = _decode(block, decoder)
        # The decoder passes over blank lines, and where there are any, line numbers can't be worked out from places.
        yield enumerate(lines, number) if lines and len(lines) == count else _decode_one_by_one(block, number, decoder)
        number += count


def _decode(block: bytes, decoder: msgspec.json.Decoder[LineText]) -> list[LineText]:
    """All lines at once, which is much faster than each by itself; none where anything isn't as it should be."""
    if len(block) > LONGEST_LINE:
        return []
    try:
        return decoder.decode_lines(block)
    except (ValueError, RecursionError):
        return []


def _decode_one_by_one(
    block: bytes, number: int, decoder: msgspec.json.Decoder[LineText]
) -> Iterator[tuple[int, LineText | Exception]]:
    for place, text in enumerate(BytesIO(block), number):
        if not text.isspace():
            try:
                yield place, _parse(text, decoder.decode)
            except (ValueError, RecursionError) as error:
                yield place, error


def _read_blocks(file: BufferedReader) -> Iterator[bytes]:
    """Many whole lines at a time. Of a line that is too long only the beginning and the end are kept in memory."""
    rest = b""
    while block := file.read1(BLOCK):
        end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[:end]
            rest = block[end:]
        elif len(rest) <= LONGEST_LINE:
            rest += block
    if rest:
        yield rest


def _check_schema(text: bytes) -> None:
    """Raises `ValueError` when the line is a header of another schema; that explains more than what failed in it."""
    try:
        schema = _SCHEMA.decode(text).schema
    except (msgspec.DecodeError, RecursionError):
        return
    _require_known(schema)


def _require_known(schema: int) -> None:
    """Raises `ValueError` for a version that this program can't read."""
    if schema != RESULTS_SCHEMA:
        raise ValueError(f"schema version {schema}; this program reads version {RESULTS_SCHEMA}")
