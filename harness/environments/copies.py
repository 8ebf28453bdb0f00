"""Copies of environments that users have: the same packages, of which only those that are named move.

What moves is installed into a virtual environment of our own, together with what it needs; the resolver takes the
versions that are there wherever they are enough. Everything else is linked, file by file or folder by folder, to where
it is: so editable projects, packages of private indexes and those that were built there are the same as there, and
nothing is written through a link, since the links are made last.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.environments.identity import PLUGIN, platform_tag, python_name
from harness.environments.interpreters import find_for_minor
from harness.environments.resolving import ResolverAnswer, read_outcome
from harness.files import replace_file
from harness.packages import NONE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from harness.environments.model import (
        Environment,
        EnvironmentRequest,
        ExistingEnvironment,
        ExistingPackage,
        Interpreter,
    )
    from harness.environments.uv_tool import Uv

ANY_VERSION = ">=0.dev0"
"""Of a package whose pre-release is installed: without it the resolver would see no pre-releases."""


_WITHOUT_WHEELS = re.compile(r"([\w.-]+?)(?:==\S+)? (?:has|have) no (?:usable )?wheels")


class CopyQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """One resolver call, complete."""

    python: str
    implementation: str
    platform: str
    uv: str
    requirements: tuple[str, ...]
    installed: tuple[str, ...]  # versions that are taken wherever they are enough
    constraints: tuple[str, ...]  # bounds of what is kept; nothing of what is named
    buildable: tuple[str, ...]  # packages without compiled parts, that may be built where there are no wheels

    @property
    def digest(self) -> str:
        """Names the answer on disk."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:32]


def find_copy_interpreter(request: EnvironmentRequest, interpreters: Iterable[Interpreter]) -> Interpreter:
    """The Python of the copy: the environment's own, unless another is named. Raises `NoInterpreterError`."""
    assert request.existing is not None
    own = request.existing.interpreter
    if request.python in (python_name(own.implementation, own.minor), python_name(own.implementation, own.version)):
        return own
    return find_for_minor(interpreters, request.python)


def list_named(request: EnvironmentRequest) -> dict[str, str]:
    """A requirement for each package that is named, by its name: those that may move."""
    assert request.existing is not None
    there = request.existing.installed
    versions = {PLUGIN: request.plugin, "pytest": request.pytest, request.client: request.client_version}
    named = {
        name: f"{name}=={version}" for name, version in versions.items() if version not in (None, NONE, there.get(name))
    }
    return named | {canonicalize_name(Requirement(line).name): line for line in request.pins}


def has_same_abi(interpreter: Interpreter, existing: ExistingEnvironment) -> bool:
    """Whether what is installed there can be used by this Python."""
    own = existing.interpreter
    return (interpreter.implementation, interpreter.minor) == (own.implementation, own.minor)


def resolve_copy(uv: Uv, folder: Path, request: EnvironmentRequest, interpreter: Interpreter) -> ResolverAnswer:
    """What is installed in the copy, or why there can be none. Answers are kept in `folder`.

    On another Python all packages are resolved for that, since some need others there; what doesn't come from the
    index stays as it is. Raises `InfrastructureError` when the index can't be reached.
    """
    existing = request.existing
    assert existing is not None
    named = list_named(request)
    same = has_same_abi(interpreter, existing)
    kept = {one.name: one.version for one in existing.packages if one.name not in named and (same or one.local)}
    if not same:
        compiled = [f"{one.name} {one.version}" for one in existing.packages if one.name in kept and not _is_pure(one)]
        if compiled:
            own = existing.interpreter
            reason = f"{', '.join(compiled)} comes from no index and is compiled for {own.implementation} {own.minor}."
            return ResolverAnswer(reason=reason)
    rest = [one for one in existing.packages if one.name not in kept and one.name not in named]
    wanted = [*named.values(), *(f"{one.name}{_allow_pre_releases(one.version)}" for one in rest)]
    if not wanted:
        return ResolverAnswer(freeze=existing.freeze)
    question = CopyQuestion(
        python=interpreter.version,
        implementation=interpreter.implementation,
        platform=platform_tag(),
        uv=uv.version,
        requirements=tuple(sorted(wanted)),
        installed=tuple(f"{one.name}=={one.version}" for one in existing.packages if not one.local),
        constraints=tuple(
            sorted(
                line
                for line in set(_list_constraints(existing, kept, interpreter.version))
                if Requirement(line).name not in {*named, *existing.local}
            )
        ),
        buildable=tuple(one.name for one in existing.packages if not one.local and _is_pure(one)),
    )
    answer = _answer(uv, folder, question, interpreter)
    if answer.reason:  # what is named goes before what others ask for
        answer = _answer(uv, folder, msgspec.structs.replace(question, constraints=()), interpreter)
    if answer.reason:
        return answer
    found = dict(each.split("==") for each in answer.freeze)
    local = {name: version for name, version in kept.items() if name in existing.local}
    freeze = tuple(sorted(f"{name}=={one}" for name, one in (kept | found | local).items()))
    return ResolverAnswer(freeze=freeze, built=answer.built)


