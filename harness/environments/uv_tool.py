"""Finding uv, and running it so that only the harness decides what it does."""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from importlib import metadata
from typing import TYPE_CHECKING

import msgspec

from harness.environments.programs import Programs
from harness.environments.unreleased import find_folders
from harness.errors import InfrastructureError, UvMissingError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence

# Where packages come from, and how to get there, is the user's business; what is resolved and installed is not.
KEPT_SETTINGS = (
    "UV_CACHE_DIR",
    "UV_CONCURRENT",
    "UV_CONFIG_FILE",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_HTTP",
    "UV_INDEX",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_LINK_MODE",
    "UV_NATIVE_TLS",
    "UV_OFFLINE",
    "UV_PYPY_INSTALL_MIRROR",
    "UV_PYTHON_DOWNLOADS_JSON_URL",
    "UV_PYTHON_INSTALL",
    "UV_SYSTEM_CERTS",
)
# PYTHONDONTWRITEBYTECODE would make the byte compiler write nothing; the others lead to a Python nobody named.
DROPPED = ("UV_", "PYTHON", "VIRTUAL_ENV", "CONDA_")


class Uv(msgspec.Struct, frozen=True):
    """A uv executable, and the processes of it that run."""

    path: str
    version: str
    programs: Programs = msgspec.field(default_factory=Programs)

    def run(self, arguments: Sequence[str], *, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run uv in an empty environment of its own. Never downloads a Python. Raises `UvMissingError`.

        It runs in the folder for temporary files, as uv reads the configuration of the project it is called in.
        """
        return self._run(("--quiet", *arguments), stdin, {})

    def require(self, *arguments: str, stdin: str = "") -> None:
        """The same; raises `InfrastructureError` where uv fails."""
        done = self.run(arguments, stdin=stdin)
        if done.returncode:
            raise InfrastructureError(
                f"`uv {arguments[0]}` failed: {' '.join(done.stderr.split())}",
                remedy="Check the network connection and the room on the disk, then run again.",
            )

    def build(self, arguments: Sequence[str], variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """The same as `run` with these variables, and with what a build backend prints in standard error."""
        return self._run(arguments, "", variables)

    def install_python(self, request: str) -> subprocess.CompletedProcess[str]:
        """Download a Python, such as `cpython@3.14`, into uv's own folder, and put it nowhere else."""
        command = ["python", "install", "--no-bin", "--no-registry", request]
        return self._start([self.path, "--color=never", "--no-progress", *command], "", {})

    def _run(
        self, arguments: Sequence[str], stdin: str, variables: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return self._start([self.path, "--color=never", "--no-python-downloads", *arguments], stdin, variables)

    def _start(
        self, command: Sequence[str], stdin: str, variables: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        environment = {**make_clean_environment(os.environ), **variables}
        if folders := find_folders(stdin):
            environment["UV_FIND_LINKS"] = ",".join(filter(None, (environment.get("UV_FIND_LINKS"), *folders)))
        try:
            return self.programs.run(command, stdin=stdin, environment=environment, folder=tempfile.gettempdir())
        except OSError as error:
            raise make_missing_error(f"uv doesn't start: {error.strerror}.") from error


def find_uv() -> Uv:
    """The uv that is installed beside the harness, otherwise the one on PATH. Raises `UvMissingError`."""
    try:
        return Uv(importlib.import_module("uv").find_uv_bin(), metadata.version("uv"))
    except (FileNotFoundError, ImportError):
        path = shutil.which("uv")
    if path is None:
        raise make_missing_error("uv can't be found.")
    words = Uv(path, "").run(["--version"]).stdout.split()
    if len(words) < 2:
        raise make_missing_error(f"{path} doesn't say its version.")
    return Uv(path, words[1])


def make_missing_error(problem: str) -> UvMissingError:
    """The error for a uv that isn't there or doesn't start."""
    return UvMissingError(problem, remedy="Install it with `python -m pip install uv`.")


def make_clean_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """`variables` without those that change what uv resolves, installs or compiles.

    The Pythons that uv starts read and write UTF-8: those that compile are given paths, which uv writes so, and on
    Windows would read them in the code page.
    """
    kept = {
        name: value
        for name, value in variables.items()
        if name.upper().startswith(KEPT_SETTINGS) or not name.upper().startswith(DROPPED)
    }
    return {**kept, "PYTHONUTF8": "1"}
