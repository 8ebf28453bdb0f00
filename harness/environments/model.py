"""What an environment is, before it is built (`EnvironmentRequest`) and after (`Environment`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.utils import canonicalize_name

from harness.packages import DEFAULT_CLIENT, NONE

if TYPE_CHECKING:
    from collections.abc import Iterable


class Interpreter(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A Python that can be run here. `version` is the full one, `3.12.1`; `executable` an absolute path."""

    version: str
    executable: str
    implementation: str = "cpython"

    @property
    def minor(self) -> str:
        """`3.12`."""
        return ".".join(self.version.split(".")[:2])


class RejectedInterpreter(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate that isn't used, and why."""

    executable: str
    reason: str


class ExistingPackage(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What is installed in an environment that is not ours. Its metadata is in the folder or file `place`."""

    name: str  # canonical
    version: str
    place: str
    local: bool  # it comes from a folder, an address or a repository, not from the index
    requires: tuple[str, ...]  # PEP 508 lines


class ExistingEnvironment(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """An environment that the user has: nothing is ever written into it."""

    interpreter: Interpreter
    packages: tuple[ExistingPackage, ...]  # sorted
    sites: tuple[str, ...]  # the folders that packages are installed into, in the order of the import path
    sources: tuple[str, ...]  # folders and files that code is in, apart from the standard library

    @property
    def freeze(self) -> tuple[str, ...]:
        """Sorted "name==version"."""
        return tuple(sorted(f"{one.name}=={one.version}" for one in self.packages))

    @property
    def installed(self) -> dict[str, str]:
        """Version of each package."""
        return {one.name: one.version for one in self.packages}

    @property
    def local(self) -> tuple[str, ...]:
        """Names of the packages that don't come from the index."""
        return tuple(one.name for one in self.packages if one.local)


class EnvironmentRequest(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What was asked for. Everything not pinned is resolved as of the time the pytest-asyncio release was current."""

    python: str  # "3.12"
    plugin: str  # pytest-asyncio, exact: "1.5.0"
    client: str = DEFAULT_CLIENT
    client_version: str | None = None  # None: newest that this Python can have
    pytest: str | None = None  # None: as of then
    pins: tuple[str, ...] = ()  # further "name==version"
    requirements: tuple[str, ...] = ()  # what else a suite needs: PEP 508 lines, sorted
    constraints: tuple[str, ...] = ()  # bounds that hold where something needs the package
    preferences: tuple[str, ...] = ()  # "name==version", taken where nothing speaks against it; of additions as well
    as_of: str | None = None  # "2024-05-18": only what was out by the end of that day (UTC), the client included
    existing: ExistingEnvironment | None = None  # the environment that is used as it is, or of which this is a copy
    copied: bool = False


class AddedPackages(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Packages that single cells ask for. Such a cell runs with these beside exactly what the environment has."""

    packages: tuple[str, ...]  # what the cells ask for, PEP 508 lines, sorted: "uvloop"
    freeze: tuple[str, ...] = ()  # sorted "name==version": what the environment itself hasn't
    reason: str = ""  # why they can't be had, in the resolver's words


class Environment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An operating system, architecture, Python and the exact set of installed packages.

    `id` is for people and names what was asked for; `digest` is the identity: equal digests, equal environments.
    """

    id: str  # linux-x86_64/cpython-3.12/pytest-asyncio-1.5.0/valkey-6.2.0[/pytest-8.4.2][/…]
    digest: str  # of platform, full Python version and freeze
    platform: str  # "linux-x86_64"; the part before "-" is sys.platform-like: linux, darwin, win32
    python: str  # "3.12.1"
    implementation: str  # "cpython"
    plugin: str  # installed pytest-asyncio, or "none"
    pytest: str  # installed pytest
    client: str  # a client package, or "none"
    client_version: str  # "none" where there is no client
    freeze: tuple[str, ...]  # sorted "name==version", everything installed
    as_of: str  # "2024-05-18": the resolver saw nothing newer (except the client and its own dependencies)
    local: tuple[str, ...] = ()  # packages that don't come from the index but from a folder, an address or a repository
    code: str = ""  # of an environment that is not ours: digest of when its files were changed last
    additions: tuple[AddedPackages, ...] = ()  # those that cells asked for; no part of the identity

    @property
    def python_minor(self) -> str:
        """`3.12`."""
        return ".".join(self.python.split(".")[:2])

    @property
    def plugin_name(self) -> str:
        """`pytest-asyncio 1.5.0`."""
        return "no pytest-asyncio" if self.plugin == NONE else f"pytest-asyncio {self.plugin}"

    @property
    def client_name(self) -> str:
        """`valkey 6.1.0`."""
        return "no client" if self.client == NONE else f"{self.client} {self.client_version}"

    @property
    def installed(self) -> dict[str, str]:
        """Version of each installed package, by its name as packaging spells it; "" where a file names none."""
        return read_freeze(self.freeze)

    @property
    def everything(self) -> dict[str, str]:
        """Version of each package that is installed or, for single cells, beside it."""
        return read_freeze(line for one in self.additions for line in one.freeze) | self.installed

    def add_known(self, same: Environment | None) -> Environment:
        """This environment, with additions that only another description of the same one has."""
        here = {one.packages for one in self.additions}
        more = [one for one in same.additions if one.packages not in here] if same else []
        return msgspec.structs.replace(self, additions=(*self.additions, *more)) if more else self

    def find_addition(self, packages: tuple[str, ...]) -> AddedPackages | None:
        """What these packages are here; None where no cell asked for them."""
        return next((one for one in self.additions if one.packages == packages), None)


def read_freeze(lines: Iterable[str]) -> dict[str, str]:
    """Version of each package, by its name as packaging spells it; "" where a line names none."""
    pairs = (line.partition("==") for line in lines)
    return {canonicalize_name(name): version for name, _, version in pairs}


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """An environment that exists on this disk, as it is or with an addition."""

    request: EnvironmentRequest
    environment: Environment
    python: Path  # the interpreter of the folder that its packages are in


class Unresolvable(msgspec.Struct, frozen=True, kw_only=True):
    """A combination the resolver can't satisfy: an outcome, not a crash."""

    request: EnvironmentRequest
    id: str
    reason: str  # the resolver's words, one paragraph, no machine paths