def list_installed(request: EnvironmentRequest, freeze: Sequence[str], interpreter: Interpreter) -> tuple[str, ...]:
    """What of the copy's packages is installed from the index; the others are linked."""
    existing = request.existing
    assert existing is not None
    named = list_named(request)
    if has_same_abi(interpreter, existing):
        there = {one for one in existing.freeze if one.partition("==")[0] not in named}
    else:
        there = {f"{one.name}=={one.version}" for one in existing.packages if one.local and one.name not in named}
    return tuple(one for one in freeze if one not in there)


def allow_building(packages: Iterable[str]) -> list[str]:
    """Options of uv: these packages are built, all others come as wheels."""
    return [word for name in packages for word in ("--no-binary", name)]


def describe_moves(existing: ExistingEnvironment, copy: Environment) -> tuple[str, ...]:
    """What is another version in the copy; then, a line each, which packages that stayed ask for another."""
    before, after = existing.installed, copy.installed
    moved = [
        f"{name} {before[name]} → {after[name]}" if name in before else f"{name} {after[name]} added"
        for name in sorted(after)
        if before.get(name) != after[name]
    ]
    return (*([", ".join(moved)] if moved else ["nothing moves"]), *_list_unmet(existing, copy))


def _list_unmet(existing: ExistingEnvironment, copy: Environment) -> Iterator[str]:
    before, after = existing.installed, copy.installed
    for one in existing.packages:
        for needed in _list_needs(one, copy.python) if after.get(one.name) == one.version else ():
            name = needed.name
            if name in before and _meets(before[name], needed) and not _meets(after[name], needed):
                yield f"{one.name} {one.version} asks for {name}{needed.specifier}, and {name} {after[name]} is there"


def _list_constraints(existing: ExistingEnvironment, kept: Collection[str], python: str) -> Iterator[str]:
    """What the packages that are kept ask for and have, so that what moves with others goes on fitting them."""
    there = existing.installed
    for one in existing.packages:
        for needed in _list_needs(one, python) if one.name in kept else ():
            if needed.specifier and (needed.name not in there or _meets(there[needed.name], needed)):
                yield f"{needed.name}{needed.specifier}"


def _list_needs(package: ExistingPackage, python: str) -> Iterator[Requirement]:
    """What a package requires on that Python, without extras."""
    where = {"python_version": ".".join(python.split(".")[:2]), "python_full_version": python, "extra": ""}
    for line in package.requires:
        try:
            needed = Requirement(line)
            applies = needed.marker is None or needed.marker.evaluate(where)
        except (InvalidRequirement, InvalidVersion):
            continue
        if applies and not needed.url:
            needed.name = canonicalize_name(needed.name)
            yield needed


def _meets(version: str, needed: Requirement) -> bool:
    try:
        return needed.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False


def _is_pure(package: ExistingPackage) -> bool:
    """Whether it may be used by another Python. One in development mode says nothing about it."""
    wheel = metadata.PathDistribution(Path(package.place)).read_text("WHEEL")
    return wheel is None or "root-is-purelib: true" in wheel.lower()


def _allow_pre_releases(version: str) -> str:
    try:
        return ANY_VERSION if Version(version).is_prerelease else ""
    except InvalidVersion:
        return ""


def _answer(uv: Uv, folder: Path, question: CopyQuestion, interpreter: Interpreter) -> ResolverAnswer:
    """The answer on disk, otherwise uv's. A failure isn't kept: what is released later may end it."""
    kept = folder / f"{question.digest}.json"
    try:
        return msgspec.json.decode(kept.read_bytes(), type=ResolverAnswer)
    except (OSError, msgspec.MsgspecError):
        answer = _ask(uv, question, interpreter)
    if not answer.reason:
        replace_file(kept, msgspec.json.encode(answer))
    return answer


def _ask(uv: Uv, question: CopyQuestion, interpreter: Interpreter) -> ResolverAnswer:
    """uv's answer, with those packages built that may be and have no wheels."""
    built: set[str] = set()
    while True:
        answer = _ask_once(uv, question, interpreter, built)
        without = {canonicalize_name(name) for name in _WITHOUT_WHEELS.findall(answer.reason)}
        if not without & {*question.buildable} - built:
            return msgspec.structs.replace(answer, built=tuple(sorted(built)))
        built |= without & {*question.buildable}


def _ask_once(uv: Uv, question: CopyQuestion, interpreter: Interpreter, built: Iterable[str]) -> ResolverAnswer:
    """One resolver call: the versions in the file that the answer is written to are preferred."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "installed.txt")
        file.write_text("\n".join(question.installed), encoding="utf-8")
        constraints = Path(folder, "constraints.txt")
        constraints.write_text("\n".join(question.constraints), encoding="utf-8")
        done = uv.run(
            [
                *("pip", "compile", "-", "--output-file", str(file), "--python", interpreter.executable),
                *("--only-binary", ":all:", "--no-header", "--no-annotate"),
                *allow_building(built),
                *("--constraint", str(constraints)),
                *("--prerelease", "if-necessary-or-explicit"),
            ],
            stdin="\n".join(question.requirements),
        )
        done.stdout = file.read_text(encoding="utf-8")  # where the answer is; on failure it stays as it was
        return read_outcome(done)
