"""From signatures, a cell or the errors of a text to what is known of them, as measured on the reader's versions."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.columns import version_order
from harness.analysis.label import ERRORS, find_hidden, label
from harness.analysis.suites import select_cells
from harness.catalogue.cell import CORE_AXES
from harness.catalogue.loading import find_values
from harness.compare.release_ranges import find_release_ranges
from harness.environments.identity import PLUGIN
from harness.environments.releases import load_releases
from harness.explain.closest import find_closest
from harness.explain.explanation import (
    CellHistory,
    CureEffect,
    ExplainedCell,
    ExplainedError,
    KnownVersion,
    ReadersPlace,
    ShownCure,
    ShownRule,
    UnknownError,
)
from harness.explain.likeness import MANY_TEXTS, find_like, make_filter
from harness.explain.occurrences import Occurrences, group_ranges
from harness.explain.settings import list_settings
from harness.explain.unanswered import find_unanswered
from harness.habits.case_words import find_runner_of, fit_meaning
from harness.knowledge.causes import describe_conditions, find_causes
from harness.knowledge.code import show_change, summarize_change
from harness.knowledge.cure_order import gives_up, measure_size
from harness.knowledge.cures import find_cures
from harness.knowledge.outcomes import rank, sort_versions
from harness.output.text import first_sentence, shorten_error
from harness.packages import are_alike
from harness.pipeline.cells import make_target
from harness.verdicts.model import Status
from harness.verdicts.same_outcome import select_counting_findings
from harness.verdicts.signatures import load_categories, load_signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.explain.model import NamedError
    from harness.explain.occurrences import Occurrence
    from harness.knowledge.causes import Causes
    from harness.knowledge.model import Change, Cure
    from harness.knowledge.outcomes import Outcomes
    from harness.knowledge.readers import MatchedEnvironments, ReadersVersions
    from harness.verdicts.model import Finding, Verdict

MOST_CURES = 3  # of one error
_RARE_SCOPES = frozenset({"class", "module", "package"})
CANDIDATES = 5  # of which the ones are shown that help most of what shows the error


class Explainer:
    """Explains errors and cells on the reader's versions, from measured outcomes."""

    def __init__(
        self, outcomes: Outcomes, catalogue: Catalogue, versions: ReadersVersions, matched: MatchedEnvironments
    ) -> None:
        self._outcomes = outcomes
        self._catalogue = catalogue
        self._versions = versions
        self._matched = matched
        self._signatures = {one.name: one for one in load_signatures()}

    @cached_property
    def occurrences(self) -> Occurrences:
        """Where each signature was met."""
        return Occurrences(self._outcomes)

    @cached_property
    def key(self) -> str:
        """The key of the environment that is the reader's, or else nearest to it; empty where nothing was measured."""
        return next(iter(self._matched.environments), self._matched.nearest)

    @property
    def place(self) -> ReadersPlace:
        """The reader's versions, and where what follows was measured."""
        matched = self._matched
        return ReadersPlace(
            versions=tuple(
                KnownVersion(name=one.name, version=one.text, text=str(one), origin=str(one.origin))
                for one in self._versions.all
                if one.text and not (one.assumed and one.name == "pytest")  # what comes with pytest-asyncio
            ),
            environment=self._name(self.key),
            differences=matched.differences,
            reason=matched.reason,
            command=matched.command,
        )

    def explain_error(
        self,
        surface: str,
        root: str = "",
        *,
        messages: Sequence[str] = (),
        count: int = 0,
        tests: Sequence[str] = (),
        cures: int = MOST_CURES,
    ) -> ExplainedError:
        """An error with these signatures, surface and root."""
        names = tuple(dict.fromkeys(filter(None, (surface, root))))
        first = self._signatures[names[-1]]
        counts = make_filter(surface, messages)
        shows = self._make_check(names, counts)
        key, elsewhere = self._choose_environment(shows, alike=surface in MANY_TEXTS and bool(messages))
        cells = self._list_showing(key, shows)
        causes = find_causes(self._outcomes, first.name, [key], counts=counts) if cells else None
        rules = tuple(self._show_rules(causes, cells)) if causes else ()
        return ExplainedError(
            surface=surface,
            root=root if root != surface else "",
            aside=self._is_aside(surface),
            messages=tuple(messages),
            count=count,
            tests=tuple(tests),
            happened=tuple(self._tell(names)),
            advice=first.advice.strip(),
            reference=first.reference,
            environment=self._name(key) if cells else "",
            elsewhere=elsewhere,
            own=self._list_own(surface, counts),
            cells=len(cells),
            underneath=self._count_underneath(surface, key, cells) if len(names) == 1 else (),
            measured=causes.measured if causes else 0,
            uncovered=causes.uncovered if causes else 0,
            rules=rules,
            cures=tuple(self._cure_rules(rules, key, cells, shows, cures)),
            occurrences=group_ranges(self._find_occurrences(surface)),
        )

    def explain_errors(self, named: Iterable[NamedError], *, cures: int = MOST_CURES) -> tuple[ExplainedError, ...]:
        """The errors of a text that have a name, those of most tests first; alike ones once, wherever they were met."""
        groups: dict[tuple[str, str, str], list[NamedError]] = {}
        for one in named:
            if one.surface or one.root:
                group = (one.surface or one.root, one.root, find_like(one, groups))
                groups.setdefault(group, []).append(one)
        ordered = sorted(groups.items(), key=lambda item: (self._is_aside(item[0][0]), -_weigh(item[1])))
        return tuple(
            self.explain_error(
                surface,
                root,
                messages=_list_messages(members[0]),
                count=sum(one.count for one in members),
                tests=_list_tests(members),
                cures=cures,
            )
            for (surface, root, _), members in ordered
        )

    def explain_cell(self, cell: Cell, *, cures: int = MOST_CURES) -> ExplainedCell:
        """A cell: in words, on the reader's versions, over the releases, and its cures."""
        key = self.key
        verdict = self._outcomes.verdict(cell.id, key)
        found = find_cures(self._outcomes, self._catalogue, cell, key, cures)
        return ExplainedCell(
            cell=cell.id,
            habits=tuple(
                (one.axis, one.name, fit_meaning(one.value.meaning, one.axis, find_runner_of(cell.id)))
                for one in self._catalogue.named_values(cell)
                if one.axis in CORE_AXES or one.name != self._catalogue.defaults[one.axis]
            ),
            environment=self._name(key),
            elsewhere=self._matched.reason,
            status=verdict.status.value if verdict else "",
            outcome=label(verdict, load_categories()) if verdict else "",
            pattern=verdict.pattern if verdict else "",
            reason=verdict.reason if verdict else "",
            errors=tuple(dict.fromkeys(_list_errors(verdict))) if verdict else (),
            impossible="" if verdict else self._find_why_impossible(cell),
            history=tuple(self._list_history(cell)),
            cures=tuple(self._show_cure(cell, one, key) for one in found),
        )

    def _find_why_impossible(self, cell: Cell) -> str:
        """Why no measured environment can have the cell, as the last of them says; empty where one can."""
        targets = map(make_target, self._outcomes.environments.values())
        reasons = [self._catalogue.not_applicable(cell, target) for target in targets]
        return (reasons[-1] or "") if all(reasons) and reasons else ""

    def _name(self, key: str) -> str:
        environment = self._outcomes.environments.get(key)
        return environment.id if environment else ""

    def _tell(self, names: Sequence[str]) -> Iterator[str]:
        """What happened, in sentences: first what went wrong first."""
        *surfaces, root = [self._signatures[name] for name in names]
        yield root.cause.strip()
        for surface in surfaces:
            yield f"Then `{surface.title}` hides it: {_lower_first(first_sentence(surface.cause))}"

    def _make_check(self, names: Sequence[str], counts: Callable[[Finding], bool]) -> Callable[[Verdict], bool]:
        """Whether a verdict has the error."""
        if len(set(names)) == 1:
            return lambda verdict: any(one.signature == names[0] and counts(one) for one in verdict.findings)
        return lambda verdict: tuple(names) in find_hidden(verdict)

    def _list_showing(self, key: str, shows: Callable[[Verdict], bool]) -> list[str]:
        """Cells of today's catalogue that show an error in an environment."""
        found = self._outcomes.outcomes(key).items()
        return [
            cell
            for cell, one in found
            if one.verdict.status is not Status.NOT_APPLICABLE and shows(one.verdict) and find_values(cell)
        ]

    def _find_occurrences(self, signature: str) -> list[Occurrence]:
        """On the Python on which most releases were measured."""
        found = self.occurrences.find(signature)
        pythons = Counter(one.environment.python_minor for one in found)
        main = max(pythons, key=lambda python: pythons[python], default="")
        return [one for one in found if one.environment.python_minor == main]

    def _list_own(self, signature: str, counts: Callable[[Finding], bool]) -> tuple[str, ...]:
        """The releases of pytest-asyncio with which an environment shows it of its own."""
        return sort_versions(
            {
                header.environment.plugin
                for header in (run.header for run in self._outcomes.results.runs)
                if header.environment is not None
                and any(one.signature == signature and counts(one) for one in header.environment_findings)
            }
        )

    def _is_aside(self, name: str) -> bool:
        """Whether it is a leak or a warning, not an error."""
        return self._signatures[name].category not in ERRORS

    def _count_underneath(self, surface: str, key: str, cells: Iterable[str]) -> tuple[tuple[str, int], ...]:
        """The roots that it hides in these cells, and in how many of them."""
        verdicts = filter(None, (self._outcomes.verdict(cell, key) for cell in cells))
        roots = Counter(root for one in verdicts for hides, root in find_hidden(one) if hides == surface != root)
        return tuple(roots.most_common())

    def _choose_environment(self, shows: Callable[[Verdict], bool], *, alike: bool) -> tuple[str, str]:
        """The reader's, or else, where nobody named a version, the newest that shows the error; and why."""
        if not self.key or self._list_showing(self.key, shows):
            return self.key, ""
        here = self._outcomes.environments[self.key]
        it = "just this text" if alike else "it"
        none = f"No combination that was measured shows {it} on {here.plugin_name} and Python {here.python_minor}."
        if not self._versions.plugin.assumed:
            return self.key, none
        others = sorted(
            self._outcomes.environments.items(), key=lambda item: version_order(item[1].plugin), reverse=True
        )
        for key, environment in others:
            if environment.platform == here.platform and self._list_showing(key, shows):
                where = f"{environment.plugin_name} and Python {environment.python_minor}"
                return key, f"{none} What follows is from {where}, the newest that does."
        return self.key, none

    def _show_rules(self, causes: Causes, cells: Iterable[str]) -> Iterator[ShownRule]:
        for rule in causes.rules:
            chosen = dict(rule.conditions)
            meeting = [
                cell for cell in cells if all(find_values(cell)[axis] in values for axis, values in chosen.items())
            ]
            yield ShownRule(
                text=describe_conditions(rule, self._catalogue),
                conditions=rule.conditions,
                support=rule.support,
                meeting=rule.meeting,
                example=self._choose_simplest(meeting),
            )

    def _choose_simplest(self, cells: Iterable[str]) -> str:
        """The cell that departs least from the defaults; of wide fixtures the session's, which most suites have."""
        defaults = self._catalogue.defaults
        return min(
            cells,
            key=lambda cell: (
                sum(value != defaults[axis] for axis, value in find_values(cell).items()),
                find_values(cell)["fixture_scope"] in _RARE_SCOPES,
                cell,
            ),
            default="",
        )

    def _cure_rules(
        self, rules: Sequence[ShownRule], key: str, cells: Sequence[str], shows: Callable[[Verdict], bool], most: int
    ) -> Iterator[ShownCure]:
        """The nearest cures of the simplest cell of each rule, in turn."""
        found = [
            [(number, cell, *one) for one in self._order_cures(cell, key, cells, shows)]
            for number, rule in enumerate(rules, 1)
            if (cell := self._catalogue.find(rule.example)) is not None
        ]
        in_turn = [one for turn in zip_longest(*found) for one in turn if one is not None]
        different = {_list_axes(one[2]): one for one in reversed(in_turn)}
        chosen = [one for one in in_turn if one in different.values()]
        for number, cell, cure, effect in chosen[:most]:
            yield self._show_cure(cell, cure, key, rule=number, effect=effect)

    def _order_cures(
        self, cell: Cell, key: str, cells: Sequence[str], shows: Callable[[Verdict], bool]
    ) -> list[tuple[Cure, CureEffect]]:
        """The nearest cures of a cell; of those as near and as good, first what helps most of what shows the error."""
        near = find_cures(self._outcomes, self._catalogue, cell, key, CANDIDATES)
        found = [(one, self._count_effect(cells, one.changes, key, shows)) for one in near]
        best: dict[tuple[str, ...], float] = {}
        for cure, effect in found:
            axes = _list_axes(cure)
            best[axes] = max(best.get(axes, 0.0), effect.share)
        return sorted(
            found,
            key=lambda one: (*_rank(one[0]), -best[_list_axes(one[0])], self._count_unusual(one[0]), -one[1].share),
        )

    def _count_unusual(self, cure: Cure) -> int:
        """Changes to a value that nobody takes for granted: of two cures by one habit the plainer one is better."""
        return sum(one.after != self._catalogue.defaults.get(one.axis, one.after) for one in cure.changes)

    def _count_effect(
        self, cells: Iterable[str], changes: Sequence[Change], key: str, shows: Callable[[Verdict], bool]
    ) -> CureEffect:
        """What the same changes do to all cells that show the error, as far as both were measured."""
        after = []
        if all(one.axis in self._catalogue.axes for one in changes):
            for cell in cells:
                values = find_values(cell)
                if all(values[one.axis] == one.before for one in changes):
                    other = self._catalogue.cell({**values, **{one.axis: one.after for one in changes}})
                    after.append(self._outcomes.verdict(other.id, key))
        ran = [verdict for verdict in after if verdict is not None and verdict.status is not Status.NOT_APPLICABLE]
        return CureEffect(
            of=len(ran),
            gone=sum(not shows(verdict) for verdict in ran),
            clean=sum(verdict.status is Status.CLEAN for verdict in ran),
        )

    def _show_cure(
        self, cell: Cell, cure: Cure, key: str, *, rule: int = 0, effect: CureEffect | None = None
    ) -> ShownCure:
        before = self._outcomes.environments[key]
        after = next((one for one in self._outcomes.environments.values() if one.id == cure.environment), before)
        other, target, new = self._catalogue.parse(cure.cell), make_target(before), make_target(after)
        return ShownCure(
            cell=cell.id,
            cure=cure,
            words=tuple(self._describe(one, cure.cell) for one in cure.changes),
            settings=list_settings(find_values(cure.cell), cure.changes, after.plugin),
            diff=show_change(self._catalogue, cell, other, target, after_target=new),
            summary=summarize_change(self._catalogue, cell, other, target, after_target=new),
            rule=rule,
            effect=effect,
        )

    def _describe(self, change: Change, cell: str) -> str:
        """`one loop for all tests and fixtures of the session`; of versions `redis 6.2.0 instead of 5.0.1`.

        `cell` is the one that it leads to.
        """
        axis = self._catalogue.axes.get(change.axis)
        value = axis.values.get(change.after) if axis else None
        if value is None:
            return f"{change.axis} {change.after} instead of {change.before}"
        return fit_meaning(value.value.meaning, change.axis, find_runner_of(cell))

    def _list_history(self, cell: Cell) -> Iterator[CellHistory]:
        """On the Python on which most releases were run, with a client that is like the reader's."""
        client, environments = self._versions.client.name, self._outcomes.environments
        results = select_cells(self._outcomes.results, cell.id.__eq__)
        usable = {key: one for key, one in environments.items() if not self._outcomes.is_unusable(key)}
        alike = {one.id for one in usable.values() if are_alike(one.client, client)}
        runs = tuple(run for run in results.runs if run.header.environment_id in alike)
        results = msgspec.structs.replace(results, runs=runs)
        lines = find_release_ranges(results, PLUGIN, load_releases(), load_categories())
        most = max((line.run for line in lines), default=0)
        where = next((line.where for line in reversed(lines) if line.run == most), "")
        for line in lines:
            if line.where == where:
                yield CellHistory(where=line.where, error=line.signature, text=line.text)


