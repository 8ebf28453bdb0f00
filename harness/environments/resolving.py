"""Which packages an environment has: one resolver call, as of the time the pytest-asyncio release was current.

pytest-asyncio 0.21 with the pytest of today fails in collection and shows nothing, so everything that isn't named is
resolved as it was then. The client is not: old plugin and new client is what people have, and the client's releases
before its time don't support the newer Pythons. Its own dependencies go with it, and so does what single cells ask for,
all up to the moment the release dates were refreshed. So the same request has the same answer until they are refreshed
again.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.environments.identity import PLUGIN, environment_id, platform_tag, read_further
from harness.environments.model import AddedPackages, Unresolvable
from harness.environments.relaxing import find_pinned, relax, require_named
from harness.errors import InfrastructureError, UnknownNameError
from harness.files import replace_file
from harness.packages import CLIENTS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Collection, Iterable, Sequence

    from harness.environments.model import EnvironmentRequest, Interpreter
    from harness.environments.releases import Releases
    from harness.environments.uv_tool import Uv

NOWHERE = ("there is no version of", "was not found in the package registry")
"""What the resolver says of what doesn't exist."""
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """The exact set of packages, sorted "name==version", and the time after which the resolver saw nothing."""

    freeze: tuple[str, ...]
    as_of: datetime


