"""`explain`: names of known texts, of whole outputs, and none for the errors of others."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from benchmarks.accuracy.model import Figure
from benchmarks.accuracy.outputs import OutputRunner, load_runs
from harness.explain.naming import name_errors
from harness.explain.reading import read_text
from harness.verdicts.observations import ObservationKind

if TYPE_CHECKING:
    from collections.abc import Iterator

UNRELATED = Path(__file__).with_name("unrelated.jsonl")
SAMPLES = Path(__file__).parents[2] / "tests" / "unit" / "verdicts"

LEDGERS = {
    ObservationKind.CONNECTION,
    ObservationKind.LOOP,
    ObservationKind.TASK,
    ObservationKind.KEYS,
    ObservationKind.LIMIT,
    ObservationKind.HANG,
    ObservationKind.EXIT,
}


class KnownText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text as it was met. `signature` is the one that names it or, of a near miss, the one that must not."""

    signature: str
    kind: ObservationKind
    text: str
    source: str
    type: str = ""
    origin: str = ""
    meanwhile: str = ""  # what others did then; no text shows it


class UnrelatedText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An error of something else. `kind` is where it is from: a library's source, a command that was run, a report."""

    kind: Literal["source", "provoked", "report"]
    source: str
    text: str


def measure() -> tuple[Figure, ...]:
    """All figures."""
    return (measure_samples(), measure_near_misses(), measure_outputs(), measure_unrelated())


def measure_samples() -> Figure:
    """Every sample of every signature that a text can show, as it is printed."""
    wrong = []
    samples = [sample for sample in read_known("samples.jsonl") if not sample.meanwhile]
    for sample in samples:
        names = name_text(print_known(sample))
        if names != [sample.signature]:
            wrong.append(f"{sample.signature}: {sample.type} {sample.text[:60]} is named {names}")
    return Figure(
        name="samples named by their signature", right=len(samples) - len(wrong), of=len(samples), wrong=tuple(wrong)
    )


def measure_near_misses() -> Figure:
    """Texts that are nearly a signature's and aren't, but for those that no text shows: what ledgers hold."""
    misses = [miss for miss in read_known("near_misses.jsonl") if miss.kind not in LEDGERS]
    wrong = [f"{miss.signature}: {miss.text[:60]}" for miss in misses if miss.signature in name_text(print_known(miss))]
    return Figure(name="near misses not named so", right=len(misses) - len(wrong), of=len(misses), wrong=tuple(wrong))


def measure_outputs() -> Figure:
    """Whole outputs of real runs, against the verdicts on the evidence of the same."""
    with ExitStack() as stack:
        runner = OutputRunner(stack)
        runs = load_runs()
        wrong = tuple(filter(None, (runner.run(run).compare() for run in runs)))
    return Figure(
        name="whole outputs read as their verdicts have it", right=len(runs) - len(wrong), of=len(runs), wrong=wrong
    )


def measure_unrelated() -> Figure:
    """Errors of other tools and libraries, which have no name here."""
    texts = msgspec.json.decode(b"[" + b",".join(UNRELATED.read_bytes().splitlines()) + b"]", type=list[UnrelatedText])
    named = [(one, names) for one in texts if (names := name_text(one.text))]
    wrong = tuple(f"{one.source}: {one.text[:60]} is named {names}" for one, names in named)
    return Figure(name="errors of others that get no name", right=len(texts) - len(wrong), of=len(texts), wrong=wrong)


def read_known(name: str) -> list[KnownText]:
    """The texts of one of the files that the tests of signatures use."""
    lines = (SAMPLES / name).read_text(encoding="utf-8").splitlines()
    return [msgspec.json.decode(line, type=KnownText) for line in lines]


def print_known(known: KnownText) -> str:
    """What a user sees of it: a traceback where the place counts, a line otherwise."""
    line = f"{known.type}: {known.text}".removesuffix(": ") if known.type else known.text
    match known.kind:
        case ObservationKind.EXCEPTION | ObservationKind.PROBLEM:
            return _print_traceback(known, line) if known.origin else line
        case ObservationKind.WARNING if known.type:
            return f"{known.origin or 'test_first.py:12'}: {line.removeprefix('pytest.')}"
        case ObservationKind.UNRAISABLE | ObservationKind.OUTPUT_AFTER if known.type and "Warning" not in known.type:
            return f"Exception ignored in: <function Connection.__del__ at 0x7f>\n{_print_traceback(known, line)}"
        case ObservationKind.KEYS:
            return f"{known.signature}: {known.text}"  # keys may have any name
        case ObservationKind.WARNING | ObservationKind.UNRAISABLE | ObservationKind.OUTPUT_AFTER:
            return line
        case _:
            return known.text


def _print_traceback(known: KnownText, line: str) -> str:
    file, _, rest = known.origin.partition(":")
    number, _, function = rest.partition(" in ")
    place = f'  File "/venv/lib/python3.12/site-packages/{file}", line {number or 1}, in {function or "f"}\n    …\n'
    return f"Traceback (most recent call last):\n{place}{line}\n"


def name_text(text: str) -> list[str]:
    """The surface, or else the root, of each error in a text that has a name."""
    return list(_name(text))


def _name(text: str) -> Iterator[str]:
    for one in name_errors(read_text(text.encode())):
        if one.surface or one.root:
            yield one.surface or one.root
