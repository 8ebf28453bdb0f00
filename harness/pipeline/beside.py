"""The environment that lies beside a suite: where none is named, it is the suite's."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from harness.cli.fields import RunOptions
from harness.environments.existing import find_interpreter, inspect_python
from harness.environments.identity import PLUGIN, python_name
from harness.environments.releases import load_releases
from harness.errors import UsageError
from harness.habits.plugin_use import needs_plugin
from harness.habits.reading import read_habits
from harness.output.printing import short_path
from harness.packages import NEWEST
from harness.requirements.reading import read_needs
from harness.suites.conditions import Conditions
from harness.suites.offers import NAMES
from harness.suites.roots import find_root
from harness.suites.suite import load_suites
from harness.suites.target import read_target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from harness.environments.model import ExistingEnvironment, Interpreter

T = TypeVar("T", bound=RunOptions)


def choose_environment(options: T, interpreters: Collection[Interpreter] | None = None) -> tuple[T, str]:
    """The options with what lies beside their suites, and what to say of it; empty where nothing does.

    Without versions, it is that environment, as with --environment. With versions but no Python, it is its Python, if
    that can have them and is one of `interpreters`, where these are given.
    """
    place = _find_beside(options.suites) if options.environment is None else None
    if place is None:
        return options, ""
    name = short_path(place)
    existing = _inspect(place, options.suites)
    if isinstance(existing, str):
        return options, f"Not the environment {name}, which is beside the suite: {existing}"
    if not _names_packages(options) and not options.python_versions:
        return replace(options, environment=place), f"In the environment {name}, which is beside the suite."
    if options.python_versions:
        return options, f"Not in the environment {name}, which is beside the suite: a Python is named."
    return _take_python(options, existing, name, interpreters)


def describe_unused(options: RunOptions) -> str:
    """What to say where suites run elsewhere, of an environment beside them that could be named; empty without one."""
    if not options.suites or options.environment or options.python_versions or options.requirements:
        return ""
    place = _find_beside(options.suites)
    if place is None or isinstance(_inspect(place, options.suites), str):
        return ""
    name = short_path(place)
    return f"Not in {name}, which is beside the suite. To run it there: add --environment {shlex.quote(name)}"


def _inspect(place: Path, suites: Iterable[str]) -> ExistingEnvironment | str:
    """The environment, or why the suites can't run in it."""
    try:
        existing = inspect_python(find_interpreter(place))
    except UsageError as error:
        return error.problem
    lacking = _find_lacking(suites, existing)
    return f"{lacking} is not installed there." if lacking else existing


def _find_lacking(suites: Iterable[str], existing: ExistingEnvironment) -> str:
    """What the suites can't run without and the environment hasn't; empty where it has all."""
    if "pytest" not in existing.installed:
        return "pytest"
    return PLUGIN if PLUGIN not in existing.installed and any(map(_needs_plugin, suites)) else ""


def _needs_plugin(path: str) -> bool:
    return any(
        needs_plugin(read_needs(suite.content), read_habits(suite.content))
        for suite in load_suites([path], Conditions())
    )


def _take_python(
    options: T, existing: ExistingEnvironment, name: str, interpreters: Collection[Interpreter] | None
) -> tuple[T, str]:
    own = existing.interpreter
    python = python_name(own.implementation, own.minor)
    objection = next(_list_impossible(options, own.minor), "")
    if interpreters is not None and not any(
        (one.implementation, one.minor) == (own.implementation, own.minor) for one in interpreters
    ):
        objection = "is not found on this machine by itself"
    if objection:
        return options, f"Not on Python {python}, which {name} beside the suite has: it {objection}."
    note = f"On Python {python}, which the environment {name} beside the suite has, with the versions that are named."
    return replace(options, python_versions=(python,)), note


def _names_packages(options: RunOptions) -> bool:
    """Whether anything is named that is to be installed."""
    named = (options.pytest_asyncio_versions, options.pytest_versions, *options.versions_by_client.values())
    return any((*named, options.pins, options.requirements))


def _list_impossible(options: RunOptions, python: str) -> Iterator[str]:
    named = {
        PLUGIN: options.pytest_asyncio_versions,
        "pytest": options.pytest_versions,
        **options.versions_by_client,
    }
    for package, versions in named.items():
        known = {release.version for release in load_releases().versions(package, python=python)}
        yield from (f"can't have {package} {one}" for one in versions if one != NEWEST and one not in known)


def _find_beside(suites: Iterable[str]) -> Path | None:
    """The one that all suites have, in the folder that is named or in that of its project."""
    found = {next(filter(Path.is_dir, _list_places(suite)), None) for suite in suites}
    return found.pop() if len(found) == 1 else None


def _list_places(suite: str) -> Iterator[Path]:
    target = read_target(suite)
    folder = Path(os.path.realpath(target.folder))
    for parent in filter(None, (folder, find_root(folder))):
        yield from (parent / name for name in NAMES)
