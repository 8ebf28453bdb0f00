"""The releases or days that a bisection chooses from, in order, each with the environment that it stands for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
from packaging.version import InvalidVersion, Version

from harness.environments.identity import PLUGIN, read_further
from harness.environments.interpreters import choose_for_each_minor
from harness.environments.model import EnvironmentRequest, ExistingEnvironment
from harness.environments.releases import find_nearest, how_to_refresh
from harness.environments.resolving import end_of_day
from harness.errors import UnknownNameError, UsageError
from harness.packages import CLIENTS, NONE
from harness.planning.environments import find_interpreters, find_newest_release, require_known, resolve_versions
from harness.planning.existing import request_copy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from harness.cli.options import BisectOptions
    from harness.environments.model import Interpreter
    from harness.environments.releases import Releases

PYTHON = "python"
DATE = "date"


class BisectCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """One release, or one day on which something was released."""

    name: str  # "1.0.0"; "2025-05-26"
    request: EnvironmentRequest
    day: str = ""  # when it was released; empty where that isn't known
    released: tuple[tuple[str, str], ...] = ()  # package, version: what came out with it


class Fixed(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for all candidates. None: not named."""

    python: str
    plugin: str | None
    pytest: str | None
    client: str
    client_version: str | None
    pins: tuple[str, ...]
    existing: ExistingEnvironment | None = None  # of which all candidates are copies


def list_candidates(
    options: BisectOptions, interpreters: Sequence[Interpreter], releases: Releases
) -> tuple[BisectCandidate, ...]:
    """At least two, oldest first: those from one end to the other that the Python can have.

    Releases are in order of versions, not of time; yanked ones are left out unless they are an end. Raises
    `UsageError` for ends or versions that make no sense, naming the nearest that would.
    """
    fixed = _read_fixed(options, interpreters, releases)
    if options.environment is not None:
        fixed = _fix_rest(options, fixed)
    if options.over == PYTHON:
        found = _list_pythons(options, fixed, interpreters, releases)
    elif options.over == DATE:
        found = _list_days(options, fixed, releases)
    else:
        found = _list_releases(options, fixed, releases)
    if len(found) < 2:
        raise UsageError(
            f"There is only {found[0].name} to choose from." if found else "There is nothing to choose from.",
            remedy="Name ends that are further apart with --from and --to, or another --python.",
        )
    return found


def _read_fixed(options: BisectOptions, interpreters: Sequence[Interpreter], releases: Releases) -> Fixed:
    """Raises `UsageError` where more than one version is named, or one of what is bisected."""
    client = options.over if options.over in CLIENTS else options.client_package
    given = {
        "python": options.python_versions,
        PLUGIN: options.pytest_asyncio_versions,
        "pytest": options.pytest_versions,
        client: options.versions_by_client[client],
    }
    for package, named in given.items():
        if len(named) > 1:
            raise UsageError(f"--{package} names {len(named)} versions.", remedy="Name the one that is held fixed.")
        if named and package == options.over:
            raise UsageError(
                f"--{package} holds fixed what is to be bisected.", remedy="Name the ends with --from and --to."
            )
        if package != "python":
            require_known(releases, package, named)
    if options.over in CLIENTS and options.client not in ("", client):
        raise UsageError(f"--client {options.client} doesn't go with --over {client}.", remedy="Leave one of them out.")
    (python, interpreter), *_ = find_interpreters(options.python_versions, interpreters).items()

    def one(package: str) -> str | None:
        return next(resolve_versions(releases, package, given[package], interpreter.minor))

    return Fixed(
        python=python,
        plugin=one(PLUGIN),
        pytest=one("pytest"),
        client=client,
        client_version=one(client),
        pins=read_further(options.pins, client),
    )


def _fix_rest(options: BisectOptions, fixed: Fixed) -> Fixed:
    """What isn't named is as it is in the environment that `--environment` names.

    Raises `UsageError` where that can't be used, or has nothing of what is to be bisected.
    """
    if options.over == DATE:
        raise UsageError(
            "--over date doesn't go with --environment: its packages stay as they are.",
            remedy=f"Bisect over one of {', '.join((PLUGIN, 'pytest', *CLIENTS, PYTHON))}.",
        )
    base = request_copy(options)
    assert base.existing is not None
    there = base.existing.installed
    if options.over not in (PYTHON, *there):
        raise UsageError(
            f"There is no {options.over} in {options.environment}.", remedy="Bisect over what the suite uses."
        )
    client = options.over if options.over in CLIENTS else base.client
    return msgspec.structs.replace(
        fixed,
        python=fixed.python if options.python_versions else base.python,
        plugin=fixed.plugin or base.plugin,
        client=client,
        client_version=(fixed.client_version if client == fixed.client else None) or there.get(client, NONE),
        existing=base.existing,
    )


def _make_request(fixed: Fixed, releases: Releases) -> EnvironmentRequest:
    plugin = fixed.plugin or find_newest_release(releases, PLUGIN, fixed.python)
    return EnvironmentRequest(
        python=fixed.python,
        plugin=plugin,
        pytest=fixed.pytest,
        client=fixed.client,
        client_version=fixed.client_version,
        pins=fixed.pins,
        existing=fixed.existing,
        copied=fixed.existing is not None,
    )


