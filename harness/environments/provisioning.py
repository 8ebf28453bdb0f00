"""Creating environments: the same set of packages on the same Python is one folder on disk, used by every command."""

from __future__ import annotations

import contextlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.utils import canonicalize_name

from harness.cache import find_cache_root, require_cache
from harness.environments.copies import (
    allow_building,
    find_copy_interpreter,
    has_same_abi,
    list_installed,
    resolve_copy,
)
from harness.environments.describing import add_packages, describe_environment, describe_existing, find_key
from harness.environments.downloading import add_downloaded
from harness.environments.existing import digest_files, inspect_python
from harness.environments.identity import environment_id
from harness.environments.interpreters import discover, find_for_minor
from harness.environments.linking import link_rest
from harness.environments.model import AddedPackages, Built, Environment, EnvironmentRequest, Interpreter, Unresolvable
from harness.environments.packages import PackageFiles
from harness.environments.relaxing import require_named
from harness.environments.releases import load_releases
from harness.environments.resolving import Resolver, normalize_freeze
from harness.environments.shared_files import hold_lock
from harness.environments.uv_tool import Uv, find_uv
from harness.errors import InfrastructureError
from harness.files import replace_file
from harness.packages import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.environments.model import ExistingEnvironment
    from harness.environments.releases import Releases