class Question(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One resolver call, complete: equal questions have equal answers unless a date in it is `FOREVER`."""

    python: str
    implementation: str
    platform: str
    uv: str
    requirements: tuple[str, ...]
    as_of: datetime
    exceptions: tuple[tuple[str, datetime], ...]  # packages with a time of their own
    constraints: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()
    building: bool = False  # whether packages may be built from source

    @property
    def digest(self) -> str:
        """Names the answer on disk."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:32]

    @property
    def is_dated(self) -> bool:
        """Whether not even a failure can change with what is released later."""
        return all(until < FOREVER for _, until in self.exceptions)


class ResolverAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The packages, or the reason why there are none. Kept on disk."""

    freeze: tuple[str, ...] = ()
    built: tuple[str, ...] = ()  # packages that are built, as there are no wheels
    reason: str = ""


class Resolver:
    """Resolves requests for one machine. Safe to call from threads; answers are kept under `folder`."""

    def __init__(self, *, uv: Uv, releases: Releases, folder: Path) -> None:
        self.uv = uv
        self.releases = releases
        self.folder = folder

    def client_version(self, request: EnvironmentRequest, interpreter: Interpreter) -> str | None:
        """The client release asked for, otherwise the newest that supports this Python; None if there is none."""
        if request.client not in CLIENTS:
            raise UnknownNameError("client", request.client, CLIENTS)
        if request.client_version is not None:
            return self.releases.get(request.client, request.client_version).version
        newest = self.releases.newest(request.client, python=interpreter.version)
        return newest.version if newest else None

    def resolve(self, request: EnvironmentRequest, interpreter: Interpreter) -> Resolution | Unresolvable:
        """The packages of the environment that `request` asks for.

        Where packages were pinned or required that don't fit the time, everything but pytest may be newer, and where
        even that fails, pytest too. Where what a suite requires doesn't go with what is under test, that is relaxed.
        Raises `UnknownNameError` for a release that isn't listed, `UsageError` for a pin that isn't one,
        `InfrastructureError` when the index can't be reached.
        """
        client = self.client_version(request, interpreter)
        if client is None:
            reason = f"No release of {request.client} supports Python {interpreter.version}."
            return self._unresolvable(request, "none", reason)
        first = self._question(request, client, interpreter)
        found = self._try_times(request, first, interpreter)
        if isinstance(found, Resolution):
            return found
        require_named(request, found)
        if request.requirements and not any(sign in found for sign in NOWHERE):
            relaxed = self._try_times(request, self._relax(request, first, client, interpreter), interpreter)
            if isinstance(relaxed, Resolution):
                return relaxed
        return self._unresolvable(request, client, found)

    def resolve_addition(
        self, request: EnvironmentRequest, freeze: tuple[str, ...], packages: tuple[str, ...], interpreter: Interpreter
    ) -> AddedPackages:
        """What is installed for `packages` beside the `freeze` of the environment that `request` asks for.

        What there is without that environment is asked first: mostly it goes with it, and with others. Raises
        `InfrastructureError` when the index can't be reached.
        """
        as_of = self.releases.refreshed if request.as_of is None else end_of_day(request.as_of)
        named = () if request.as_of is not None else request.pins
        question = Question(
            python=interpreter.version,
            implementation=interpreter.implementation,
            platform=platform_tag(),
            uv=self.uv.version,
            requirements=packages,
            as_of=as_of,
            exceptions=tuple(sorted((canonicalize_name(Requirement(line).name), FOREVER) for line in named)),
            preferences=request.preferences,
        )
        answer = self._answer(question, interpreter)
        there = {line.partition("==")[0] for line in freeze}
        if any(line not in freeze and line.partition("==")[0] in there for line in answer.freeze):
            answer = self._answer(msgspec.structs.replace(question, constraints=freeze), interpreter)
        added = tuple(line for line in answer.freeze if line not in freeze)
        return AddedPackages(packages=packages, freeze=added, reason=answer.reason)

    def _try_times(self, request: EnvironmentRequest, first: Question, interpreter: Interpreter) -> Resolution | str:
        """What has an answer, of the question and of what is asked later; the reason where nothing has."""
        later = self._later(first) if request.as_of is None and (request.pins or request.requirements) else ()
        reason = ""
        for question in (first, *later):
            answer = self._answer_somehow(question, request, interpreter)
            if not answer.reason:
                return Resolution(freeze=answer.freeze, as_of=question.as_of)
            reason = answer.reason
        return reason

    def _relax(
        self, request: EnvironmentRequest, question: Question, client: str, interpreter: Interpreter
    ) -> Question:
        """The question in which what a suite requires makes room for what is under test and what that needs."""
        bare = self._question(msgspec.structs.replace(request, requirements=()), client, interpreter)
        needed = self._answer_somehow(bare, request, interpreter).freeze
        lines, pins = relax(request.requirements, {line.partition("==")[0] for line in needed})
        return msgspec.structs.replace(
            question,
            requirements=tuple(sorted({*question.requirements} - {*request.requirements} | {*lines})),
            constraints=(),
            preferences=tuple(sorted({*question.preferences, *pins})),
        )

    def _answer_somehow(
        self, question: Question, request: EnvironmentRequest, interpreter: Interpreter
    ) -> ResolverAnswer:
        """The answer.

        What a suite requires is built from source where that is the only way to the version that it gets otherwise.
        """
        answer = self._answer(question, interpreter)
        if request.requirements:
            building = msgspec.structs.replace(question, building=True)
            other = self._answer(building, interpreter)
            if not other.reason and self._can_build(building, {*other.freeze} - {*answer.freeze}, interpreter):
                return other
        return answer

    def _can_build(self, question: Question, packages: Collection[str], interpreter: Interpreter) -> bool:
        """Whether what has no wheel can be built here. That it can't is kept as the answer to the question."""
        if not packages:
            return True
        with tempfile.TemporaryDirectory() as folder:
            done = self.uv.run(
                [
                    *("pip", "install", "--python", interpreter.executable, "--target", folder),
                    *("--no-deps", "-r", "-"),
                ],
                stdin="\n".join(sorted(packages)),
            )
        if "Failed to build" in done.stderr:
            reason = ResolverAnswer(reason=clean_reason(done.stderr))
            replace_file(self.folder / f"{question.digest}.json", msgspec.json.encode(reason))
        return not done.returncode

    def _question(self, request: EnvironmentRequest, client: str, interpreter: Interpreter) -> Question:
        as_of = self.releases.current_until(PLUGIN, request.plugin)
        requirements = [f"{PLUGIN}=={request.plugin}"]
        if request.client_version is None and request.requirements:
            requirements.append(request.client)  # the newest that the suite's own requirements allow
        else:
            requirements.append(f"{request.client}=={client}")
        if request.pytest is not None:
            # An upgraded pytest brings what it needs along: pytest 8 doesn't start with the pluggy of 2022.
            as_of = max(as_of, self.releases.current_until("pytest", request.pytest))
            requirements.append(f"pytest=={request.pytest}")
        lifted = dict.fromkeys((request.client, *CLIENTS[request.client].needs), self.releases.refreshed)
        if request.as_of is not None:
            as_of, lifted = end_of_day(request.as_of), {}
        else:
            # What a suite names by its version is that version, whenever it came out.
            preferred = request.preferences if request.requirements else ()
            named = find_pinned((*request.requirements, *preferred)) - {"pytest", *lifted}
            lifted |= dict.fromkeys(named, FOREVER)
        requirements += request.requirements
        for line in read_further(request.pins, request.client):
            requirements.append(line)
            lifted[canonicalize_name(Requirement(line).name)] = FOREVER
        return Question(
            python=interpreter.version,
            implementation=interpreter.implementation,
            platform=platform_tag(),
            uv=self.uv.version,
            requirements=tuple(sorted(requirements)),
            as_of=as_of,
            exceptions=tuple(sorted(lifted.items())),
            constraints=request.constraints if request.requirements else (),
            preferences=request.preferences if request.requirements else (),
        )

    def _later(self, question: Question) -> tuple[Question, ...]:
        """The question with packages of today, but for pytest; then with that as well."""
        then = tuple(sorted((*question.exceptions, ("pytest", question.as_of))))
        today = msgspec.structs.replace(question, as_of=self.releases.refreshed)
        return msgspec.structs.replace(today, exceptions=then), today

    def _answer(self, question: Question, interpreter: Interpreter) -> ResolverAnswer:
        """The answer on disk, otherwise uv's."""
        kept = self.folder / f"{question.digest}.json"
        try:
            return msgspec.json.decode(kept.read_bytes(), type=ResolverAnswer)
        except (OSError, msgspec.MsgspecError):
            answer = ask(self.uv, question, interpreter)
        if question.is_dated or not answer.reason:
            replace_file(kept, msgspec.json.encode(answer))
        return answer

    def _unresolvable(self, request: EnvironmentRequest, client: str, reason: str) -> Unresolvable:
        return Unresolvable(request=request, id=environment_id(request, client), reason=reason)


def ask(uv: Uv, question: Question, interpreter: Interpreter) -> ResolverAnswer:
    """One resolver call. Raises what `read_outcome` raises."""
    if not question.constraints and not question.preferences:
        return read_outcome(_run(uv, question, interpreter, ()))
    with tempfile.TemporaryDirectory() as folder:
        # An earlier output is what uv keeps to where it can; it writes the new one there.
        constraints, output = Path(folder, "constraints.txt"), Path(folder, "output.txt")
        constraints.write_text("\n".join(question.constraints), encoding="utf-8")
        output.write_text("\n".join(question.preferences), encoding="utf-8")
        options = ("--constraint", str(constraints), "--output-file", str(output))
        done = _run(uv, question, interpreter, options)
        done.stdout = output.read_text(encoding="utf-8")
    return read_outcome(done)


def _run(
    uv: Uv, question: Question, interpreter: Interpreter, options: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    return uv.run(
        [
            *("pip", "compile", "-", "--python", interpreter.executable, *options),
            *(() if question.building else ("--only-binary", ":all:")),
            *("--no-header", "--no-annotate"),
            *("--resolution", "highest", "--prerelease", "if-necessary-or-explicit"),
            *("--exclude-newer", _stamp(question.as_of)),
            *(
                argument
                for name, until in question.exceptions
                for argument in ("--exclude-newer-package", f"{name}={_stamp(until)}")
            ),
        ],
        stdin="\n".join(question.requirements),
    )


def read_outcome(done: subprocess.CompletedProcess[str]) -> ResolverAnswer:
    """What came of a resolver call. Raises `InfrastructureError` when it failed for another reason."""
    if done.returncode == 0:
        return ResolverAnswer(freeze=normalize_freeze(done.stdout.splitlines()))
    if "Failed to build" in done.stderr and "Failed to fetch" not in done.stderr:
        return ResolverAnswer(reason=clean_reason(done.stderr))
    if "No solution found" not in done.stderr or "network was disabled" in done.stderr:
        raise InfrastructureError(
            f"The resolver failed: {clean_reason(done.stderr)}",
            remedy="Check that the package index can be reached, then run again.",
        )
    if "was filtered by `exclude-newer`" in done.stderr and "published at" not in done.stderr:
        raise InfrastructureError(
            "The package index doesn't say when files were uploaded, so nothing can be resolved as of a time.",
            remedy="Set UV_DEFAULT_INDEX to an index that does (`upload-time`, PEP 700).",
        )
    return ResolverAnswer(reason=clean_reason(done.stderr))


def clean_reason(text: str) -> str:
    """The resolver's words as one paragraph, without headings, advice on its own options, addresses and paths."""
    text = re.sub(r"^(error: No solution found.*|\s*(error|cause|hint):)", "", text, flags=re.MULTILINE)
    text = re.sub(r"\(i\.e\., with [^)]*\)", "", text)
    text = re.sub(r"Consider [^\n]*", "", text)
    text = re.sub(r"\w+://[^\s`'\",)]*[^\s`'\",).]", "<address>", text)
    text = re.sub(r"(?<![\w.<>*/])(?:[A-Za-z]:[\\/]|~?/)[\w.\-+@~\\/]+[\w\-+@~\\/]", "<path>", text)
    return " ".join(text.split())


def normalize_freeze(lines: Iterable[str]) -> tuple[str, ...]:
    """Sorted "name==version" with canonical names. Environment markers don't apply: it is for one Python."""
    pairs = (line.split(";")[0].split("==") for line in lines if "==" in line)
    return tuple(sorted(f"{canonicalize_name(name.strip())}=={version.strip()}" for name, version in pairs))


def end_of_day(day: str) -> datetime:
    """The last second of `"2024-05-18"`, UTC."""
    return datetime.combine(date.fromisoformat(day), time(23, 59, 59), UTC)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
