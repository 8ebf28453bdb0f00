"""Diagnosing suites: their habits are read from the source, and looked up in what was measured."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from harness.diagnose.assessing import Assessor
from harness.diagnose.diagnosis import Diagnosis
from harness.environments.existing import read_existing
from harness.environments.identity import PLUGIN
from harness.environments.releases import load_releases
from harness.errors import UsageError
from harness.habits.axes import RUNNERS_READ, find_combinations, list_elsewhere
from harness.habits.cases import DECORATOR as CASE
from harness.habits.model import Undecided
from harness.habits.reading import read_habits
from harness.invocation import command_line
from harness.knowledge.outcomes import Outcomes, rank, sort_versions
from harness.knowledge.readers import match_environments, read_versions
from harness.output.printing import short_path
from harness.output.text import shorten_environment
from harness.packages import NEWEST
from harness.pipeline.beside import choose_environment
from harness.suites.preparing import find_imported_client
from harness.suites.suite import PREFIX
from harness.suites.target import SEPARATOR
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.catalogue.catalogue import Catalogue
    from harness.cli.options import DiagnoseOptions
    from harness.diagnose.diagnosis import HabitFinding
    from harness.habits.model import Habits
    from harness.knowledge.readers import MatchedEnvironments, ReadersVersions
    from harness.suites.suite import Suite

_LEVELS = ("error", "warning", "note")


def diagnose(suite: Suite, options: DiagnoseOptions, catalogue: Catalogue, outcomes: Outcomes) -> Diagnosis:
    """All that can be known of a suite without running it. Raises `UsageError` where there is nothing to say."""
    part = suite.id.partition(SEPARATOR)[2]
    named = suite.folder / part
    habits = read_habits(suite.content, part)
    habits = msgspec.structs.replace(habits, tests=tuple(one for one in habits.tests if _is_part(one.id, part)))
    if not habits.tests and not habits.broken:
        raise UsageError(
            f"No tests were found in {short_path(suite.folder)}.",
            remedy="Name the folder that holds them: files such as test_*.py with functions such as test_one.",
        )
    chosen, beside = choose_environment(replace(options, suites=(str(suite.folder),)))
    versions, upgrades = find_versions(suite, chosen, outcomes)
    matched = match_environments(outcomes, versions)
    environment = _choose_environment(outcomes, matched)
    assessor = Assessor(outcomes, catalogue, versions, environment, upgrades)
    found = find_combinations(habits)
    own = outcomes.environments.get(environment)
    return Diagnosis(
        suite=suite.id.removeprefix(PREFIX),
        folder=short_path(named) if named.is_dir() else f"{short_path(suite.folder)}{SEPARATOR}{part}",
        files=sum(path.endswith(".py") for path in suite.content),
        tests=len(habits.tests),
        fixtures=sum(one.decorator != CASE for one in habits.fixtures),
        clients=len(habits.clients),
        versions=versions.describe(),
        options=("--environment", str(options.environment)) if options.environment else versions.options,
        environment=own.id if own is not None else "",
        matched=bool(matched.environments),
        beside=beside,
        notes=(
            *_list_runners(habits),
            *_list_notes(outcomes, versions, matched, environment),
            *outcomes.unread,
        ),
        findings=tuple(sorted(map(assessor.assess, found), key=_rank)),
        settings=tuple(f"{one.name} = {one.value} ({one.place})" for one in habits.settings),
        undecided=(*habits.undecided, *_list_unreached(habits), *list_elsewhere(habits, found)),
        broken=habits.broken,
    )


def _choose_environment(outcomes: Outcomes, matched: MatchedEnvironments) -> str:
    """Of those that fit, the one with the newest client and without further packages."""
    there = outcomes.environments
    keys = matched.environments or _list_nearest(outcomes, matched.nearest)
    newest = sort_versions(there[key].client_version for key in keys)[-1:]
    fitting = [key for key in keys if there[key].client_version in newest]
    return min(fitting, key=lambda key: there[key].id.count("/"), default="")


def _list_nearest(outcomes: Outcomes, nearest: str) -> tuple[str, ...]:
    """The environment that differs least, and those that are the same but for the client's version."""
    one = outcomes.environments.get(nearest)
    if one is None:
        return ()
    same = (one.platform, one.implementation, one.python_minor, one.plugin, one.pytest, one.client)
    return tuple(
        key
        for key, each in outcomes.environments.items()
        if (each.platform, each.implementation, each.python_minor, each.plugin, each.pytest, each.client) == same
    )


