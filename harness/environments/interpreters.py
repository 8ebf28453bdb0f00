"""The Pythons of this machine: which there are, which of them to use, and why a candidate isn't used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

from harness.environments.answers import InterpreterAnswer, ask_all
from harness.environments.candidates import Candidates, find_candidates
from harness.environments.identity import machine_tag, split_implementation
from harness.environments.model import Interpreter, RejectedInterpreter
from harness.errors import NoInterpreterError
from harness.invocation import command_line

if TYPE_CHECKING:
    from collections.abc import Iterable

OLDEST = Version("3.8")


class Discovery(msgspec.Struct, frozen=True, kw_only=True):
    """Interpreters oldest first, one for each full version, and the candidates that aren't used."""

    found: tuple[Interpreter, ...]
    rejected: tuple[RejectedInterpreter, ...]


def discover(*, refresh: bool = False, candidates: Candidates | None = None) -> Discovery:
    """Every usable interpreter of this machine.

    Where to look is worked out each time, so one that was added or changed is noticed. A binary that has not changed
    since it was asked isn't started again, unless `refresh`.
    """
    looked_at = candidates or find_candidates()
    return _judge(ask_all(looked_at.worth_starting, refresh=refresh), looked_at.rejected)


def find_newest(found: Iterable[Interpreter]) -> Interpreter:
    """The newest CPython that is no pre-release. Raises `NoInterpreterError`."""
    found = tuple(found)
    fit = [each for each in found if each.implementation == "cpython" and not Version(each.version).is_prerelease]
    if not fit:
        raise _explain_none("No released CPython 3.8 or newer was found", found)
    return max(fit, key=_version_of)


def choose_for_each_minor(found: Iterable[Interpreter]) -> tuple[Interpreter, ...]:
    """The best released CPython of each minor, oldest first."""
    best: dict[str, Interpreter] = {}
    for each in sorted(found, key=_version_of):
        if each.implementation == "cpython" and not Version(each.version).is_prerelease:
            best[each.minor] = each
    return tuple(best.values())


def find_for_minor(found: Iterable[Interpreter], python: str) -> Interpreter:
    """The best interpreter that `python` names: `3.12`, `3.12.1`, `3.13t`, `pypy-3.10`.

    A pre-release is taken only where no release of that minor is found, as naming `3.15` can mean nothing else then.
    Raises `NoInterpreterError`.
    """
    found = tuple(found)
    fit = find_fitting(found, python)
    if not fit:
        raise _explain_none(f"No Python {python} was found on this machine", found)
    return max(fit, key=lambda each: (not Version(each.version).is_prerelease, _version_of(each)))


def find_fitting(found: Iterable[Interpreter], python: str) -> tuple[Interpreter, ...]:
    """The interpreters that `python` names."""
    implementation, wanted = split_implementation(python)
    return tuple(
        each for each in found if each.implementation == implementation and (wanted in (each.minor, each.version))
    )


def _explain_none(problem: str, found: tuple[Interpreter, ...]) -> NoInterpreterError:
    names = ", ".join(f"{each.implementation} {each.version}" for each in found) or "none"
    return NoInterpreterError(
        f"{problem}. Found: {names}.",
        remedy="Ask for one of those found, or install it; --provision has uv download what --python names. "
        f"`{command_line('environments')}` says why other candidates were rejected.",
    )


def _version_of(interpreter: Interpreter) -> Version:
    return Version(interpreter.version)


def _judge(asked: dict[Path, InterpreterAnswer | str], rejected: tuple[RejectedInterpreter, ...]) -> Discovery:
    """Sort answers into interpreters to use and reasons not to."""
    used: dict[tuple[str, str], Interpreter] = {}
    refused = list(rejected)
    for path, answer in asked.items():
        if isinstance(answer, str) or find_objection(answer):
            reason = answer if isinstance(answer, str) else find_objection(answer)
            refused.append(RejectedInterpreter(executable=str(path), reason=reason))
            continue
        found = Interpreter(
            version=answer.version, executable=_find_own_path(path, answer), implementation=answer.implementation
        )
        first = used.setdefault((found.implementation, found.version), found)
        if first is not found:
            refused.append(RejectedInterpreter(executable=str(path), reason=f"the same version as {first.executable}"))
    ordered = sorted(used.values(), key=lambda each: (_version_of(each), each.implementation))
    return Discovery(found=tuple(ordered), rejected=tuple(refused))


def _find_own_path(path: Path, answer: InterpreterAnswer) -> str:
    """The interpreter's own file where `path` only starts it, as Scoop's shims do."""
    named = Path(answer.executable)
    return str(named.resolve()) if path.parent.name == "shims" and named.is_file() else str(path)


def find_objection(answer: InterpreterAnswer) -> str:
    """Why an interpreter that starts isn't used; empty if it is."""
    if Version(answer.version) < OLDEST:
        return f"Python {answer.version}: too old, {OLDEST} is the oldest that is measured"
    here = machine_tag()
    if answer.platform != here:
        return f"built for {answer.platform}; results of this machine are for {here}"
    return ""
