"""Sessions: one for each command of the harness, and the project's own tests and checks.

Every session runs on the interpreter that runs nox; the interpreters under test are the harness's affair.
"""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path

import nox
from nox.command import CommandFailed
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
PYTHONS = SpecifierSet(PROJECT["project"]["requires-python"])
if not PYTHONS.contains(platform.python_version(), prereleases=True):
    sys.exit(f"This project needs Python {PYTHONS}, but nox runs on {platform.python_version()}: start nox with that.")

sys.path.insert(0, str(ROOT))  # nox does not put the noxfile's folder there when started as `nox`

from docs.examples import AS_INSTALLED  # noqa: E402
from harness.cli.commands import COMMANDS, TASKS  # noqa: E402
from harness.cli.passwords import require_no_password  # noqa: E402
from harness.errors import UsageError  # noqa: E402
from harness.invocation import NOX  # noqa: E402

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True
nox.options.sessions = ["matrix"]

PATIENCE = 30.0
"""Seconds that an interrupted command gets to end its children and to close its files."""

NUDGE = PATIENCE if sys.platform == "win32" else 2.0
"""Seconds until an interrupted command of the harness is ended again, by SIGTERM.

Ctrl-C reaches it by itself, and then it ignores this; a SIGINT for nox alone doesn't. Windows has no second way to ask.
"""


def install(session: nox.Session, *groups: str) -> None:
    """The project's dependencies and those of the groups. The project itself runs from its folder."""
    dependencies = [*PROJECT["project"]["dependencies"], *nox.project.dependency_groups(PROJECT, *groups)]
    session.install(*dependencies, env={"UV_COMPILE_BYTECODE": "1"})


WORKERS = ("-n", "logical", "--maxprocesses", "4", "--dist", "loadfile")
"""How the whole of the tests runs: a file's tests on one worker, because they share what is slow to set up."""


def make_session(name: str, summary: str, *program: str, groups: tuple[str, ...] = ()) -> None:
    """Make the session that runs `python -m PROGRAM …`."""

    def run(session: nox.Session) -> None:
        try:
            require_no_password(session.posargs)  # nox prints what it runs
        except UsageError as error:
            print(f"error: {error}", file=sys.stderr)
            raise SystemExit(error.exit_code) from None
        install(session, *groups)
        try:
            session.run(
                *("python", "-m", *program, *session.posargs),
                stderr=None,  # nox would mix it into standard output
                interrupt_timeout=NUDGE,
                terminate_timeout=PATIENCE,
            )
        except CommandFailed as failure:
            # nox ends with 1 whatever a command ended with, but the harness's exit codes mean something.
            code = getattr(failure, "return_code", None) or 1
            raise SystemExit(code if code > 0 else 128 - code) from None  # 137 for kill -9, as in a shell

    run.__doc__ = summary
    nox.session(name=name)(run)


for _command in COMMANDS:
    make_session(_command.name, _command.summary, "harness", _command.name)
for _task in TASKS:
    make_session(_task.name, _task.summary, _task.module, groups=_task.dependency_groups)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the project's tests; arguments go to pytest. Without a path, all run, on several workers."""
    install(session, "test")
    named = any(Path(argument.partition("::")[0]).exists() for argument in session.posargs)
    paths = () if named else ("tests/unit", "tests/browser", "tests/integration", *WORKERS)
    session.run("python", "-m", "pytest", *paths, *session.posargs, interrupt_timeout=PATIENCE)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting, types as on each of the three systems, and the workflows."""
    install(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    for system in ("linux", "darwin", "win32"):
        # What is for Linux alone is unreachable elsewhere on purpose.
        options = () if system == "linux" else ("--no-warn-unreachable",)
        session.run("mypy", "--platform", system, "--cache-dir", f".mypy_cache/{system}", *options)
    session.run("zizmor", "--offline", "--no-progress", ".github", "action.yml")
    if shutil.which("actionlint"):  # a program of its own, that no package brings without a network
        session.run("actionlint", external=True)
    else:
        session.log("actionlint isn't here: the workflows' expressions are not checked.")


@nox.session
def docs(session: nox.Session) -> None:
    """Build docs/ as a site; with `-- --update`, make the generated pages and the examples anew first."""
    install(session, "docs")
    if "--update" in session.posargs:
        session.run("python", "-m", "docs")
    report = Path("docs", "_extra", "report.html")
    report.parent.mkdir(exist_ok=True)
    # Its readers have installed the program: the page's commands are written for them.
    installed = ("python", "-c", AS_INSTALLED, "report", "results/baseline", "--write", str(report))
    session.run(*installed, env={NOX: None})
    session.run("sphinx-build", "--fail-on-warning", "--keep-going", "--builder", "dirhtml", "docs", "docs/_build")