def _is_part(test: str, part: str) -> bool:
    return not part or test == part or test.startswith((f"{part}/", f"{part}{SEPARATOR}", f"{part}["))


def _rank(finding: HabitFinding) -> tuple[object, ...]:
    """The worst first; of these, what most tests use."""
    status = finding.measured.status if finding.measured is not None else Status.NOT_APPLICABLE
    return _LEVELS.index(finding.level), rank(Status.FAILS) - rank(status), -len(finding.tests), finding.place


def find_versions(
    suite: Suite, options: DiagnoseOptions, outcomes: Outcomes
) -> tuple[ReadersVersions, tuple[str, ...]]:
    """The reader's versions, and the releases of pytest-asyncio that an upgrade may go to, where they are named.

    With an environment, all that are named are upgrades; without, the first one is the reader's.
    """
    existing = read_existing(options.environment) if options.environment is not None else None
    named = options.pytest_asyncio_versions
    own = () if options.environment is not None else named[:1]
    releases = load_releases()
    resolved = tuple(map(_resolve, named[len(own) :]))
    client = options.client or find_imported_client(suite.content) or ""
    chosen = replace(options, pytest_asyncio_versions=own, client=client)
    return read_versions(outcomes, releases, options=chosen, environment=existing), resolved


def _resolve(version: str) -> str:
    """A release as it is named in results. Raises `UnknownNameError` for one that there isn't."""
    releases = load_releases()
    if version == NEWEST:
        newest = releases.newest(PLUGIN)
        return newest.version if newest is not None else version
    return releases.get(PLUGIN, version).version


def _list_runners(habits: Habits) -> Iterator[str]:
    """What runs async tests of which the catalogue has no suites."""
    others = Counter(one.runner for one in habits.tests if one.runner not in RUNNERS_READ and one.is_async)
    for runner, number in sorted(others.items()):
        what = "1 async test" if number == 1 else f"{number:,} async tests"
        yield f"{runner} runs {what}: the catalogue has no suites of that kind; --run shows their loops."


def _list_notes(
    outcomes: Outcomes, versions: ReadersVersions, matched: MatchedEnvironments, environment: str
) -> Iterator[str]:
    """What is not quite the reader's in what was measured."""
    here = outcomes.environments.get(environment)
    if not matched.environments:
        yield matched.reason
        if here is not None and environment != matched.nearest:
            yield f"What follows was measured on the nearest versions there are: {shorten_environment(here.id)}."
        if matched.command:
            yield f"This measures yours: {matched.command}"
    elif here is not None and here.client != versions.client.name:
        yield f"What follows was measured with {here.client_name}; the suite uses {versions.client.name}."
        yield f"This measures yours: {command_line('matrix', shlex.join(versions.arguments))}"


def _list_unreached(habits: Habits) -> Iterator[Undecided]:
    """Clients that no test was seen to come to."""
    reached = {place for one in habits.fixtures for place in one.clients}
    reached.update(place for one in habits.tests for place in one.clients)
    attributes = {name for one in habits.fixtures for name in one.class_attributes}
    through = {one.through for one in habits.clients}
    for one in habits.clients:
        own = one.owner.partition(".")[0]
        known = one.place in reached or one.name in attributes or own in through or one.owner in through
        if not known and not one.is_pool:
            why = "no test was seen to come to it; whether one does is known only when they run"
            yield Undecided(place=one.place, what=one.expression, why=why)
