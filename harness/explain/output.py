"""An explanation as text for a terminal, in the order in which one reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.environments.identity import PLUGIN
from harness.invocation import command_line
from harness.knowledge.readers import Origin
from harness.output.table import wrap
from harness.output.text import count, first_sentence, harmless, one_line
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.explain.explanation import (
        Answer,
        ExplainedCell,
        ExplainedError,
        ReadersPlace,
        ShownCure,
        UnknownError,
    )

_CHAINED = ("traceback", "pytest", "junit")  # kinds of texts that show what is underneath
READABLE = 100  # columns that are used at most
_RULES = 3  # that are shown without --all
_CURES = 2
_DIFF = 18  # lines of one diff
_UNKNOWN = 5
_TESTS = 3


class AnswerWriter:
    """Writes an explanation in lines of at most `width` columns; everything with `every`."""

    def __init__(self, width: int, *, every: bool = False) -> None:
        self._width = min(width, READABLE)
        self._every = every

    def write(self, it: Answer) -> str:
        """The whole text."""
        errors = [self._write_error(one, it, like=_find_like(it.errors, place)) for place, one in enumerate(it.errors)]
        parts = [
            [line for note in it.notes for line in self._wrap(note)],
            *errors,
            *([self._write_cell(it.cell, it.place)] if it.cell else []),
            self._write_unknown(it.unknown),
            [] if it.errors or it.unknown or it.cell else self._wrap(_say_none(it)),
            self._write_place(it.place) if it.errors or it.cell else [],
            self._write_commands(it.commands),
        ]
        return "\n\n".join("\n".join(lines) for lines in parts if lines)

    def _wrap(self, text: str, indent: int = 0, first: str = "") -> list[str]:
        """Folded, each line indented; `first` stands in the indentation of the first one."""
        lines = wrap(text, self._width - indent)
        return [f"{first if place == 0 else '':{indent}}{line}" for place, line in enumerate(lines)]

    def _title(self, text: str) -> list[str]:
        lines = wrap(text, self._width)
        return [*lines, "═" * max(map(len, lines), default=0)]

    def _write_place(self, place: ReadersPlace) -> list[str]:
        """The reader's versions, and whether they were measured."""
        origins: dict[str, list[str]] = {}
        for one in place.versions:
            origins.setdefault(one.origin, []).append(one.text)
        known = "; ".join(f"{', '.join(names)} ({origin})" for origin, names in origins.items())
        lines = self._wrap(f"Versions: {known}.")
        if any(one.name == PLUGIN and one.origin == Origin.ASSUMED for one in place.versions):
            lines += self._wrap("To name yours: --pytest-asyncio V --python V, or --environment DIR.")
        if place.command:
            lines += [*self._wrap("To measure just these, add --measure, or run:"), f"  {place.command}"]
        return lines

    def _write_error(self, it: ExplainedError, whole: Answer, *, like: ExplainedError | None) -> list[str]:
        where = f", in {count(len(it.tests), 'test')}" if it.tests else f", {it.count} times" if it.count > 1 else ""
        lines = self._title(f"{_name_error(it)}{where}")
        lines += self._write_words(it, whole)
        lines += self._write_places(it)
        if like is not None:
            return [*lines, "", *self._wrap(f"Its cause is that of {_name_error(like)} above, and so are its cures.")]
        if it.aside and any(not one.aside for one in whole.errors) and not self._every:
            command = command_line("explain", it.surface)
            return [*lines, "", *self._wrap(f"{first_sentence(it.happened[0])} More: {command}")]
        lines += ["", *(line for text in it.happened for line in self._wrap(" ".join(text.split())))]
        lines += ["", *self._write_causes(it, whole.place)]
        if it.advice:
            lines += ["", *self._wrap(f"What to do: {' '.join(it.advice.split())}")]
        lines += self._write_cures(it.cures)
        return [*lines, "", f"Reference: {it.reference}"]

    def _write_places(self, it: ExplainedError) -> list[str]:
        """What stands in the text, and the tests."""
        lines = [line for message in it.messages for line in self._wrap(message, 2)]
        if it.tests:
            more = f" and {len(it.tests) - _TESTS} more" if len(it.tests) > _TESTS else ""
            lines += self._wrap(f"in {', '.join(map(one_line, it.tests[:_TESTS]))}{more}", 2)
        return ["", *lines] if lines else []

    def _write_words(self, it: ExplainedError, whole: Answer) -> list[str]:
        """Surface and root in words."""
        titles = {one.name: one.title for one in load_signatures()}
        title = f"`{titles[it.surface]}`"
        if it.root:
            return self._wrap(f"{title} is what you see; underneath is {it.root}: `{titles[it.root]}`.")
        alone = f"{title} is what you see; the text shows nothing underneath" if whole.kind in _CHAINED else title
        if not it.underneath:
            return self._wrap(f"{alone}.")
        hidden = ", ".join(f"{name} in {cells:,}" for name, cells in it.underneath[:2])
        where = f"Of {it.cells:,} measured combinations that show it, it hides {hidden}"
        look = ": look for that above it in the output" if whole.subject == "text" else ""
        return self._wrap(f"{alone}. {where}{look}.")

    def _write_causes(self, it: ExplainedError, place: ReadersPlace) -> list[str]:
        lines = [*self._wrap(place.reason), *self._wrap(it.elsewhere)]
        if not it.cells:
            met = [one for one in it.occurrences if one.cells]
            if not met:
                return [
                    *lines,
                    *self._wrap("No combination of the catalogue shows it on any release that was measured."),
                ]
            listed = "; ".join(f"{one.releases} ({one.cells:,} of {one.of:,})" for one in met)
            python = f" (Python {met[0].pythons})"
            return [*lines, *self._wrap(f"Releases of pytest-asyncio on which combinations show it{python}: {listed}.")]
        where = f"On {name_versions(it.environment)}"
        share = " What they share:" if it.rules else ""
        lines += self._wrap(f"{where}, {it.cells:,} of {it.measured:,} combinations of test habits show it.{share}")
        shown = it.rules if self._every else it.rules[:_RULES]
        counts = [f"{rule.support:,} of {rule.meeting:,}" for rule in shown]
        room = 5 + max(map(len, counts), default=0)
        for number, (rule, text) in enumerate(zip(shown, counts, strict=True), 1):
            lines += self._wrap(rule.text, room, f"{number}  {text}")
        left = sum(rule.support for rule in it.rules[len(shown) :])
        if it.uncovered or left:
            more = f"{count(len(it.rules) - len(shown), 'more rule')} (--all)" if left else ""
            rest = f"{it.uncovered:,} follow none of the rules" if it.uncovered else ""
            lines += self._wrap(f"{'; '.join(filter(None, (more, rest)))}.", 2)
        return lines

    def _write_cures(self, cures: Sequence[ShownCure]) -> list[str]:
        if not cures:
            return []
        shown = cures if self._every else cures[:_CURES]
        lines = ["", "Nearest cures that were measured"]
        for one in shown:
            lines += ["", *self._write_cure(one)]
        if len(shown) < len(cures):
            lines += ["", f"  {count(len(cures) - len(shown), 'more cure')}: --all"]
        return lines

    def _write_cure(self, it: ShownCure) -> list[str]:
        changes = ", ".join(f"{one.axis}: {one.before} → {one.after}" for one in it.cure.changes)
        rule = f" (for {it.rule})" if it.rule else ""
        lines = self._wrap(f"{changes}{rule}", 2)
        lines += self._wrap(describe_proof(it), 4)
        return [*lines, *self._write_diff(it.diff)]

    def _write_diff(self, diff: str) -> list[str]:
        lines = [f"      {line}".rstrip() for line in _list_diff(harmless(diff))]
        if len(lines) > _DIFF and not self._every:
            return [*lines[:_DIFF], f"      … {count(len(lines) - _DIFF, 'more line')}: --all"]
        return lines

    def _write_cell(self, it: ExplainedCell, place: ReadersPlace) -> list[str]:
        lines = self._title(it.cell)
        room = 2 + max(len(f"{axis}={value}") for axis, value, _ in it.habits)
        for axis, value, meaning in it.habits:
            lines += self._wrap(meaning, room, f"{axis}={value}")
        lines += ["", *self._wrap(place.reason), *self._describe_outcome(it)]
        if it.history:
            ends = {one.text.rpartition("; ")[2] for one in it.history}
            end = f"; {ends.pop()}" if len(ends) == 1 else ""  # how many releases were run is the same for all
            lines += ["", *self._wrap(f"Over the releases of pytest-asyncio, on {it.history[0].where}{end}:")]
            for one in it.history:
                lines += self._wrap(f"{one.error or 'any error'}: {one.text.removesuffix(end)}", 2)
        return [*lines, *self._write_cures(it.cures)]

    def _describe_outcome(self, it: ExplainedCell) -> list[str]:
        if not it.outcome:
            return []
        signatures = {one.name: one for one in load_signatures()}
        reason = f": {it.reason}" if it.reason else ""
        pattern = (
            f" {it.pattern} (a letter a test: . passed, F failed, E error in setup or teardown)" if it.pattern else ""
        )
        lines = self._wrap(f"On {name_versions(it.environment)} it shows: {it.outcome}{reason}{pattern}.")
        for name in it.errors:
            if name in signatures:
                lines += self._wrap(f"{name}: {first_sentence(signatures[name].cause)}", 2)
        return lines

    def _write_unknown(self, unknown: Sequence[UnknownError]) -> list[str]:
        if not unknown:
            return []
        lines = self._title("Without a name")
        lines += self._wrap("No signature names these errors. They may have nothing to do with event loops.")
        for one in unknown if self._every else unknown[:_UNKNOWN]:
            where = f" ({count(len(one.tests), 'test')})" if one.tests else ""
            lines += ["", *self._wrap(f"{one_line(one.message)}{where}", 2)]
            for close in one.closest:
                lines += self._wrap(f"comes close to {close.signature}: `{close.wording}`; {close.reason}", 4)
        if len(unknown) > _UNKNOWN and not self._every:
            lines += ["", f"  {count(len(unknown) - _UNKNOWN, 'more error')}: --all"]
        return lines

    def _write_commands(self, commands: Iterable[tuple[str, str]]) -> list[str]:
        listed = list(commands)
        if not listed:
            return []
        room = 2 + max(len(command) for command, _ in listed)
        return ["Go on with", *(f"  {command:{room}}{what}" for command, what in listed)]


