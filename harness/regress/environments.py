"""Which environments of a baseline are run again, and what each becomes with the versions that were asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from harness.environments.identity import PLUGIN, platform_tag, python_name, split_implementation
from harness.environments.interpreters import find_for_minor
from harness.environments.model import Environment, EnvironmentRequest
from harness.errors import NoInterpreterError, NothingSelectedError
from harness.invocation import command_line
from harness.output.text import count, one_line
from harness.packages import NONE
from harness.planning.environments import plan_in_existing
from harness.regress.versions import VersionChoice, choose_environments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.cli.options import RegressOptions
    from harness.environments.model import Interpreter, Unresolvable
    from harness.environments.provisioning import Provisioner
    from harness.regress.baseline import Baseline
    from harness.regress.versions import RequestedVersions

_DAY = re.compile(r"as-of-(\d{4}-\d{2}-\d{2})")
_EXISTING = re.compile(r"(environment|copy)-[0-9a-f]{8}")
_REQUIREMENTS = re.compile(r"requirements-[0-9a-f]{8}")


class Environments:
    """The environments of the baseline that are run again, each with its request; `notes` say why others are not."""

    def __init__(
        self, options: RegressOptions, baseline: Baseline, asked: RequestedVersions, provisioner: Provisioner
    ) -> None:
        self._asked = asked
        self._provisioner = provisioner
        self.notes: list[str] = []
        if options.environment is not None:
            self.requests = self._pair_existing(options, baseline)
            return
        usable = self._usable(baseline)
        self.requests = tuple(
            (before, request)
            for wanted in asked.combinations()
            for before in choose_environments(wanted, usable)
            if (request := self._request(before, wanted)) is not None
        )
        if not self.requests:
            raise NoInterpreterError(
                f"Nothing in {baseline} can be run here: {' '.join(dict.fromkeys(self.notes))}",
                remedy="Name other versions, or install what is missing; "
                f"`{command_line('environments')}` lists what there is.",
            )

    def describe(
        self, request: EnvironmentRequest, before: Environment, cells: Iterable[tuple[str, ...]] = ()
    ) -> tuple[EnvironmentRequest, Environment | Unresolvable]:
        """The request, and what it makes: the very packages of the baseline where no version was asked for.

        `cells` are the packages that cells ask for.
        """
        if self._asked.packages or request.existing is not None:
            return request, self._provisioner.describe(request, cells)
        exact, found = describe_exactly(request, before, self._provisioner)
        if isinstance(found, Environment) and not exact.requirements:
            added = sorted(before.everything.items() - found.installed.items())
            exact = msgspec.structs.replace(exact, preferences=tuple(f"{name}=={version}" for name, version in added))
        return exact, self._provisioner.describe(exact, cells)

    def _pair_existing(
        self, options: RegressOptions, baseline: Baseline
    ) -> tuple[tuple[Environment, EnvironmentRequest], ...]:
        """The environment that is there, or its copies, each with what is nearest to it in the baseline.

        That is one that was there already, if the baseline holds any.
        """
        requests = plan_in_existing(options, self._provisioner.interpreters, self._provisioner.releases)
        here = [one for one in baseline.measured.environments if one.platform == platform_tag()]
        near = [one for one in here if is_existing(one)] or here
        if not near:
            raise NothingSelectedError(
                f"{baseline} holds nothing of {platform_tag()}.", remedy="Name another baseline with --baseline."
            )
        return tuple(
            (before, request)
            for request in requests
            for before in choose_environments(
                VersionChoice(
                    python=request.python,
                    plugin="" if request.plugin == NONE else request.plugin,
                    client="" if request.client == NONE else request.client,
                    client_version=request.client_version or "",
                ),
                near,
            )
        )

    def _usable(self, baseline: Baseline) -> list[Environment]:
        """Those of this platform, if there are any, and with no further packages but those that were named."""
        environments = baseline.measured.environments
        here = [one for one in environments if one.platform == platform_tag()]
        if not here:
            platforms = sorted({one_line(one.platform, 40) for one in environments})
            self.notes.append(f"The baseline was measured on {', '.join(platforms)}, this machine is {platform_tag()}.")
        if baseline.unresolvable:
            self.notes.append(
                f"{count(baseline.unresolvable, 'combination')} of the baseline could not be resolved and not run then."
            )
        named = {name for name, _ in self._asked.pins}
        usable = []
        for one in here or environments:
            missing = sorted(find_further_packages(one) - named)
            if is_existing(one):
                self.notes.append(one_line(f"{one.id} is not run: name that environment with --environment.", 300))
            elif missing:
                # Its files come from anywhere: nothing is installed because they say so.
                pins = " ".join(f"--with {name}=={one.installed[name]}" for name in missing)
                self.notes.append(one_line(f"{one.id} is not run: it has further packages, name them: {pins}.", 300))
            else:
                usable.append(one)
        if not usable:
            raise NothingSelectedError(f"No environment in {baseline} can be made again.", remedy=self.notes[-1])
        return usable

    def _request(self, before: Environment, wanted: VersionChoice) -> EnvironmentRequest | None:
        interpreters, releases = self._provisioner.interpreters, self._provisioner.releases
        if wanted.python:
            find_for_minor(interpreters, wanted.python)  # what was named must be there
            return replace_versions(make_request(before, wanted.python), wanted)
        try:
            python = find_python(before, interpreters)
        except NoInterpreterError as error:
            name = python_name(before.implementation, before.python_minor)
            self.notes.append(
                f"{error.problem.partition('. ')[0]}: what the baseline holds for it is not run. uv can download it: "
                f"--python {name} --provision."
            )
            return None
        minor = split_implementation(python)[1]
        for package, version in (
            (PLUGIN, wanted.plugin),
            ("pytest", wanted.pytest),
            (wanted.client, wanted.client_version),
        ):
            if version and not releases.get(package, version).fits(minor):
                self.notes.append(f"{package} {version} doesn't support Python {minor}: nothing was run there.")
                return None
        return replace_versions(make_request(before, python), wanted)


def is_existing(environment: Environment) -> bool:
    """Whether it was there already, or is a copy of one that was."""
    return any(_EXISTING.fullmatch(part) for part in environment.id.split("/")[4:])


def make_request(environment: Environment, python: str) -> EnvironmentRequest:
    """What its id names: the versions, further packages and the day; a suite's own requirements are not in it."""
    pytest, pins, as_of = None, [], None
    for part in environment.id.split("/")[4:]:
        if part == f"pytest-{environment.pytest}":
            pytest = environment.pytest
        elif day := _DAY.fullmatch(part):
            as_of = day[1]
        elif not _REQUIREMENTS.fullmatch(part):
            pins += _pin(part, environment)
    return EnvironmentRequest(
        python=python,
        plugin=environment.plugin,
        client=environment.client,
        client_version=environment.client_version,
        pytest=pytest,
        pins=tuple(sorted(pins)),
        as_of=as_of,
    )


