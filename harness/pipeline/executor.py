"""Where the cells of a run are run: on threads of this machine unless something else is asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol, Self

import msgspec

from harness.environments.identity import platform_tag
from harness.environments.model import Interpreter
from harness.environments.provisioning import Provisioner
from harness.pipeline.setup import run_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.catalogue.catalogue import Catalogue
    from harness.cli.fields import RecordedOptions
    from harness.environments.model import EnvironmentRequest
    from harness.planning.plan import Plan


class System(msgspec.Struct, frozen=True, kw_only=True):
    """An operating system on which environments can be made."""

    tag: str  # "linux-x86_64"
    interpreters: tuple[Interpreter, ...]
    python_versions: tuple[str, ...]  # those of the Pythons that were named that it has


class Executor(Protocol):
    """Runs plans. A context manager: entering finds what there is, leaving puts away what was started."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...

    def list_systems(self, python_versions: tuple[str, ...]) -> tuple[System, ...]:
        """Those that have at least one of the named Pythons; all, if none is named."""
        ...

    def identify(self, system: System, request: EnvironmentRequest) -> str:
        """The id of an environment."""
        ...

    def run(self, options: RecordedOptions, plans: Mapping[System, Plan], catalogue: Catalogue, *, fresh: bool) -> str:
        """Run the plan of each system, write the results and return the run's id.

        Unless `fresh`, what earlier runs in the results folder measured is taken over. Whatever ends it early leaves
        what was written, and is raised.
        """
        ...


class Threads:
    """This machine. The Pythons that `download` names may be downloaded."""

    def __init__(self, download: tuple[str, ...] = ()) -> None:
        self._download = download

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None: ...

    @cached_property
    def _provisioner(self) -> Provisioner:
        return Provisioner(download=self._download)

    def list_systems(self, python_versions: tuple[str, ...]) -> tuple[System, ...]:
        """This one. That a Python is missing shows when its environments are planned."""
        return (
            System(tag=platform_tag(), interpreters=self._provisioner.interpreters, python_versions=python_versions),
        )

    def identify(self, system: System, request: EnvironmentRequest) -> str:  # noqa: ARG002 - there is one
        """The id of an environment."""
        return self._provisioner.describe(request).id

    def run(self, options: RecordedOptions, plans: Mapping[System, Plan], catalogue: Catalogue, *, fresh: bool) -> str:
        """Run the plan."""
        (plan,) = plans.values()
        return run_plan(options, plan, catalogue, self._provisioner, folder=options.results, fresh=fresh)