def _say_none(it: Answer) -> str:
    return f"No error was found in what was read of {it.source}." if it.notes else f"There is no error in {it.source}."


def _find_like(errors: Sequence[ExplainedError], place: int) -> ExplainedError | None:
    """The error before this one that has the same cause."""
    first = errors[place].root or errors[place].surface
    return next((one for one in errors[:place] if first in (one.surface, one.root)), None)


def _name_error(it: ExplainedError) -> str:
    return f"{it.surface} ← {it.root}" if it.root else it.surface


def describe_proof(it: ShownCure) -> str:
    """What was measured of a cure: of the cell, and of all that show the error."""
    releases, effect = it.cure.releases, it.effect
    span = releases[0] if len(releases) == 1 else f"{releases[0]} to {releases[-1]}" if releases else ""
    where = f" on {count(len(releases), 'release')} of pytest-asyncio ({span})" if releases else ""
    proof = f"Then {it.cure.label}{where}, {', '.join(it.cure.systems)}; run {it.cure.run}."
    if effect is None or effect.of < 2:
        return proof
    gone = f"{effect.gone:,} {'no longer shows' if effect.gone == 1 else 'no longer show'} it"
    clean = f"{effect.clean:,} {'is' if effect.clean == 1 else 'are'} clean"
    return f"{proof} Of {effect.of:,} combinations that show the error and can be changed so, {gone}, and {clean}."


def name_versions(environment: str) -> str:
    """`pytest-asyncio 1.5.0, Python 3.13, valkey 6.2.0` of an environment's id."""
    _, python, *others = environment.split("/")
    packages = [" ".join(part.rsplit("-", 1)) for part in (*others[:1], python, *others[1:])]
    return ", ".join(packages).replace("cpython", "Python")


def _list_diff(diff: str) -> Iterator[str]:
    """A unified diff with one name above each file, and dots between its parts, without empty lines at their ends."""
    _, *files = re.split(r"^--- (.*)\n\+\+\+ (.*)\n", diff, flags=re.MULTILINE)
    for old, new, body in zip(files[::3], files[1::3], files[2::3], strict=True):
        yield f"{old.removeprefix('a/')} (removed)" if new == "/dev/null" else new.removeprefix("b/")
        _, *hunks = re.split(r"^@@.*\n", body, flags=re.MULTILINE)
        for number, hunk in enumerate(hunks):
            yield from ["…"] if number else []
            yield from _strip_empty(hunk.splitlines())


def _strip_empty(lines: list[str]) -> list[str]:
    filled = [place for place, line in enumerate(lines) if line.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else []
