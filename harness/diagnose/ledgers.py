"""What really happened in a run, from the ledgers of its evidence, in sentences.

Nothing is guessed: an error is tied to a connection only where the ledgers prove it (`harness.diagnose.ties`). Any
other stays unexplained, and what was seen beside it is printed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from harness.diagnose.leftovers import list_leftovers
from harness.diagnose.stories import Explained, RunStory, Story
from harness.diagnose.ties import Act, Tie, list_acts, list_failed_closes, tie_error, tie_report
from harness.diagnose.wording import Timeline, Wording, capitalize, list_some, name_entry, read_at, show_error
from harness.output.text import count
from harness.verdicts.model import Channel
from harness.verdicts.observations import Observation, ObservationKind, split_members
from harness.verdicts.signatures import find_naming, load_signatures

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from harness.evidence.model import Connection, Evidence, Loop, Moment, Raised
    from harness.habits.model import Habits
    from harness.verdicts.model import Verdict

OF_LOOPS = frozenset(
    {
        *("loop-closed", "different-loop", "bound-to-different-loop", "client-on-another-loop", "no-current-loop"),
        *("proactor-none-send", "uvloop-handler-closed", "unraisable-on-closed-loop", "loop-already-running"),
    }
)
"""Signatures of errors that come of which loop something was made on, or used on."""


ENDS = frozenset({"hang", "crash", "memory-limit", "output-limit"})
"""Signatures of runs that didn't come to their end."""


def explain_run(evidence: Evidence, verdict: Verdict, habits: Habits, files: Collection[str]) -> RunStory:
    """Every story of a run. `files` are the paths of the suite's own files."""
    return _LedgerReader(evidence, verdict, habits, files).explain()


@dataclass
class _Group:
    """Stories that differ in names and numbers alone."""

    first: Story
    count: int = 0
    tests: dict[str, None] = field(default_factory=dict)
    connections: dict[str, None] = field(default_factory=dict)
    loops: dict[str, None] = field(default_factory=dict)
    places: dict[str, None] = field(default_factory=dict)

    def story(self) -> Story:
        return msgspec.structs.replace(
            self.first,
            count=self.count,
            tests=tuple(self.tests),
            connections=tuple(self.connections),
            loops=tuple(self.loops),
            places=tuple(self.places),
        )


class _Groups:
    """Stories by what makes them alike, in the order in which the first of each was met."""

    def __init__(self) -> None:
        self._groups: dict[tuple[object, ...], _Group] = {}

    def add(self, key: tuple[object, ...], story: Story) -> None:
        group = self._groups.setdefault((story.kind, *key), _Group(story))
        group.count += 1
        for name in ("tests", "connections", "loops", "places"):
            getattr(group, name).update(dict.fromkeys(getattr(story, name)))

    def stories(self) -> tuple[Story, ...]:
        return tuple(group.story() for group in self._groups.values())


