"""Which results a report is about: where they are read, and what is chosen of them."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.columns import version_order
from harness.analysis.grid import UNTELLING
from harness.analysis.suites import select_cells
from harness.catalogue.loading import find_values, load_catalogue
from harness.catalogue.selection import parse
from harness.compare.naming import select_named
from harness.compare.pairing import sort_environments
from harness.compare.problems import describe_unread, find_problems
from harness.compare.sides import Versions, choose_environments
from harness.compare.sources import REMEDY, find_places, read_recorded
from harness.environments.identity import PLUGIN
from harness.errors import NothingSelectedError
from harness.output.printing import short_path
from harness.output.text import one_line
from harness.packages import NEWEST
from harness.store.model import Results
from harness.store.reading import Texts, pause_garbage_collection, read_file, read_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.catalogue.selection import Selection
    from harness.cli.options import ReportOptions
    from harness.environments.model import Environment
    from harness.store.model import Outcome, Run
    from harness.verdicts.model import Verdict


Measurement = tuple[bool, str]  # whether the cell was measured, and the run: the greatest counts
Wanted = dict[tuple[str, int], list["Verdict"]]  # cell and sample → the verdicts of the outcomes that are chosen


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is about: of each cell in each environment what the newest run that measured it shows.

    The outcomes are lean, as `read_results` has them; `read_whole` gives the rest of them.
    """

    results: Results
    where: str  # the places that they were read from
    sources: str  # the same for a page that others read: nothing of where folders are on this machine
    unread: tuple[str, ...]  # what could not be read, a line each


def read_chosen(options: ReportOptions) -> Chosen:
    """The places that are named, or else one's own results, and of the baseline what these haven't.

    Raises `UsageError` for a place that can't be read, and where nothing is there or is selected.
    """
    if options.places:
        return _choose(_read_places(options.places), options.places, options)
    with pause_garbage_collection():
        results = read_recorded(options.results, options.baseline).results
        return _choose(results, find_places(options.results, options.baseline), options)


def read_run_and_baseline(options: ReportOptions) -> tuple[Chosen, Results | None]:
    """The places that are named, or one's own results, and the baseline to compare them with.

    Without results of one's own it is the baseline alone. Raises what `read_chosen` raises.
    """
    texts = Texts()
    places: Sequence[Path] = options.places or find_places(options.results, options.baseline)[:1]
    run = _read_places(places, texts)
    if not options.places and not run.runs:
        places = find_places(options.results, options.baseline)[-1:]
        run = _read_places(places, texts)
    chosen = _choose(run, places, options)
    there = options.baseline.exists() and not any(is_same(place, options.baseline) for place in places)
    return chosen, choose_newest(_read_places([options.baseline], texts)) if there else None


def _read_places(places: Iterable[Path], texts: Texts | None = None) -> Results:
    return read_results(*places, lean=True, texts=texts)


def is_same(place: Path, other: Path) -> bool:
    """Whether two paths are of one file or folder."""
    return place.resolve() == other.resolve()


def _choose(results: Results, places: Sequence[Path], options: ReportOptions) -> Chosen:
    where = " and ".join(map(short_path, places))
    if not any(run.outcomes for run in results.runs):
        problem = next((one for place in places for one in find_problems(place, results)), "")
        why = f": {one_line(problem, 300)}" if problem else ""
        raise NothingSelectedError(f"There are no results in {where}{why}.", remedy=REMEDY)
    selected = select(choose_newest(results), options, where)
    sources = " and ".join(map(name_place, places))
    return Chosen(results=selected, where=where, sources=sources, unread=tuple(describe_unread(results)))


def name_place(path: Path) -> str:
    """As it was given or from the present folder; of an absolute path elsewhere the last name alone."""
    text = short_path(path)
    return path.name if Path(text).is_absolute() else text


def choose_newest(results: Results) -> Results:
    """Of each cell in each environment the outcomes of the newest run, of those that measured it if any did.

    An outcome that several files have is there once; one for which merged results have two verdicts, with each.
    """
    ordered = sorted(results.runs, key=lambda run: run.header.environment_key)
    groups = (list(group) for _, group in groupby(ordered, key=lambda run: run.header.environment_key))
    return msgspec.structs.replace(results, runs=tuple(run for group in groups for run in _choose_runs(group)))