MANIFEST = "environment.json"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`environment.json`, written last: a folder without it is unfinished."""

    digest: str
    executable: str  # the interpreter it was made from
    freeze: tuple[str, ...]


class Provisioner:
    """Gives each request its environment, creating what isn't there yet.

    Safe to call from threads, and from several processes with the same `root`: one of them creates an environment, the
    others wait for it. An environment that is there is handed out without starting any process. The Pythons that
    `download` names are downloaded if they aren't there; raises `NoInterpreterError` where that fails.
    """

    def __init__(
        self,
        *,
        interpreters: Iterable[Interpreter] | None = None,
        download: Iterable[str] = (),
        releases: Releases | None = None,
        root: Path | None = None,
        uv: Uv | None = None,
    ) -> None:
        self.releases = releases or load_releases()
        self.root = root or require_cache()
        self.uv = uv or find_uv()
        self.interpreters = tuple(discover().found if interpreters is None else interpreters)
        self.interpreters = add_downloaded(download, self.interpreters, self.uv)
        self.apart: set[Path] = set()  # folders that a run writes to: what is in them is no code of any environment

    @cached_property
    def packages(self) -> PackageFiles:
        """The files from which environments are put together."""
        return PackageFiles(find_packages_folder(self.root), self.uv)

    @cached_property
    def resolver(self) -> Resolver:
        """The resolver, its answers kept beside the environments."""
        return Resolver(uv=self.uv, releases=self.releases, folder=self.root / "resolutions")

    def provide(self, request: EnvironmentRequest, packages: tuple[str, ...] = ()) -> Built | Unresolvable:
        """The environment for `request`, or the resolver's reason why there can be none.

        `packages` are in it as well, where they can be had. Raises what `describe` and `build` raise.
        """
        described = self.describe(request, (packages,))
        return described if isinstance(described, Unresolvable) else self.build(request, described, packages)

    def describe(
        self, request: EnvironmentRequest, asked: Iterable[tuple[str, ...]] = ()
    ) -> Environment | Unresolvable:
        """What the environment for `request` is or would be, or the resolver's reason why there can be none.

        `asked` are the packages that cells ask for: they are the environment's additions.

        Raises `NoInterpreterError`, `UnknownNameError` and `UsageError` for a request that makes no sense here,
        `InfrastructureError` when the index can't be reached or the disk is full.
        """
        base = self._describe(request)
        wanted = sorted({packages for packages in asked if packages})
        if isinstance(base, Unresolvable) or not wanted:
            return base
        with ThreadPoolExecutor(len(wanted)) as pool:  # what is not known yet is waited for, most of the time
            additions = tuple(pool.map(partial(self._describe_addition, request, base), wanted))
        return msgspec.structs.replace(base, additions=additions)

    def build(self, request: EnvironmentRequest, environment: Environment, packages: tuple[str, ...] = ()) -> Built:
        """The environment that `describe` described for `request`, created if it isn't there.

        With `packages`, it is the folder that has these as well: they are one of the environment's additions.

        Raises `InfrastructureError` when the index can't be reached, the disk is full, or what was installed isn't
        what was asked for.
        """
        addition = environment.find_addition(packages)
        if addition is None or not addition.freeze:
            python = self._build(request, environment)
        elif request.existing is None:
            python = self._build(request, add_packages(environment, addition))
        else:
            more = _request_more(request, packages)
            described = self._describe(more)
            assert isinstance(described, Environment), "as it was when the addition was described"
            python = self._build(more, described)
        return Built(request=request, environment=environment, python=python)

    def _build(self, request: EnvironmentRequest, environment: Environment) -> Path:
        """The interpreter of an environment, created if it isn't there."""
        if request.existing is not None and not request.copied:
            return Path(request.existing.interpreter.executable)
        key = find_key(environment)
        folder = find_environments_folder(self.root) / key
        with _report_disk_errors(request):
            _mark_used(folder)
            if not is_complete(folder, key):
                with hold_lock(find_lock_file(self.root, key), given_up=lambda: self.uv.programs.stopped):
                    if not is_complete(folder, key):
                        self._create(folder, key, request, environment)
        return find_python(folder)

    def mark(self, variables: Mapping[str, str]) -> None:
        """Whatever it starts from now on has these variables, by which a guardian finds it."""
        self.uv.programs.mark(variables)

    def stop(self) -> None:
        """End what is being provided: `provide` raises `InfrastructureError`, now and from now on. For any thread."""
        self.uv.programs.stop()

    def _describe(self, request: EnvironmentRequest) -> Environment | Unresolvable:
        """The environment without additions."""
        if request.existing is not None:
            return self._describe_existing(request, request.existing)
        interpreter = find_for_minor(self.interpreters, request.python)
        with _report_disk_errors(request):
            resolution = self.resolver.resolve(request, interpreter)
        if isinstance(resolution, Unresolvable):
            return resolution
        return describe_environment(request, interpreter, resolution)

    def _describe_addition(
        self, request: EnvironmentRequest, base: Environment, packages: tuple[str, ...]
    ) -> AddedPackages:
        """What is installed for these packages, or why it can't be. Of an environment of the user's, in a copy."""
        if request.existing is None:
            interpreter = find_for_minor(self.interpreters, request.python)
            with _report_disk_errors(request):
                return self.resolver.resolve_addition(request, base.freeze, packages, interpreter)
        described = self._describe(_request_more(request, packages))
        if isinstance(described, Unresolvable):
            return AddedPackages(packages=packages, reason=described.reason)
        moved = sorted({*base.freeze} - {*described.freeze})
        if moved:
            return AddedPackages(packages=packages, reason=f"It doesn't go with {', '.join(moved)}.")
        return AddedPackages(packages=packages, freeze=tuple(sorted({*described.freeze} - {*base.freeze})))

    def _describe_existing(
        self, request: EnvironmentRequest, existing: ExistingEnvironment
    ) -> Environment | Unresolvable:
        """The environment as it is, or its copy."""
        interpreter, freeze = existing.interpreter, existing.freeze
        if request.copied:
            interpreter = find_copy_interpreter(request, self.interpreters)
            with _report_disk_errors(request):
                answer = resolve_copy(self.uv, self.root / "resolutions", request, interpreter)
            if answer.reason:
                require_named(request, answer.reason)
                return Unresolvable(request=request, id=environment_id(request, NONE), reason=answer.reason)
            freeze = answer.freeze
        return describe_existing(request, interpreter, freeze, digest_files(existing, apart=self.apart))

    def _create(self, folder: Path, key: str, request: EnvironmentRequest, environment: Environment) -> None:
        # Made in place, not moved there when done: byte code and scripts hold the path they were made at.
        try:
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            if request.existing is None:
                interpreter = find_for_minor(self.interpreters, request.python)
            else:
                interpreter = find_copy_interpreter(request, self.interpreters)
            self.uv.require("venv", "--no-project", "--python", interpreter.executable, str(folder))
            # Older releases of uv add a hook that mends distutils; it would sit in front of every import.
            for hook in find_site_packages(folder).glob("_virtualenv.*"):
                hook.unlink()
            self._fill(folder, request, interpreter, environment.freeze)
            manifest = Manifest(digest=key, executable=interpreter.executable, freeze=environment.freeze)
            replace_file(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _fill(
        self, folder: Path, request: EnvironmentRequest, interpreter: Interpreter, freeze: tuple[str, ...]
    ) -> None:
        """Put the packages into a new virtual environment. What suites require may have to be built."""
        if request.existing is not None:
            self._copy(folder, request, request.existing, freeze)
        else:
            if request.requirements:
                self._install(folder, freeze, None)
            else:
                self.packages.link(freeze, interpreter, find_site_packages(folder), find_python(folder))
            verify(folder, freeze)

    def _copy(
        self, folder: Path, request: EnvironmentRequest, existing: ExistingEnvironment, freeze: tuple[str, ...]
    ) -> None:
        interpreter = find_copy_interpreter(request, self.interpreters)
        installed = list_installed(request, freeze, interpreter)
        answer = resolve_copy(self.uv, self.root / "resolutions", request, interpreter)
        self._install(folder, installed, answer.built)
        # The links come last: what is installed is never written through one.
        same = has_same_abi(interpreter, existing)
        link_rest(existing, find_site_packages(folder), find_python(folder), installed, same=same)
        compare_freeze(inspect_python(find_python(folder)).freeze, freeze)

    def _install(self, folder: Path, freeze: tuple[str, ...], built: Iterable[str] | None) -> None:
        """Install these packages, those of `built` from source, the others from wheels; None: where there are any."""
        if not freeze:
            return
        self.uv.require(
            *("pip", "install", "--python", str(find_python(folder)), "--no-deps"),
            *(() if built is None else ("--only-binary", ":all:", *allow_building(built))),
            *("--compile-bytecode", "-r", "-"),
            stdin="\n".join(freeze),
        )


def _request_more(request: EnvironmentRequest, packages: tuple[str, ...]) -> EnvironmentRequest:
    """A copy of the user's environment, or the copy that was asked for anyway, with these packages."""
    return msgspec.structs.replace(request, copied=True, pins=tuple(sorted((*request.pins, *packages))))


@contextlib.contextmanager
def _report_disk_errors(request: EnvironmentRequest) -> Iterator[None]:
    """An error of the system in the cache folder becomes an `InfrastructureError`."""
    try:
        yield
    except OSError as error:
        raise InfrastructureError(
            f"The environment for pytest-asyncio {request.plugin} on Python {request.python} can't be kept: "
            f"{error.strerror}.",
            remedy="Make room, or set VALKEY_LOOP_MATRIX_CACHE to a folder that can be written to.",
        ) from error


def find_environments_folder(root: Path) -> Path:
    """Where the cache `root` holds environments, each in a folder named like its digest. May not exist yet."""
    return root / "environments"


def find_packages_folder(root: Path) -> Path:
    """Where the cache `root` holds the files from which environments are put together. May not exist yet."""
    return root / "packages"


def find_lock_file(root: Path, digest: str) -> Path:
    """Who creates or removes the environment holds this lock."""
    return root / "locks" / f"{digest}.lock"


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of the environment in `folder`, None where it is unfinished."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        return None


def is_complete(folder: Path, digest: str) -> bool:
    """Whether `folder` holds that environment, finished, and the interpreter it was made from is still there."""
    manifest = read_manifest(folder)
    # On Windows the environment's python.exe is there even when the interpreter that it starts is gone.
    return (
        manifest is not None
        and manifest.digest == digest
        and Path(manifest.executable).exists()
        and find_python(folder).exists()
    )


def _mark_used(folder: Path) -> None:
    """The manifest's time is when the environment was last used. In a cache that can't be written to it stays."""
    with contextlib.suppress(OSError):
        os.utime(folder / MANIFEST)


def find_python(folder: Path) -> Path:
    """The interpreter of the virtual environment in `folder`."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def find_site_packages(folder: Path) -> Path:
    """Where the packages of the virtual environment in `folder` are."""
    if os.name == "nt":
        return folder / "Lib" / "site-packages"
    return next((folder / "lib").glob("*/site-packages"))


def verify(folder: Path, freeze: tuple[str, ...]) -> None:
    """Raises `InfrastructureError` unless exactly `freeze` is installed in `folder`, byte-compiled."""
    packages = find_site_packages(folder)
    found = metadata.distributions(path=[str(packages)])
    compare_freeze(normalize_freeze(f"{canonicalize_name(each.name)}=={each.version}" for each in found), freeze)
    if not any((packages / "_pytest" / "__pycache__").glob("*.pyc")):
        raise InfrastructureError("The installed packages weren't byte-compiled.", remedy=_name_remedy())


def compare_freeze(installed: tuple[str, ...], freeze: tuple[str, ...]) -> None:
    """Raises `InfrastructureError` unless both are the same."""
    if installed != freeze:
        wrong = ", ".join(sorted(set(installed) ^ set(freeze)))
        raise InfrastructureError(f"What was installed isn't what was asked for: {wrong}.", remedy=_name_remedy())


def _name_remedy() -> str:
    packages = find_packages_folder(find_cache_root())
    return f"Run again; if it stays so, remove {packages}, and clear uv's cache with `uv cache clean`."