def find_further_packages(environment: Environment) -> set[str]:
    """Names of the further packages that it was asked to have."""
    return {pin.partition("==")[0] for part in environment.id.split("/")[4:] for pin in _pin(part, environment)}


def _pin(part: str, environment: Environment) -> list[str]:
    names = sorted(environment.installed.keys() - {"pytest"}, key=len, reverse=True)
    return [f"{name}=={part.removeprefix(f'{name}-')}" for name in names if part.startswith(f"{name}-")][:1]


def find_python(environment: Environment, interpreters: Sequence[Interpreter]) -> str:
    """Its Python by its minor version, unless that means another one here and the very same one is here as well.

    Raises `NoInterpreterError` where this machine has none of that minor version.
    """
    minor = python_name(environment.implementation, environment.python_minor)
    if find_for_minor(interpreters, minor).version == environment.python:
        return minor
    same = (environment.implementation, environment.python)
    there = any((one.implementation, one.version) == same for one in interpreters)
    return python_name(*same) if there else minor


def replace_versions(request: EnvironmentRequest, wanted: VersionChoice) -> EnvironmentRequest:
    """The request with the wanted versions in place of its own."""
    client = wanted.client or request.client
    kept = request.client_version if client == request.client else None
    pins = dict(pin.split("==", 1) for pin in request.pins) | dict(wanted.pins)
    return msgspec.structs.replace(
        request,
        plugin=wanted.plugin or request.plugin,
        pytest=wanted.pytest or request.pytest,
        client=client,
        client_version=wanted.client_version or kept,
        pins=tuple(sorted(f"{name}=={version}" for name, version in pins.items())),
    )


def describe_exactly(
    request: EnvironmentRequest, before: Environment, provisioner: Provisioner
) -> tuple[EnvironmentRequest, Environment | Unresolvable]:
    """The request, and what it makes, as near to `before` as can be.

    What the request leaves open may be resolved to other versions than it was then. Those packages are pinned to the
    baseline's; names that only the baseline mentions are never installed, since its files come from anywhere.
    """
    found = provisioner.describe(request)
    if not isinstance(found, Environment):
        return request, found
    was, is_ = before.installed, found.installed
    drifted = {name: was[name] for name in is_ if name in was and was[name] != is_[name]}
    if not drifted:
        return request, found
    pytest = drifted.pop("pytest", request.pytest)
    pins = {*request.pins, *(f"{name}=={version}" for name, version in drifted.items())}
    pinned = msgspec.structs.replace(request, pytest=pytest, pins=tuple(sorted(pins)))
    exact = provisioner.describe(pinned)
    return (pinned, exact) if isinstance(exact, Environment) else (request, found)
