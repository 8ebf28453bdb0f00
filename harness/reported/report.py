"""Reports as `scenarios/reported/*/report.toml` has them: facts of public reports, in our own words.

Beside `report.toml` lies `suite/`, a folder of tests as a user would have it. Where a report states what its remedy
does, the remedy is another such folder, and a state names it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

from harness.environments.identity import PLUGIN
from harness.environments.model import EnvironmentRequest
from harness.paths import SCENARIOS
from harness.suites.suite import REPORTED
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Collection

ROOT = SCENARIOS / "reported"
REPORT = "report.toml"
NOT_REBUILT = "not_rebuilt.toml"
SUITE = "suite"
LEFT_OUT = frozenset({"__pycache__", ".pytest_cache"})


class Stated(StrEnum):
    """What a report states about a set of versions."""

    REPRODUCES = "reproduces"  # shows the report's error, all of it
    PASSES = "passes"  # shows none of it, and every test passes


class Exactness(StrEnum):
    """Whether the report says so itself, or it follows from what it says."""

    STATED = "stated"
    INFERRED = "inferred"


class Where(StrEnum):
    """Where an error is met. What surfaces when the garbage collector runs belongs to no test: `afterwards`."""

    COLLECTION = "collection"  # before any test: configuration, import, collection
    SETUP = "setup"
    CALL = "call"
    TEARDOWN = "teardown"
    AFTERWARDS = "afterwards"  # unraisable, an exception handler's, or printed after the session
    END = "end"  # of the process: a hang, a limit, a signal, an exit code that no test explains
    WARNING = "warning"


class Client(StrEnum):
    """The package the suite talks to the server with, if it does."""

    NONE = "none"
    VALKEY = "valkey"
    REDIS = "redis"


class Error(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An error that a report names. Everything given must hold of one exception or message, at one of the places."""

    where: tuple[Where, ...]
    signatures: tuple[str, ...] = ()  # any of them
    text: str = ""  # searched in "RuntimeError: Event loop is closed"

    def __post_init__(self) -> None:
        if not self.where or not (self.signatures or self.text):
            raise ValueError("an error needs a place, and a signature or a text")
        unknown = set(self.signatures) - {signature.name for signature in load_signatures()}
        if unknown:
            raise ValueError(f"no signature is named {' or '.join(sorted(unknown))}")
        try:
            re.compile(self.text)
        except re.error as error:
            raise ValueError(f"{self.text!r} is not a regular expression: {error}") from None


class ReportedState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the report states about one set of versions."""

    versions: dict[str, str]  # what differs from the report's own `versions`
    outcome: Stated
    exactness: Exactness
    pattern: str = ""  # a letter a test, as in a verdict; empty: the report doesn't say
    suite: str = SUITE  # folder of the variant that this is stated for: "suite", or "suite-" and a word
    platform: str = ""  # "win32"; empty: any
    remark: str = ""  # what was found out where the measurement isn't quite, or isn't at all, what is stated
    measured: str = ""  # as it is printed: the measurement that the remark is about, and no other

    def __post_init__(self) -> None:
        if bool(self.remark) != bool(self.measured):
            raise ValueError("a remark needs what was measured (`measured`), and that needs a remark")


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One public report. `versions` are those that all states have in common, `python` among them."""

    address: str
    title: str
    date: str  # 2024-05-18, or what of it is known
    summary: str
    notes: str = ""  # where the rebuilt suite departs from the original, and why
    client: Client
    installs: tuple[str, ...] = ()  # what its suites import beside pytest-asyncio and the client: PEP 508 lines
    versions: dict[str, str]
    errors: tuple[Error, ...]  # all of them are the error
    states: tuple[ReportedState, ...]

    def __post_init__(self) -> None:
        if not self.errors:
            raise ValueError("a report without an error")
        for state in self.states:
            missing = {"python", PLUGIN} - self.versions_of(state).keys()
            if missing:
                raise ValueError(f"{state.versions} doesn't say which {' and '.join(sorted(missing))}")

    def versions_of(self, state: ReportedState) -> dict[str, str]:
        """Every version that the state fixes, by package, and `python`."""
        return self.versions | state.versions

    def request(self, state: ReportedState) -> EnvironmentRequest:
        """The environment that the state is about; of the very patch release of Python where one is given."""
        versions = self.versions_of(state)
        client = Client.VALKEY if self.client is Client.NONE else self.client
        own = {"python", PLUGIN, "pytest", client}
        return EnvironmentRequest(
            python=versions["python"],
            plugin=versions[PLUGIN],
            client=client,
            client_version=versions.get(client),
            pytest=versions.get("pytest"),
            pins=tuple(sorted(f"{name}=={version}" for name, version in versions.items() if name not in own)),
        )


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """A report with the folder it lies in. `name` is the folder's: `pa-706`, a tracker and a number there."""

    name: str
    folder: Path
    report: Report

    def id_of(self, state: ReportedState) -> str:
        """The id in results of the suite that the state is about: `reported/pa-706`, `reported/pa-706/loop-scope`."""
        return "/".join(part for part in (f"{REPORTED}{self.name}", self.variant(state)) if part)

    def variant(self, state: ReportedState) -> str:
        """What the state's suite is called beside the report's own, `loop-scope`; empty for that one."""
        return state.suite.removeprefix(SUITE).removeprefix("-")

    def files(self, state: ReportedState) -> dict[str, bytes]:
        """The suite that the state is about: content by path below its folder, slashes on every system."""
        top = self.folder / state.suite
        return {
            path.relative_to(top).as_posix(): path.read_bytes()
            for path in sorted(top.rglob("*"))
            if path.is_file() and LEFT_OUT.isdisjoint(path.parts)
        }


class NotRebuilt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A public report that can't be rebuilt here. `name` is what its folder would be called."""

    name: str
    address: str
    title: str
    reason: str


class _NotRebuiltFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    report: tuple[NotRebuilt, ...]


def load_report(folder: Path) -> Rebuilt:
    """The report in `folder`.

    Raises `msgspec.MsgspecError` for a file that isn't a report, `FileNotFoundError` where there is none.
    """
    text = (folder / REPORT).read_bytes()
    return Rebuilt(name=folder.name, folder=folder, report=msgspec.toml.decode(text, type=Report))


def load_reports(root: Path = ROOT) -> tuple[Rebuilt, ...]:
    """All rebuilt reports, by name."""
    return tuple(load_report(file.parent) for file in sorted(root.glob(f"*/{REPORT}")))


def load_not_rebuilt(root: Path = ROOT) -> tuple[NotRebuilt, ...]:
    """The reports that were left out, each with the reason."""
    return msgspec.toml.decode((root / NOT_REBUILT).read_bytes(), type=_NotRebuiltFile).report


def explain_absence(report: Report, state: ReportedState, *, platform: str, pythons: Collection[str]) -> str:
    """Why a state can't be measured on this machine; empty if it can.

    `platform` is like `sys.platform`; `pythons` are the full versions of the CPythons that are here.
    """
    wanted = report.versions_of(state)["python"]
    minor = _get_minor(wanted)
    if state.platform and state.platform != platform:
        return f"needs {state.platform}, and this is {platform}"
    here = sorted((one for one in pythons if _get_minor(one) == minor), key=Version)
    if wanted in (minor, *here) and here:
        return ""
    instead = f", and {' and '.join(here)} {'is' if len(here) == 1 else 'are'} here" if here else ""
    return f"needs CPython {wanted}{instead}"


def _get_minor(python: str) -> str:
    return ".".join(python.split(".")[:2])
