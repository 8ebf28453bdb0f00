"""An explanation as text for a terminal, in the order in which one reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.environments.identity import PLUGIN
from harness.explain.likeness import MANY_TEXTS
from harness.invocation import command_line
from harness.knowledge.readers import Origin
from harness.output.table import wrap
from harness.output.text import count, first_sentence, harmless, one_line
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

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
_RULES = 2  # that are shown without --all
_CURES = 2
_DIFF = 11  # lines of all diffs of one error
_UNKNOWN = 5
_TESTS = 3
_IMPORT = re.compile(r"[ +-](?:import |from \S+ import )")
_SAME = re.compile(r"^# and the same in (.*)$")
_HEAD = re.compile(r" \s*(?:class |def |async def |@|\[)")


class AnswerWriter:
    """Writes an explanation in lines of at most `width` columns; everything with `every`."""

    def __init__(self, width: int, *, every: bool = False) -> None:
        self._width = min(width, READABLE)
        self._every = every

    def write(self, it: Answer) -> str:
        """The whole text."""
        beside = [one for one in it.errors if _is_beside(one, it)]
        groups = _group_alike([one for one in it.errors if one not in beside])
        errors = [
            self._write_error(first, it, like=others, commands=() if place else it.commands)
            for place, (first, *others) in enumerate(groups)
        ]
        parts = [
            [line for note in it.notes for line in self._wrap(note)],
            *errors,
            *([self._write_cell(it.cell, it.place)] if it.cell else []),
            self._write_unknown(it.unknown),
            self._write_beside(beside),
            [] if it.errors or it.unknown or it.cell else self._wrap(_say_none(it)),
            [] if errors else self._write_commands(it.commands)[1:],
            self._write_place(it.place) if it.errors or it.cell else [],
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

    def _write_error(
        self,
        it: ExplainedError,
        whole: Answer,
        *,
        like: Sequence[ExplainedError],
        commands: Iterable[tuple[str, str]],
    ) -> list[str]:
        """What one sees and why, what to do, what leads to it, and what cured it. `like` has the same cause."""
        where = f", in {count(len(it.tests), 'test')}" if it.tests else f", {it.count} times" if it.count > 1 else ""
        lines = self._title(f"{_name_error(it)}{where}")
        lines += self._write_words(it, whole)
        lines += self._write_places(it)
        if like:
            lines += self._wrap(f"of the same cause: {', '.join(map(self._name_like, like))}", 2)
        lines += ["", *(line for text in it.happened for line in self._wrap(" ".join(text.split())))]
        if it.advice:
            lines += ["", *self._wrap(f"What to do: {' '.join(it.advice.split())}")]
        lines += self._write_commands(commands)
        lines += ["", *self._write_causes(it, whole.place)]
        lines += self._write_cures(it.cures)
        return [*lines, f"Reference: {it.reference}"]

    def _write_beside(self, errors: Sequence[ExplainedError]) -> list[str]:
        """Leaks and warnings of a text that has errors too: what they say, and what to do."""
        lines = self._title("Leaks and warnings beside it") if errors else []
        for place, it in enumerate(errors):
            text = it.messages[0] if it.messages else _find_title(it.surface)
            lines += ["", *self._wrap(text, 2, "")] if place else self._wrap(text, 2)
            more = command_line("explain", it.surface)
            advice = " ".join((it.advice or first_sentence(it.happened[0])).split())
            lines += self._wrap(f"{it.surface}: {advice} More: {more}", 2)
        return lines

    def _write_places(self, it: ExplainedError) -> list[str]:
        """What stands in the text, where that isn't what the signatures' titles say already, and the tests."""
        titles = [_find_title(name) for name in (it.surface, it.root) if name]
        messages = [one for one in it.messages if self._every or not any(_has_words(one, title) for title in titles)]
        lines = [line for message in messages for line in self._wrap(message, 2)]
        if it.tests:
            lines += self._wrap(f"in {self._list_tests(it)}", 2)
        return ["", *lines] if lines else []

    def _name_like(self, it: ExplainedError) -> str:
        return f"{_name_error(it)} ({self._list_tests(it)})" if it.tests else _name_error(it)

    def _list_tests(self, it: ExplainedError) -> str:
        shown = it.tests if self._every else it.tests[:_TESTS]
        more = f" and {len(it.tests) - len(shown)} more" if len(it.tests) > len(shown) else ""
        return f"{', '.join(map(one_line, shown))}{more}"

    def _write_words(self, it: ExplainedError, whole: Answer) -> list[str]:
        """Surface and root in words."""
        title = f"`{_find_title(it.surface)}`"
        if it.root:
            return self._wrap(f"{title} is what you see; underneath is {it.root}: `{_find_title(it.root)}`.")
        chained = whole.kind in _CHAINED and not it.aside
        alone = f"{title} is what you see; the text shows nothing underneath" if chained else title
        if not it.underneath:
            return self._wrap(f"{alone}.")
        hidden = ", ".join(f"{name} in {cells:,}" for name, cells in it.underneath[:2])
        where = f"Of {it.cells:,} measured combinations that show it, it hides {hidden}"
        look = ": look for that above it in the output" if whole.subject == "text" else ""
        return self._wrap(f"{alone}. {where}{look}.")

    def _write_causes(self, it: ExplainedError, place: ReadersPlace) -> list[str]:
        lines = [*self._wrap(place.reason), *self._wrap(it.elsewhere)]
        if not it.cells and it.own:
            span = it.own[0] if len(it.own) == 1 else f"{it.own[0]} to {it.own[-1]}"
            text = (
                f"Every suite shows it on {count(len(it.own), 'measured release')} of pytest-asyncio ({span}): it is "
            )
            return [*self._wrap(place.reason), *self._wrap(f"{text}the versions' own, whatever the tests do.")]
        if not it.cells:
            met = [one for one in it.occurrences if one.cells or one.further]
            if not met:
                return [
                    *lines,
                    *self._wrap("No combination of the catalogue shows it on any release that was measured."),
                ]
            listed = "; ".join(f"{one.releases} ({one.describe()})" for one in met)
            python = f" (Python {met[0].pythons})"
            it_all = "it, in whatever words" if it.surface in MANY_TEXTS and it.messages else "it"
            text = f"Releases of pytest-asyncio on which combinations show {it_all}{python}: {listed}."
            return [*lines, *self._wrap(text)]
        where = f"On {name_versions(it.environment)}"
        share = " What they have in common:" if it.rules else ""
        lines += self._wrap(f"{where}, {it.cells:,} of {it.measured:,} combinations of test habits show it.{share}")
        shown = it.rules if self._every else it.rules[:_RULES]
        counts = [f"{rule.support:,} of {rule.meeting:,}" for rule in shown]
        room = 5 + max(map(len, counts), default=0)
        for number, (rule, text) in enumerate(zip(shown, counts, strict=True), 1):
            lines += self._wrap(rule.text, room, f"{number}  {text}")
        left = sum(rule.support for rule in it.rules[len(shown) :])
        if it.uncovered or left:
            more = f"{count(len(it.rules) - len(shown), 'more rule')} (--all)" if left else ""
            rest = (
                f"{it.uncovered:,} {'follows' if it.uncovered == 1 else 'follow'} none of the rules"
                if it.uncovered
                else ""
            )
            lines += self._wrap(f"{'; '.join(filter(None, (more, rest)))}.", 2)
        return lines

    def _write_cures(self, cures: Sequence[ShownCure]) -> list[str]:
        if not cures:
            return []
        shown = cures if self._every else sorted(cures[:_CURES], key=lambda one: one.summary.count("\n"))
        lines = ["", "Nearest cures that were measured"]
        room = _DIFF
        for one in shown:
            diff = self._write_diff(one, room)
            room -= len(diff)
            lines += [*self._write_cure(one), *diff]
        if len(shown) < len(cures):
            lines += [f"  {count(len(cures) - len(shown), 'more cure')}: --all"]
        return lines

    def _write_cure(self, it: ShownCure) -> list[str]:
        rule = f"of {it.rule}: " if it.rule else ""
        lines = self._wrap(f"{rule}{_join_words(it)}", 2)
        run = f" Run {it.cure.run}." if self._every else ""
        lines += self._wrap(f"{describe_proof(it)}{run}", 4)
        if it.settings:
            lines += self._wrap(f"For all tests at once, in pytest's settings: {'; '.join(it.settings)}.", 4)
        return lines

    def _write_diff(self, it: ShownCure, room: int) -> list[str]:
        """All of it; or else of each kind of change one, without imports, as far as there is room."""
        if self._every:
            return _indent(_list_diff(harmless(it.diff)))
        summary = harmless(it.summary)
        lines = _indent(_list_diff(summary, _shorten))
        if len(lines) > room:
            lines = _indent(_list_diff(summary, _leave_heads))
        if len(lines) <= room:
            return lines
        return [*lines[: room - 1], f"      … {count(len(lines) - room + 1, 'more line')}: --all"] if room > 3 else []

    def _write_cell(self, it: ExplainedCell, place: ReadersPlace) -> list[str]:
        lines = self._title(it.cell)
        room = 2 + max(len(f"{axis}={value}") for axis, value, _ in it.habits)
        for axis, value, meaning in it.habits:
            lines += self._wrap(meaning, room, f"{axis}={value}")
        if it.impossible:
            return [*lines, "", *self._wrap(f"Nobody can write it down, whatever the versions: {it.impossible}.")]
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
        lines: list[str] = []
        silent = [one for one in unknown if one.unanswered]
        others = [one for one in unknown if not one.unanswered]
        if silent:
            lines += self._title("No server is listening")
            for one in silent if self._every else silent[:1]:
                lines += self._wrap(f"{one_line(one.message)} ({count(len(one.tests) or one.count, 'test')})", 2)
            lines += self._wrap(
                f"Nobody answers at {silent[0].unanswered}, so what the tests do to event loops can't be seen. "
                f"`{command_line('diagnose', '--run')}` and `{command_line('matrix', '--suite DIR')}` bring a server."
            )
        if not others:
            return lines
        unknown = others
        lines += ["", *self._title("Without a name")] if lines else self._title("Without a name")
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
        return ["", "Go on with", *(f"  {command:{room}}{what}" for command, what in listed)]


def _say_none(it: Answer) -> str:
    return f"No error was found in what was read of {it.source}." if it.notes else f"There is no error in {it.source}."


def _is_beside(it: ExplainedError, whole: Answer) -> bool:
    """Whether it is a leak or a warning in a text that has errors."""
    return it.aside and (bool(whole.unknown) or any(not one.aside for one in whole.errors))


def _group_alike(errors: Sequence[ExplainedError]) -> list[list[ExplainedError]]:
    """Those that have the same cause together, each with the one first that is explained for all."""
    groups: list[list[ExplainedError]] = []
    for it in errors:
        first = it.root or it.surface
        like = (group for group in groups if not it.aside and first in (group[0].surface, group[0].root))
        group = next(like, None)
        if group is None:
            groups.append([it])
        else:
            group.append(it)
    return groups


def _find_title(name: str) -> str:
    return next(one.title for one in load_signatures() if one.name == name)


def _has_words(text: str, title: str) -> bool:
    """Whether all words of a title are in the text."""
    return set(title.split()) <= set(text.split())


def _join_words(it: ShownCure) -> str:
    """What is changed, in words; of what has none, its values."""
    return "; ".join(it.words) or "; ".join(f"{one.axis}: {one.after}" for one in it.cure.changes)


def _name_error(it: ExplainedError) -> str:
    return f"{it.surface} ← {it.root}" if it.root else it.surface


def describe_proof(it: ShownCure) -> str:
    """What was measured of a cure: of the cell, and of all that show the error."""
    releases, effect = it.cure.releases, it.effect
    span = releases[0] if len(releases) == 1 else f"{releases[0]} to {releases[-1]}" if releases else ""
    where = f" on {count(len(releases), 'release')} of pytest-asyncio ({span})" if releases else ""
    proof = f"Then {it.cure.label}{where}, {', '.join(it.cure.systems)}."
    if effect is None or effect.of < 2:
        return proof
    gone = f"{effect.gone:,} {'no longer shows' if effect.gone == 1 else 'no longer show'} it"
    clean = f"{effect.clean:,} {'is' if effect.clean == 1 else 'are'} clean"
    return f"{proof} Of {effect.of:,} combinations like it, {gone}, and {clean}."


def name_versions(environment: str) -> str:
    """`pytest-asyncio 1.5.0, Python 3.13, valkey 6.2.0` of an environment's id."""
    _, python, *others = environment.split("/")
    packages = [" ".join(part.rsplit("-", 1)) for part in (*others[:1], python, *others[1:])]
    return ", ".join(packages).replace("cpython", "Python")