def _choose_runs(runs: Sequence[Run]) -> Iterator[Run]:
    """Of runs in one environment."""
    newest: dict[str, Measurement] = {}
    nothing: Measurement = (False, "")
    for run in runs:
        for one in run.outcomes:
            found = (one.verdict.status not in UNTELLING, run.header.run)
            if found > newest.get(one.cell, nothing):
                newest[one.cell] = found
    seen: set[tuple[str, int, Verdict]] = set()
    for run in runs:
        kept: list[Outcome] = []
        for one in run.outcomes:
            if newest[one.cell][1] == run.header.run and (one.cell, one.sample, one.verdict) not in seen:
                seen.add((one.cell, one.sample, one.verdict))
                kept.append(one)
        if kept:
            yield msgspec.structs.replace(run, outcomes=tuple(kept))


def select(results: Results, options: ReportOptions, where: str) -> Results:
    """The outcomes of the cells and versions that the options name.

    Raises `UsageError` for a cell, a version or a value that there isn't, and `NothingSelectedError` where nothing has
    all that is named.
    """
    results = _select_environments(results, options)
    results = select_named(results, options.cells, where)
    selections = [parse(text, axes=load_catalogue().value_names) for text in options.select]
    if selections:
        results = select_cells(results, lambda cell: _matches_all(cell, selections))
    if not results.runs:
        raise NothingSelectedError(
            f"Nothing in {where} is selected.", remedy="Leave one of --select, --cell and the versions out."
        )
    return results


def _matches_all(cell: str, selections: Iterable[Selection]) -> bool:
    """No suite is selected by values: it has none."""
    values = find_values(cell)
    return bool(values) and all(selection.matches(values) for selection in selections)


def _select_environments(results: Results, options: ReportOptions) -> Results:
    environments = sort_environments(run.header.environment for run in results.runs if run.header.environment)
    named = ((PLUGIN, options.pytest_asyncio_versions), ("python", options.python_versions))
    chosen = [_find_digests(package, versions, environments) for package, versions in named if versions]
    if not chosen:
        return results
    digests = set.intersection(*chosen)
    return msgspec.structs.replace(
        results, runs=tuple(run for run in results.runs if run.header.environment_key in digests)
    )


def _find_digests(package: str, versions: Iterable[str], environments: list[Environment]) -> set[str]:
    """The environments with one of these versions. Raises `UnknownNameError` for one that no environment has."""

    def name(environment: Environment) -> str:
        return environment.plugin if package == PLUGIN else environment.python_minor

    newest = max(map(name, environments), key=version_order, default=NEWEST)
    return {
        environment.digest
        for version in versions
        for environment in choose_environments(
            Versions(((package, newest if version == NEWEST else version),)), environments
        )
    }


def read_whole(results: Results, texts: Texts | None = None) -> Iterator[Run]:
    """The outcomes of lean results with all that their files hold of them, a file at a time in memory.

    With `texts`, for those who keep them all, equal texts of all files are one object.
    """
    files: dict[str, list[Run]] = {}
    for run in results.runs:
        files.setdefault(run.file, []).append(run)
    for file, runs in files.items():
        wanted: dict[tuple[str, str], Wanted] = {}
        for run in runs:
            verdicts = wanted.setdefault((run.header.environment_key, run.header.run), {})
            for one in run.outcomes:
                verdicts.setdefault((one.cell, one.sample), []).append(one.verdict)
        for run in read_file(Path(file), texts):
            left = wanted.get((run.header.environment_key, run.header.run), {})
            yield msgspec.structs.replace(run, outcomes=tuple(_take(run.outcomes, left)))


def _take(outcomes: Iterable[Outcome], wanted: Wanted) -> Iterator[Outcome]:
    """Each that is wanted, once. Of several of one cell and sample those with the verdicts that were chosen."""
    for one in outcomes:
        verdicts = wanted.get((one.cell, one.sample), [])
        found = next((place for place, other in enumerate(verdicts) if _is_alike(other, one.verdict)), -1)
        if found >= 0:
            del verdicts[found]
            yield one


def _is_alike(verdict: Verdict, other: Verdict) -> bool:
    """Whether they are equal but for the samples of texts, which lean outcomes don't have."""
    return verdict == other or _leave_samples_out(verdict) == _leave_samples_out(other)


def _leave_samples_out(verdict: Verdict) -> Verdict:
    findings = tuple(msgspec.structs.replace(one, sample="") for one in verdict.findings)
    return msgspec.structs.replace(verdict, findings=findings)