class _LedgerReader:
    """Explains one run."""

    def __init__(self, evidence: Evidence, verdict: Verdict, habits: Habits, files: Collection[str]) -> None:
        self._evidence = evidence
        self._verdict = verdict
        self._loops = {loop.name: loop for loop in evidence.loops}
        self._line = Timeline(evidence)
        self._words = Wording(evidence, habits, files)
        self._groups = _Groups()
        self._reported: set[str] = set()  # connections of which a close that failed is in another story
        self._counts = {"yes": 0, "perhaps": 0, "no": 0}

    def explain(self) -> RunStory:
        """Failed tests first, then what reached no test, then what happened in silence, then what was left."""
        failed = 0
        for test in self._evidence.tests:
            for phase in test.phases:
                if phase.outcome == "failed":
                    failed += 1
                    self._explain_phase(test.id, phase.when, phase.chain)
        self._explain_reports()
        self._explain_silence()
        for key, story in list_leftovers(self._evidence, self._verdict, self._words):
            self._groups.add(key, story)
        return RunStory(
            summary=tuple(self._summarize(failed)),
            stories=self._groups.stories(),
            failed=failed,
            explained=self._counts["yes"],
            perhaps=self._counts["perhaps"],
        )

    def _summarize(self, failed: int) -> Iterator[str]:
        tests, loops, connections = self._evidence.tests, self._evidence.loops, self._evidence.connections
        if not tests:
            yield f"No test ran{self._describe_problem()}."
            return
        cut = [one for one in self._verdict.findings if one.signature in ENDS]
        for one in cut:
            yield f"The run was cut short: {one.signature} ({one.sample})."
        if failed:
            yield f"{capitalize(count(failed, 'failure'))} in {count(len(tests), 'test')}; {self._share(failed)}."
        else:
            yield f"No failure in {count(len(tests), 'test')}{' until then' if cut else ''}."
        yield f"{count(len(loops), 'event loop')} and {count(len(connections), 'connection')} were seen."
        if not connections:
            yield "Connections are seen where they go through asyncio's streams, as those of valkey and redis do."
        elif not cut and not self._has_trouble():
            yield "Each connection was opened, used and closed on one loop, while that was open."
        for finding in self._verdict.findings:
            if finding.signature == "leaked-keys":
                yield f"Keys were left on the server: {finding.sample}."

    def _share(self, failed: int) -> str:
        """How many of the failures the ledgers explain."""
        yes, perhaps = self._counts["yes"], self._counts["perhaps"]
        if yes == failed:
            return "what was seen explains it" if failed == 1 else "what was seen explains each"
        may = f" and may explain {perhaps}" if perhaps else ""
        return f"what was seen explains {yes or 'none'}{may}"

    def _describe_problem(self) -> str:
        """Why none did, where that is known."""
        for problem in self._evidence.problems:
            if problem.chain:
                return f": {show_error(problem.chain[-1])}{f' in {problem.node}' if problem.node else ''}"
        reason = self._verdict.ending or self._verdict.reason
        return f": {reason}" if reason else ", so there is nothing to explain"

    def _has_trouble(self) -> bool:
        return any(
            one.closed is None or one.close_failed or one.closed_on not in (one.loop, None)
            for one in self._evidence.connections
        ) or any(use.late or use.loop not in (one.loop, None) for one in self._evidence.connections for use in one.uses)

    def _explain_phase(self, test: str, when: str, chain: tuple[Raised, ...]) -> None:
        acts = list(list_acts(self._evidence, test, when))
        worst = "yes"
        for part in split_members(chain) or [()]:
            named = [_find_names(one) for one in part]
            tie = tie_error(part, named, acts)
            story, key = self._describe_failure(test, when, part, _choose_names(named), tie)
            self._groups.add(key, story)
            worst = min(worst, story.explained, key=("no", "perhaps", "yes").index)
        self._counts[worst] += 1

    def _describe_failure(
        self, test: str, when: str, chain: tuple[Raised, ...], signatures: tuple[str, ...], tie: Tie
    ) -> tuple[Story, tuple[object, ...]]:
        acts = tie.certain or tie.possible
        explained: Explained = "yes" if tie.certain else "perhaps" if acts and _may_come_of_loops(signatures) else "no"
        if explained == "yes":
            sentences = list(self._describe_certain(test, when, chain, tie.certain))
        elif explained == "perhaps":
            sentences = [*self._describe_acts(acts, test, when), self._describe_doubt(chain, tie.possible)]
        else:
            sentences = list(self._describe_unexplained(test, when, chain, signatures))
        story = Story(
            kind="error",
            heading=self._head(signatures, chain, when),
            sentences=tuple(sentences),
            tests=(test,),
            signatures=signatures,
            error=show_error(chain[0]).strip("`") if chain else "",
            explained=explained,
            connections=tuple(dict.fromkeys(act.connection.name for act in acts)) if explained != "no" else (),
            loops=self._name_loops(acts) if explained != "no" else (),
            places=self._words.own_places([*(act.connection.opened.at for act in acts), *(act.at for act in acts)]),
        )
        shape = tuple(self._shape(act, test) for act in acts) if explained != "no" else ()
        kinds: tuple[object, ...] = signatures or tuple((one.type, one.origin) for one in chain)
        return story, (explained, when, kinds, shape)

    def _head(self, signatures: tuple[str, ...], chain: tuple[Raised, ...], when: str) -> str:
        surface = (chain[0].type.rpartition(".")[2],) if chain and not _find_names(chain[0]) else ()
        name = "←".join((*surface, *signatures)) or "a failure without an exception"
        return f"{name} in a test's {'body' if when == 'call' else when}"

    def _describe_acts(self, acts: Iterable[Act], test: str, when: str) -> Iterator[str]:
        """Sentences about what was done with each connection, once."""
        seen: set[str] = set()
        for act in acts:
            connection = act.connection
            if connection.name not in seen:
                seen.add(connection.name)
                yield self.describe_opening(connection)
                yield from self._describe_own_loop(connection, act, test, when)
            yield self._describe_act(act, test, when)

    def describe_opening(self, connection: Connection) -> str:
        """`Connection 1 was opened on loop 1 in the setup of X, by the fixture Y (conftest.py:12).`"""
        loop = f" on {name_entry(connection.loop)}" if connection.loop else ""
        return f"{capitalize(name_entry(connection.name))} was opened{loop} {self._words.moment(connection.opened)}."

    def _describe_own_loop(self, connection: Connection, act: Act, test: str, when: str) -> Iterator[str]:
        loop = self._loops.get(connection.loop or "")
        if loop is None:
            return
        if loop.closed is not None and (_shows_closed(act) or self._line.before(loop.closed, test, when)):
            yield f"{capitalize(name_entry(loop.name))} was closed {self._words.moment(loop.closed)}."
        elif act.how == "used" and act.at and not act.late:
            yield f"{capitalize(name_entry(loop.name))} was still open."

    def _describe_act(self, act: Act, test: str, when: str) -> str:
        on = f" on {name_entry(act.loop)}" if act.loop else " where no loop was running"
        name = capitalize(name_entry(act.connection.name))
        return f"{name} was {act.how}{on} {self._words.phase(test, when)}{self._words.by(act.at, test)}."

    def _describe_certain(
        self, test: str, when: str, chain: tuple[Raised, ...], acts: tuple[Act, ...]
    ) -> Iterator[str]:
        """What was done and what it gave. A close that failed while an error was handled comes after that error."""
        surface, root = chain[0], chain[-1]
        answers = [act for act in acts if len(chain) > 1 and any(_is_same(one, surface) for one in act.failed)]
        first = [act for act in acts if act not in answers]
        if not answers or not first:
            yield from self._describe_acts(acts, test, when)
            yield f"That gave {show_error(root)}."
            if not _is_same(surface, root):
                yield f"While that was handled came {show_error(surface)}, which is the error that pytest reports."
            return
        yield from self._describe_acts(first, test, when)
        yield f"That gave {show_error(root)}."
        for act in answers:
            on = f" on {name_entry(act.loop)}" if act.loop else ""
            place = self._words.by(act.at, test)
            yield (
                f"Closing {name_entry(act.connection.name)}{on} in answer to it{place} failed with "
                f"{show_error(surface)}, which is the error that pytest reports."
            )

    def _describe_doubt(self, chain: tuple[Raised, ...], acts: tuple[Act, ...]) -> str:
        names = {act.connection.name for act in acts}
        which = "that" if len(names) == 1 else f"one of these {len(names)} connections"
        error = show_error(chain[0]) if chain else "the failure"
        return f"Whether {error} comes of {which} can't be seen."

    def _describe_unexplained(
        self, test: str, when: str, chain: tuple[Raised, ...], signatures: tuple[str, ...]
    ) -> Iterator[str]:
        if chain:
            origin = read_at(chain[-1].origin)
            yield f"{show_error(chain[-1])}{f', raised at {origin.place} in `{origin.function}`' if origin else ''}."
        if not OF_LOOPS.intersection(signatures):
            yield "Nothing that was seen has to do with it."
            return
        yield "No connection that is seen was used or closed on another loop than its own in that phase."
        yield from self._describe_loops_at(test, when, signatures)

    def _describe_loops_at(self, test: str, when: str, signatures: tuple[str, ...]) -> Iterator[str]:
        """The loops that there were, as far as they narrow down what happened."""
        begun = [loop for loop in self._evidence.loops if self._begun(loop.created, test, when)]
        gone = [loop for loop in begun if loop.closed and self._line.before(loop.closed, test, when)]
        left = [loop for loop in begun if loop not in gone]
        if "loop-closed" in signatures and gone:
            which = (
                "It can only be this loop"
                if len(gone) == 1 and not self._closed_in(left, test, when)
                else "Closed before"
            )
            yield f"{which}: {list_some([self._describe_life(loop) for loop in gone[-3:]])}."
            return
        sure = [loop for loop in left if not self._closed_in([loop], test, when)]
        yield f"Loops that were open then: {list_some(map(self._describe_life, sure)) or 'none'}."
        if ended := [loop for loop in left if loop not in sure]:
            yield f"Loops that were closed in that phase: {list_some(map(self._describe_life, ended))}."

    def _begun(self, created: Moment, test: str, when: str) -> bool:
        return self._line.before(created, test, when) or (created.test, created.when) == (test, when)

    def _closed_in(self, loops: Iterable[Loop], test: str, when: str) -> bool:
        return any(loop.closed and (loop.closed.test, loop.closed.when) == (test, when) for loop in loops)

    def _describe_life(self, loop: Loop) -> str:
        end = f"closed {self._words.phase(loop.closed.test, loop.closed.when)}" if loop.closed else "never closed"
        return f"{name_entry(loop.name)} (made {self._words.moment(loop.created)}; {end})"

    def _name_loops(self, acts: Iterable[Act]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for act in acts for name in (act.connection.loop, act.loop) if name))

    def _shape(self, act: Act, test: str) -> tuple[object, ...]:
        """What makes two acts alike."""
        connection = act.connection
        loop = self._loops.get(connection.loop or "")
        closed = (loop.closed.when, self._words.role(loop.closed)) if loop and loop.closed else None
        opened = connection.opened
        at = self._words.role_at(act.at, test)
        return (
            opened.when,
            self._words.role(opened),
            opened.test == test,
            closed,
            act.how,
            at,
            act.late,
            bool(act.failed),
        )

    def _explain_reports(self) -> None:
        """Errors that reached no test: ignored by the interpreter, handled by a loop, of a thread, or logged."""
        for one in self._evidence.unraisables:
            self._explain_report(
                "ignored", one.test, one.when, one.chain, f"ignored by Python: {one.message} {one.object}"
            )
        for call in self._evidence.handler_calls:
            lead = f"{name_entry(call.loop)}'s exception handler was called: {call.message}"
            self._explain_report("ignored", call.test, call.when, call.chain, lead)
        for error in self._evidence.background:
            lead = (
                f"the thread `{error.owner}` ended with it"
                if error.source == "thread"
                else f"logged by `{error.owner}`"
            )
            self._explain_report("background", error.test, error.when, error.chain, lead)

    def _explain_report(self, kind: str, test: str, when: str, chain: tuple[Raised, ...], lead: str) -> None:
        if not chain:
            return
        named = [_find_names(one) for one in chain]
        signatures = _choose_names(named)
        if not OF_LOOPS.intersection(signatures):
            return
        tie = tie_report(chain, list_failed_closes(self._evidence))
        origin = read_at(chain[-1].origin)
        place = f", raised at {origin.place} in `{origin.function}`" if origin else ""
        sentences = [
            f"{show_error(chain[0])}{place}; {lead}.",
            f"It came {self._words.phase(test, when)}, where it may only have surfaced.",
        ]
        if tie.certain:
            (act,) = tie.certain
            at = act.connection.closed
            assert at is not None, "it was closed"
            sentences += self._describe_acts(tie.certain, at.test, at.when)
            self._reported.add(act.connection.name)
        elif "__del__" in lead:
            sentences += self._describe_dropped()
        else:
            sentences += self._describe_loops_at(test, when, signatures)
        story = Story(
            kind="ignored" if kind == "ignored" else "background",
            heading=f"{'←'.join(signatures)} reached no test",
            sentences=tuple(sentences),
            tests=(test,) if test else (),
            signatures=signatures,
            error=show_error(chain[0]).strip("`"),
            explained="yes" if tie.certain else "no",
            connections=tuple(dict.fromkeys(act.connection.name for act in tie.certain)),
            loops=self._name_loops(tie.certain),
            places=self._words.own_places(one.origin for one in chain),
        )
        self._groups.add((signatures, chain[0].origin, lead.partition(" object")[0]), story)

    def _describe_dropped(self) -> Iterator[str]:
        """Connections that only a finalizer can have put away, after their loop."""
        left = [one for one in self._evidence.connections if one.closed is None and self._is_gone(one.loop)]
        if len(left) == 1:
            yield f"Of the connections that are seen it can only be {name_entry(left[0].name)}, which nobody closed."
        elif left:
            yield f"It is one of {len(left):,} connections that nobody closed and whose loops were closed."

    def _is_gone(self, loop: str | None) -> bool:
        return loop in self._loops and self._loops[loop].closed is not None

    def _explain_silence(self) -> None:
        """Connections used or closed from another loop in a phase that passed."""
        well = {
            (test.id, phase.when) for test in self._evidence.tests for phase in test.phases if phase.outcome != "failed"
        }
        phases = dict.fromkeys(
            [
                *((use.test, use.when) for one in self._evidence.connections for use in one.uses),
                *((one.closed.test, one.closed.when) for one in self._evidence.connections if one.closed),
            ]
        )
        for test, when in phases:
            if test and (test, when) not in well:
                continue
            for act in list_acts(self._evidence, test, when):
                if act.failed and act.connection.name in self._reported:
                    continue
                if act.failed:
                    ending = f"Closing it failed with {show_error(act.failed[0])}, which reached no test."
                else:
                    ending = "No error came of that."
                story = Story(
                    kind="wrong-loop" if act.how == "used" else "closed-elsewhere",
                    heading=f"a connection was {act.how} on another loop than its own, and no test failed of it",
                    sentences=(*self._describe_acts([act], test, when), ending),
                    tests=(test,) if test else (),
                    connections=(act.connection.name,),
                    loops=self._name_loops([act]),
                    places=self._words.own_places([act.connection.opened.at, act.at]),
                )
                self._groups.add((when, self._shape(act, test)), story)


def _is_same(one: Raised, other: Raised) -> bool:
    return (one.type, one.text) == (other.type, other.text)


def _shows_closed(act: Act) -> bool:
    """Whether the act itself proves that the connection's loop was closed by then."""
    return act.late or any("loop-closed" in _find_names(one) for one in act.failed[:1])


def _may_come_of_loops(signatures: tuple[str, ...]) -> bool:
    """Whether what was done with a connection may be behind an error: one of loops, or one that nothing names."""
    return bool(OF_LOOPS.intersection(signatures)) or not signatures


def _choose_names(named: Sequence[frozenset[str]]) -> tuple[str, ...]:
    """The signatures at the surface and at the root of a chain, each once."""
    met = [sorted(names) for names in named if names]
    return tuple(dict.fromkeys([*met[0], *met[-1]])) if met else ()


def _find_names(raised: Raised) -> frozenset[str]:
    """The signatures of one exception."""
    observation = Observation(
        kind=ObservationKind.EXCEPTION, channel=Channel.BODY, type=raised.type, text=raised.text, origin=raised.origin
    )
    return frozenset(one.name for one in find_naming(load_signatures(), observation))
