"""What a pull request says of new releases: when they came out, and a line for each that a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

from harness.catalogue.loading import find_values
from harness.compare.comparing import Comparer, select_measured
from harness.compare.pairing import make_pair
from harness.compare.sides import ResultsPlace
from harness.compare.summary import summarize
from harness.environments.releases import PYTHON
from harness.output.fitting import escape_prose, make_header, make_row
from harness.output.text import count
from harness.regress.baseline_state import State
from harness.regress.judging import set_aside_unmeasured, set_aside_unstable
from harness.store.files import make_packed_file_name
from harness.store.reading import read_results
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from harness.compare.comparing import MeasuredCells
    from harness.compare.model import CellChange, Pair, SetAside
    from harness.environments.model import Environment
    from harness.regress.upgrade_news import NewRelease

ENDING = """
Each file is one more environment in `results/baseline`; what else differs in it than the release is named in its line.
`nox -s compare -- FILE FILE` shows what changed, cell by cell. `nox -s docs -- --update` makes the pages anew that the
baseline decides. Checks run on what a workflow proposes once somebody closes the pull request and opens it again."""


class PlannedColumn(msgspec.Struct, frozen=True, kw_only=True):
    """What `baseline --plan --json` says of one environment."""

    environment: str  # id
    parts: tuple[str, ...]
    state: State
    reason: str = ""


class PlanResult(msgspec.Struct, frozen=True, kw_only=True):
    """All that it says."""

    environments: tuple[PlannedColumn, ...] = ()


class UpgradeComparer:
    """Compares new columns with those of the baseline that lack just the new release."""

    def __init__(self, baseline: Path, columns: Path, why_unstable: Callable[[str], str]) -> None:
        self._columns = columns
        self._baseline = read_measured(baseline)
        self._why_unstable = why_unstable

    def describe(self, new: NewRelease, planned: PlannedColumn | None) -> str:
        """`pytest-asyncio 1.5.0 → 1.6.0: 4,190 cells are the same, 23 changed, all with loop_policy=loop_factories.`"""
        if planned is None or planned.state is not State.CURRENT:
            return f"{new.name} was not measured: {_explain(planned)}."
        measured = read_measured(self._columns / make_packed_file_name(planned.environment))
        (after,) = measured.environments
        before = find_predecessor(after, new.package, self._baseline.environments)
        if before is None:
            return f"{new.name}: {count(len(measured.cells(after)), 'cell')} measured, and nothing to compare it with."
        pair = make_pair(before, after, frozenset({new.package}))
        names = (find_version(before, new.package), find_version(after, new.package))
        comparison = Comparer(load_categories(), find_values).compare_pairs(
            (pair,), (self._baseline, measured), names, self._aside
        )
        package = new.name.rpartition(" ")[0]
        besides = ", ".join(map(str, pair.drift))
        also = f" Also differs: {besides}." if besides else ""
        same = f"{count(len(measured.cells(after)), 'cell')} measured, and nothing changed."
        text = summarize(comparison, find_values) if comparison.changed else same
        return f"{package} {names[0]} → {names[1]}: {text}{also}"

    def _aside(self, _: Pair, change: CellChange) -> SetAside | None:
        return set_aside_unmeasured(change) or set_aside_unstable(change, self._why_unstable)


def _explain(planned: PlannedColumn | None) -> str:
    if planned is None:
        return "the Python of the plan can't have it"
    if planned.state is State.NOT_HERE:
        return "its Python was not found"
    return planned.reason.rstrip(".") if planned.state is State.UNRESOLVABLE else "its run could not become a baseline"


def read_measured(place: Path) -> MeasuredCells:
    """The environments and cells of a file or folder of results."""
    return select_measured(read_results(place, lean=True), ResultsPlace(place))


def find_predecessor(after: Environment, package: str, environments: Sequence[Environment]) -> Environment | None:
    """The environment with the nearest version before, and with everything else that its id names the same."""
    version = Version(find_version(after, package))
    found = [
        one
        for one in environments
        if _name_others(one, package) == _name_others(after, package)
        and (there := find_version(one, package))
        and Version(there) < version
    ]
    return max(found, key=lambda one: Version(find_version(one, package)), default=None)


def find_version(environment: Environment, package: str) -> str:
    """Of a package, or of Python; empty where it isn't there."""
    return environment.python if package == PYTHON else environment.everything.get(package, "")


def _name_others(environment: Environment, package: str) -> dict[str, str]:
    """What an id names, `{"linux": "x86_64", "cpython": "3.13", …}`, without the package."""
    left_out = environment.implementation if package == PYTHON else package
    named = (part.rpartition("-") for part in environment.id.split("/"))
    return {name: version for name, _, version in named if name != left_out}


def make_upgrade_page(news: Iterable[NewRelease], lines: Mapping[str, str]) -> str:
    """The body of the pull request. `lines` has one for each release that is measured, by its name."""
    news = tuple(news)
    listed = "".join(f"- {escape_prose(lines[one.name])}\n" for one in news if one.measured)
    rows = [make_row((*one.name.rsplit(" ", 1), f"{one.release.uploaded:%Y-%m-%d}")) for one in news]
    return f"{listed}\n{make_header(('new', 'version', 'released'))}{''.join(rows)}{ENDING}\n"