def _list_releases(options: BisectOptions, fixed: Fixed, releases: Releases) -> tuple[BisectCandidate, ...]:
    package = options.over
    field = {PLUGIN: "plugin", "pytest": "pytest"}.get(package, "client_version")
    ends = [releases.get(package, _read_version(version)) for version in (options.start, options.end) if version]
    for end in ends:
        if not end.fits(fixed.python):
            fit = [release.version for release in releases.versions(package, python=fixed.python)]
            raise UsageError(
                f"{package} {end.version} doesn't support Python {fixed.python}: it requires {end.requires_python}.",
                remedy=f"Name another --python, or {' or '.join(find_nearest(end.version, fit)) or 'another package'}.",
            )
    order = {release.version: release for release in (*releases.versions(package, python=fixed.python), *ends)}
    named = _cut_out(package, sorted(order, key=Version), options, key=Version)
    base = _make_request(fixed, releases)
    return tuple(
        BisectCandidate(
            name=version,
            request=msgspec.structs.replace(base, **{field: version}),
            day=f"{order[version].uploaded:%Y-%m-%d}",
            released=((package, version),),
        )
        for version in named
    )


def _list_pythons(
    options: BisectOptions, fixed: Fixed, interpreters: Sequence[Interpreter], releases: Releases
) -> tuple[BisectCandidate, ...]:
    base = _make_request(fixed, releases)
    minors = [one.minor for one in choose_for_each_minor(interpreters)]
    for end in filter(None, (options.start, options.end)):
        if end not in minors:
            raise UnknownNameError("Python of this machine", end, minors)
    plugin = releases.get(PLUGIN, base.plugin) if base.plugin != NONE else None
    fit = [each for each in minors if plugin is None or plugin.fits(each)]
    chosen = _cut_out("Python", fit, options, key=Version)
    return tuple(
        BisectCandidate(name=minor, request=msgspec.structs.replace(base, python=minor), released=((PYTHON, minor),))
        for minor in chosen
    )


def _read_version(text: str) -> str:
    try:
        Version(text)
    except InvalidVersion:
        raise UsageError(
            f"{text!r} is not a version.", remedy="Name the ends as releases such as 0.26.0; days go with --over date."
        ) from None
    return text


def _cut_out(what: str, names: list[str], options: BisectOptions, key: type[Version]) -> list[str]:
    """The names from one end to the other. Raises `UsageError` for ends that leave nothing in between them."""
    if options.start and options.start == options.end:
        raise UsageError(f"Both ends are {what} {options.start}.", remedy="Name two versions.")
    if options.start and options.end and key(options.start) > key(options.end):
        raise UsageError(
            f"--from {options.start} is newer than --to {options.end}.",
            remedy=f"Write --from {options.end} --to {options.start}.",
        )
    return [
        name
        for name in names
        if (not options.start or key(name) >= key(options.start)) and (not options.end or key(name) <= key(options.end))
    ]


def _list_days(options: BisectOptions, fixed: Fixed, releases: Releases) -> tuple[BisectCandidate, ...]:
    """The days at whose end an install of what isn't fixed could have brought something else than the day before."""
    newest = releases.refreshed.date() - timedelta(days=1)  # the last day that is known to its end
    start = _read_day("--from", options.start, newest) if options.start else None
    end = _read_day("--to", options.end, newest) if options.end else newest
    if start and start >= end:
        problem = "Both ends are" if start == end else f"--from {start} is later than --to"
        raise UsageError(f"{problem} {end}.", remedy="Name an earlier day with --from, or a later one with --to.")
    free = {PLUGIN: fixed.plugin, "pytest": fixed.pytest, fixed.client: fixed.client_version}
    out: dict[date, list[tuple[str, str]]] = {}
    for package in (package for package, version in free.items() if version is None):
        for release in releases.versions(package, python=fixed.python):
            out.setdefault(release.uploaded.date(), []).append((package, release.version))
    days = {day for day in out if (start is None or day >= start) and day <= end} | {start or end, end}
    found = (_as_of(day, fixed, releases, out.get(day, ())) for day in sorted(days))
    return tuple(candidate for candidate in found if candidate is not None)


def _as_of(day: date, fixed: Fixed, releases: Releases, released: Iterable[tuple[str, str]]) -> BisectCandidate | None:
    """What could be installed at the end of the day; None when there was no release for this Python yet."""
    moment = end_of_day(f"{day}")
    plugin = fixed.plugin or _find_newest(releases, PLUGIN, fixed.python, moment)
    client = fixed.client_version or _find_newest(releases, fixed.client, fixed.python, moment)
    if plugin is None or client is None:
        return None
    request = EnvironmentRequest(
        python=fixed.python,
        plugin=plugin,
        pytest=fixed.pytest,
        client=fixed.client,
        client_version=client,
        pins=fixed.pins,
        as_of=f"{day}",
    )
    return BisectCandidate(name=f"{day}", request=request, day=f"{day}", released=tuple(released))


def _find_newest(releases: Releases, package: str, python: str, moment: datetime) -> str | None:
    found = releases.newest(package, python=python, as_of=moment)
    return found.version if found else None


def _read_day(flag: str, text: str, newest: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{flag}: {text!r} is not a date.", remedy="Write it as 2024-05-18.") from None
    if day > newest:
        raise UsageError(
            f"{flag}: what was released is known up to {newest}.",
            remedy=f"Name {newest} or an earlier day, or {how_to_refresh()} first.",
        )
    return day