def summarize_diff(diff: str) -> str:
    """What changes, of each kind of change one, without what says little."""
    return "\n".join(_list_diff(diff, _shorten))


def _list_diff(diff: str, shorten: Callable[[list[str]], list[str]] = list) -> Iterator[str]:
    """A unified diff with one name above each file, and dots between its parts, without empty lines at their ends."""
    _, *files = re.split(r"^--- (.*)\n\+\+\+ (.*)\n", diff, flags=re.MULTILINE)
    for old, new, body in zip(files[::3], files[1::3], files[2::3], strict=True):
        yield f"{old.removeprefix('a/')} (removed)" if new == "/dev/null" else new.removeprefix("b/")
        _, *hunks = re.split(r"^@@.*\n", body, flags=re.MULTILINE)
        parts = [_strip_empty(shorten(hunk.splitlines())) for hunk in hunks]
        for number, lines in enumerate(filter(None, parts)):
            yield from ["…"] if number else []
            yield from lines


def _shorten(lines: list[str]) -> list[str]:
    """A part of a diff without imports and empty lines; nothing where no other line changes."""
    telling = [line for line in lines if line[1:].strip() and not _IMPORT.match(line)]
    changes = any(line[:1] in ("+", "-") for line in telling)
    return [_SAME.sub(_name_others, line) for line in telling if changes or line[:1] == "#"]


def _leave_heads(lines: list[str]) -> list[str]:
    """The same, and of the lines around only the heads of functions, classes and sections."""
    return [line for line in _shorten(lines) if line[:1] != " " or _HEAD.match(line)]


def _indent(lines: Iterable[str]) -> list[str]:
    return [f"      {line}".rstrip() for line in lines]


def _name_others(found: re.Match[str]) -> str:
    others = "tests" if all("test_" in one for one in found[1].split(", ")) else "places"
    return f"and the same on the other {others}"


def _strip_empty(lines: list[str]) -> list[str]:
    filled = [place for place, line in enumerate(lines) if line.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else []