def list_unknown(named: Iterable[NamedError]) -> tuple[UnknownError, ...]:
    """The errors of a text that have no name, those of most tests first, with what comes closest."""
    unknown = [one for one in named if not (one.surface or one.root)]
    return tuple(
        UnknownError(
            message=message,
            count=one.count,
            tests=one.tests,
            unanswered=find_unanswered(one.error),
            closest=find_closest(one.error),
        )
        for one in sorted(unknown, key=lambda one: -_weigh([one]))
        for message in _list_messages(one)[:1]
    )


def _list_axes(cure: Cure) -> tuple[str, ...]:
    return tuple(change.axis for change in cure.changes)


def _rank(cure: Cure) -> tuple[int, int, int]:
    return rank(cure.status), measure_size(cure), sum(map(gives_up, cure.changes))


def _weigh(members: Sequence[NamedError]) -> int:
    """Tests that an error was met in, or how often it was met where no test is named."""
    return len(_list_tests(members)) or sum(one.count for one in members)


def _list_tests(members: Sequence[NamedError]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(test for one in members for test in one.tests))


def _list_messages(one: NamedError) -> tuple[str, ...]:
    """What the surface says, and the root."""
    chain = one.error.chain
    ends = chain[:1] if len(chain) == 1 else (chain[0], chain[-1])
    named = ((raised.type.rpartition(".")[2], raised.text) for raised in ends)
    return tuple(shorten_error(f"{name}: {text}" if name else text) for name, text in named)


def _list_errors(verdict: Verdict) -> Iterator[str]:
    """The signatures of a verdict, roots before what hides them."""
    yield from (root for _, root in find_hidden(verdict))
    yield from (one.signature for one in select_counting_findings(verdict, load_categories()))


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:] if not text.startswith("`") else text
