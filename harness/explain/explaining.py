"""From signatures, a cell or the errors of a text to an explanation, with what was measured on the reader's versions."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from harness.analysis.label import find_hidden, label
from harness.analysis.columns import version_order
from harness.catalogue.loading import find_values
from harness.compare.release_ranges import find_release_ranges
from harness.environments.releases import load_releases
from harness.explain.explanation import (
    CellHistory,
    ExplainedCell,
    ExplainedError,
    KnownVersion,
    ReadersPlace,
    ShownCure,
    ShownRule,
)
from harness.explain.occurrences import Occurrences, group_ranges
from harness.knowledge.causes import describe_conditions, find_causes
from harness.knowledge.code import show_change
from harness.knowledge.cures import find_cures
from harness.output.text import first_sentence
from harness.pipeline.cells import make_target
from harness.verdicts.model import Status
from harness.verdicts.signatures import load_categories, load_signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.knowledge.causes import Causes
    from harness.knowledge.model import Change, Cure
    from harness.knowledge.outcomes import Outcomes
    from harness.knowledge.readers import MatchedEnvironments, ReadersVersions
    from harness.verdicts.model import Verdict
    from harness.verdicts.signatures import Signature

MOST_RULES = 3  # whose cures are looked for
PLUGIN = "pytest-asyncio"


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
                KnownVersion(name=one.name, version=one.text, origin=str(one.origin)) for one in self._versions.all
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
        cures: int = MOST_RULES,
    ) -> ExplainedError:
        """An error with these signatures, surface and root."""
        names = tuple(filter(None, (surface, root)))
        first = self._signatures[names[-1]]
        key, elsewhere = self._choose_environment(names)
        shows = self._make_check(names)
        cells = self._list_showing(key, shows)
        causes = find_causes(self._outcomes, first.name, [key]) if cells else None
        rules = tuple(self._show_rules(causes, key, cells)) if causes else ()
        return ExplainedError(
            surface=surface,
            root=root if root != surface else "",
            messages=tuple(messages),
            count=count,
            tests=tuple(tests),
            happened=tuple(self._tell(names)),
            advice=first.advice.strip(),
            reference=first.reference,
            environment=self._name(key) if cells else "",
            elsewhere=elsewhere,
            cells=len(cells),
            measured=causes.measured if causes else 0,
            uncovered=causes.uncovered if causes else 0,
            rules=rules,
            cures=tuple(self._cure_rules(rules, key, cells, shows, cures)),
            occurrences=group_ranges(self.occurrences.find(surface)),
        )

    def explain_cell(self, cell: Cell, *, cures: int = MOST_RULES) -> ExplainedCell:
        """A cell: in words, on the reader's versions, over the releases, and its cures."""
        key = self.key
        verdict = self._outcomes.verdict(cell.id, key)
        shown = [self._show_cure(cell, one, key) for one in find_cures(self._outcomes, self._catalogue, cell, key, cures)]
        return ExplainedCell(
            cell=cell.id,
            habits=tuple((one.axis, one.name, one.value.meaning) for one in self._catalogue.named_values(cell)),
            environment=self._name(key),
            elsewhere=self._matched.reason,
            status=verdict.status.value if verdict else "",
            outcome=label(verdict, load_categories()) if verdict else "",
            pattern=verdict.pattern if verdict else "",
            reason=verdict.reason if verdict else "",
            errors=tuple(dict.fromkeys(_list_errors(verdict))) if verdict else (),
            history=tuple(self._list_history(cell)),
            cures=tuple(shown),
        )

    def _name(self, key: str) -> str:
        environment = self._outcomes.environments.get(key)
        return environment.id if environment else ""

    def _tell(self, names: Sequence[str]) -> Iterator[str]:
        """What happened, in sentences: first what went wrong first."""
        *surfaces, root = [self._signatures[name] for name in names]
        yield root.cause.strip()
        for surface in surfaces:
            if surface is not root:
                yield f"That is hidden by `{surface.title}`: {_lower_first(first_sentence(surface.cause))}"

    def _make_check(self, names: Sequence[str]) -> Callable[[Verdict], bool]:
        """Whether a verdict has the error."""
        if len(set(names)) == 1:
            return lambda verdict: any(one.signature == names[0] for one in verdict.findings)
        return lambda verdict: tuple(names) in find_hidden(verdict)

    def _list_showing(self, key: str, shows: Callable[[Verdict], bool]) -> list[str]:
        """Cells of today's catalogue that show an error in an environment."""
        found = self._outcomes.outcomes(key).items()
        return [
            cell
            for cell, one in found
            if one.verdict.status is not Status.NOT_APPLICABLE and shows(one.verdict) and find_values(cell)
        ]

    def _choose_environment(self, names: Sequence[str]) -> tuple[str, str]:
        """The reader's, or else, where nobody named a version, the newest that shows the error; and why."""
        shows = self._make_check(names)
        if not self.key or self._list_showing(self.key, shows):
            return self.key, ""
        here = self._outcomes.environments[self.key]
        none = f"No combination that was measured shows it on {here.plugin_name} and Python {here.python_minor}."
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

    def _show_rules(self, causes: Causes, key: str, cells: Iterable[str]) -> Iterator[ShownRule]:
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
        """The cell that departs least from the defaults."""
        defaults = self._catalogue.defaults
        return min(
            cells,
            key=lambda cell: (sum(value != defaults[axis] for axis, value in find_values(cell).items()), cell),
            default="",
        )

    def _cure_rules(
        self, rules: Sequence[ShownRule], key: str, cells: Sequence[str], shows: Callable[[Verdict], bool], most: int
    ) -> Iterator[ShownCure]:
        """The nearest cure of the simplest cell of each rule; each change once."""
        seen: set[tuple[Change, ...]] = set()
        for number, rule in enumerate(rules, 1):
            cell = self._catalogue.find(rule.example)
            if cell is None or len(seen) == most:
                continue
            for cure in islice(find_cures(self._outcomes, self._catalogue, cell, key, most=1), 1):
                if cure.changes not in seen:
                    seen.add(cure.changes)
                    cured, of = self._count_cured(cells, cure.changes, key)
                    yield self._show_cure(cell, cure, key, rule=number, cures=cured, of=of)

    def _count_cured(self, cells: Iterable[str], changes: Sequence[Change], key: str) -> tuple[int, int]:
        """Of the cells that the same change can be made to, and that were measured after it, how many are clean then."""
        if any(one.axis not in self._catalogue.axes for one in changes):
            return 0, 0
        cured = of = 0
        for cell in cells:
            values = find_values(cell)
            if all(values[one.axis] == one.before for one in changes):
                other = self._catalogue.cell({**values, **{one.axis: one.after for one in changes}})
                verdict = self._outcomes.verdict(other.id, key)
                if verdict is not None and verdict.status is not Status.NOT_APPLICABLE:
                    of += 1
                    cured += verdict.status is Status.CLEAN
        return cured, of

    def _show_cure(self, cell: Cell, cure: Cure, key: str, *, rule: int = 0, cures: int = 0, of: int = 0) -> ShownCure:
        before = self._outcomes.environments[key]
        after = next((one for one in self._outcomes.environments.values() if one.id == cure.environment), before)
        diff = show_change(
            self._catalogue,
            cell,
            self._catalogue.parse(cure.cell),
            make_target(before),
            after_target=make_target(after),
        )
        return ShownCure(cell=cell.id, cure=cure, diff=diff, rule=rule, cures=cures, of=of)

    def _list_history(self, cell: Cell) -> Iterator[CellHistory]:
        """On the Python on which most releases were run."""
        lines = find_release_ranges(self._outcomes.select(cell.id), PLUGIN, load_releases(), load_categories())
        most = max((line.run for line in lines), default=0)
        where = next((line.where for line in reversed(lines) if line.run == most), "")
        for line in lines:
            if line.where == where:
                yield CellHistory(where=line.where, error=line.signature, text=line.text)


def _list_errors(verdict: Verdict) -> Iterator[str]:
    """The signatures of a verdict, roots before what hides them."""
    yield from (root for _, root in find_hidden(verdict))
    yield from (one.signature for one in verdict.findings)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:] if not text.startswith("`") else text
