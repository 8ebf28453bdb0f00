"""Names and digests of environments: what makes two of them the same."""

from __future__ import annotations

import hashlib
import platform
import sys
import sysconfig
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness.errors import UsageError
from harness.packages import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.environments.model import EnvironmentRequest

PLUGIN = "pytest-asyncio"
ARCHITECTURES = {"amd64": "x86_64", "win-amd64": "x86_64", "aarch64": "arm64", "win-arm64": "arm64", "win32": "x86"}
NARROW = {"x86_64": "x86", "arm64": "arm"}
WINE = "wine"
"""In place of the system in names of environments: Wine is not Windows, and what it shows is counted apart."""


def find_wine() -> str:
    """Its version; empty where this isn't run by Wine."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - not every Python elsewhere has it

        ask = getattr(ctypes.windll.ntdll, "wine_get_version", None)
        if ask is not None:
            ask.restype = ctypes.c_char_p
            return str(ask().decode())
    return ""


def platform_tag() -> str:
    """`machine_tag`, which begins with `wine` where it is Wine that runs a Python for Windows."""
    tag = machine_tag()
    return f"{WINE}-{tag.partition('-')[2]}" if find_wine() else tag


def machine_tag() -> str:
    """The platform of the Python that runs the harness, `linux-x86_64`, and of every interpreter that is used."""
    # A 32-bit Python on 64-bit Windows sees the machine's architecture in `platform.machine()`, not its own.
    machine = sysconfig.get_platform() if sys.platform == "win32" else platform.machine()
    return make_tag(sys.platform, machine, wide=sys.maxsize > 2**32)


def make_tag(system: str, machine: str, *, wide: bool) -> str:
    """`linux-x86_64`, `darwin-arm64`, `win32-x86_64`: one spelling for an architecture on every operating system.

    `wide` distinguishes a 64-bit build from a 32-bit one, which a 64-bit kernel runs as well.
    """
    architecture = ARCHITECTURES.get(machine.lower(), machine.lower())
    if not wide:
        architecture = NARROW.get(architecture, architecture)
    return f"{system}-{architecture}"


def parse_pin(requirement: str) -> tuple[str, str]:
    """Name and version of an exact pin, `Foo_Bar == 1.0` → `("foo-bar", "1.0")`.

    Raises `ValueError` for anything that isn't one exact version.
    """
    parsed = Requirement(requirement)
    exact = [clause.version for clause in parsed.specifier if clause.operator == "=="]
    if len(parsed.specifier) != 1 or len(exact) != 1 or exact[0].endswith("*") or parsed.url or parsed.marker:
        raise ValueError(f"{requirement!r} isn't an exact pin, name==version")
    return canonicalize_name(parsed.name), exact[0]


def is_pin(requirement: str) -> bool:
    """Whether it is an exact pin."""
    try:
        return bool(parse_pin(requirement))
    except ValueError:
        return False


def parse_pins(pins: Iterable[str], client: str) -> list[tuple[str, str]]:
    """Names and versions of further packages.

    Raises `UsageError` for what is no exact pin, and for packages that are chosen in another way.
    """
    remedy = "Write it as name==version; pytest-asyncio, pytest and the client have options of their own."
    try:
        found = [parse_pin(each) for each in pins]
    except ValueError as error:
        raise UsageError(f"Can't pin: {error}.", remedy=remedy) from error
    for name, _ in found:
        if name in (PLUGIN, "pytest", client):
            raise UsageError(f"Can't pin {name} like any other package.", remedy=remedy)
    return found


def read_further(written: Iterable[str], client: str) -> tuple[str, ...]:
    """Requirements of further packages, each as PEP 508 writes it, sorted.

    Raises `UsageError` for what is none, and for packages that are chosen in another way.
    """
    found = []
    for text in written:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise UsageError(
                f"--with {text}: {str(error).splitlines()[0].lower()}.",
                remedy="Write it as a requirement, such as anyio==4.9.0 or 'httpx>=0.27,<1'.",
            ) from error
        requirement.name = canonicalize_name(requirement.name)
        if requirement.url:
            raise UsageError(f"--with {requirement.name} names an address.", remedy="Name versions of it.")
        if requirement.name in (PLUGIN, "pytest", client):
            raise UsageError(
                f"--with {text} names what has an option of its own.", remedy=f"Use --{requirement.name} VERSION."
            )
        found.append(str(requirement))
    return tuple(sorted(found))


def split_implementation(python: str) -> tuple[str, str]:
    """`"3.12"` → `("cpython", "3.12")`, `"pypy-3.10"` → `("pypy", "3.10")`, `"3.13t"` → free-threaded 3.13."""
    name, dash, version = python.rpartition("-")
    if not dash:
        name, version = ("pypy", python[4:]) if python.startswith("pypy") else ("cpython", python)
    if version.endswith("t"):
        return f"{name}-freethreaded", version[:-1]
    return name, version


def python_name(implementation: str, version: str) -> str:
    """What `split_implementation` takes apart: `3.12`, `pypy-3.10`, `3.13t`."""
    name, dash, _ = implementation.partition("-freethreaded")
    free = "t" if dash else ""
    return f"{version}{free}" if name == "cpython" else f"{name}-{version}{free}"


def environment_id(request: EnvironmentRequest, client_version: str, tag: str | None = None) -> str:
    """The readable id, in the words of the request: `linux-x86_64/cpython-3.12/pytest-asyncio-1.5.0/valkey-6.2.0`.

    The pytest version and further packages follow only where they were pinned, packages by name, then the day if the
    request names one; a suite's own requirements stand there as a digest, and so do the packages of an environment
    that is not ours, or that this one is a copy of. `client_version` stands in for the one the request left open.
    Combinations that can't be resolved have an id as well.
    """
    implementation, version = split_implementation(request.python)
    parts = [
        tag or platform_tag(),
        f"{implementation}-{version}",
        f"{PLUGIN}-{request.plugin}",
        f"{request.client if request.client != NONE else 'client'}-{request.client_version or client_version}",
    ]
    if request.pytest is not None:
        parts.append(f"pytest-{request.pytest}")
    exact = [each for each in request.pins if is_pin(each)]
    parts.extend(f"{name}-{pin}" for name, pin in sorted(map(parse_pin, exact)))
    open_ = [each for each in request.pins if each not in exact]
    if request.requirements or open_:
        further = tuple(filter(None, (request.constraints, request.preferences, open_)))
        named = repr((request.requirements, *further) if further else request.requirements)
        parts.append(f"requirements-{hashlib.sha256(named.encode()).hexdigest()[:8]}")
    if request.as_of is not None:
        parts.append(f"as-of-{request.as_of}")
    if request.existing is not None:
        freeze = "\n".join(request.existing.freeze)
        kind = "copy" if request.copied else "environment"
        parts.append(f"{kind}-{hashlib.sha256(freeze.encode()).hexdigest()[:8]}")
    return "/".join(parts)


def environment_digest(tag: str, implementation: str, python: str, freeze: Iterable[str]) -> str:
    """32 hexadecimal digits over platform, implementation, full Python version and everything installed."""
    text = "\n".join((tag, implementation, python, *sorted(freeze)))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
