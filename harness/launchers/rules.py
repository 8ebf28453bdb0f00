"""Which suites the launcher `fork` leaves to `spawn`, and why.

A forked suite finds pytest configured and its session begun; its conftest files are imported only then. Whatever could
tell the difference is listed here, each rule with its reason. What is read is text: nothing of the suite is run.
"""

from __future__ import annotations

import ast
import configparser
import os
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from harness.launchers.model import Job

INI = "pytest.ini"


class SpawnRule(msgspec.Struct, frozen=True, kw_only=True):
    """A suite that mentions one of `names` goes to `spawn`. A name stands for everything below it, too."""

    names: tuple[str, ...]
    reason: str
    early: bool = False  # it matters only in what conftest files do when they are imported


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What is left to `spawn`, as a user is told."""

    what: str
    reason: str


RULES = (
    SpawnRule(
        names=("gc.freeze", "gc.unfreeze", "gc.get_objects", "gc.get_stats", "gc.get_count", "gc.get_freeze_count"),
        reason="what the warm process made is kept from the garbage collector",
    ),
    SpawnRule(
        names=("sys.modules", "sys.meta_path", "sys.dont_write_bytecode"),
        reason="a warm process has imported more than pytest",
    ),
    SpawnRule(names=("os.getppid",), reason="the parent is the warm process"),
    SpawnRule(names=("time.process_time", "resource"), reason="the process's own clock starts with its fork"),
    SpawnRule(names=("ctypes", "cffi"), reason="code outside Python can't be judged"),
    SpawnRule(names=("multiprocessing",), reason="its start methods look at how the process was started"),
    SpawnRule(names=("exec", "eval", "__import__", "importlib", "runpy"), reason="what it runs can't be read"),
    SpawnRule(
        names=("sys.unraisablehook", "sys.excepthook", "threading.excepthook", "faulthandler", "logging", "warnings"),
        reason="pytest sets it up before a forked suite's conftest is imported, otherwise after",
        early=True,
    ),
    SpawnRule(
        names=("sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__", "sys.stdin", "os.dup2", "os.close"),
        reason="pytest has looked at the standard streams before a forked suite's conftest is imported",
        early=True,
    ),
    SpawnRule(
        names=("shutil.rmtree", "shutil.move", "os.remove", "os.unlink", "os.rmdir", "os.rename"),
        reason="a suite whose conftest can't be imported is run again by `spawn`, and has to be as it was",
        early=True,
    ),
    SpawnRule(
        names=("os.putenv", "os.chdir", "os.environ.update", "os.environ.setdefault", "signal"),
        reason="pytest has looked at the process before a forked suite's conftest is imported",
        early=True,
    ),
)

WRITES = "pytest writes byte code with it, but not in a forked suite"

LATE_HOOKS = (
    *("pytest_asyncio_", "pytest_collect", "pytest_pycollect_", "pytest_ignore_collect", "pytest_itemcollected"),
    *("pytest_generate_tests", "pytest_make_parametrize_id", "pytest_runtest", "pytest_fixture_", "pytest_pyfunc_call"),
    *("pytest_assertion_", "pytest_assertrepr_", "pytest_exception_interact", "pytest_report_teststatus"),
    *("pytest_terminal_summary", "pytest_sessionfinish", "pytest_unconfigure", "pytest_warning_recorded"),
    *("pytest_deselected", "pytest_modifyitems", "pytest_markeval_namespace"),
)
"""Starts of the names of hooks that are called after the fork. A conftest file with any other goes to `spawn`."""

INI_OPTIONS = frozenset(
    {
        *("asyncio_mode", "asyncio_default_fixture_loop_scope", "asyncio_default_test_loop_scope", "asyncio_debug"),
        *("filterwarnings", "markers"),
    }
)
"""Options whose value is read when it is used, or means the same before the suite's files are there."""

OTHER_CONFIGURATION = (
    "pytest.toml",
    ".pytest.toml",
    ".pytest.ini",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
    "setup.py",
)


def listed() -> tuple[Left, ...]:
    """Every rule there is."""
    mentions = (
        Left(
            what=f"{', '.join(rule.names)} in {'a file that is not a test module' if rule.early else 'any file'}",
            reason=rule.reason,
        )
        for rule in RULES
    )
    return (
        *mentions,
        Left(
            what="an assignment to os.environ, but for PYTHONASYNCIODEBUG, in a file that is not a test module",
            reason="pytest has looked at it before a forked suite's conftest is imported",
        ),
        Left(what="an assignment to an attribute of os, in a file that is not a test module", reason=WRITES),
        Left(
            what=f"a conftest hook whose name does not start with {', '.join(LATE_HOOKS)}",
            reason="it is called before a suite is forked",
        ),
        Left(what="pytest_plugins", reason="the plugins are to be there before pytest starts"),
        Left(
            what=f"an option in {INI} other than {', '.join(sorted(INI_OPTIONS))}",
            reason="its value may depend on the suite's files",
        ),
        Left(what=f"a filter in {INI} for a warning that may be the suite's own", reason="it is imported too early"),
        Left(what=f"one of the files {', '.join(OTHER_CONFIGURATION)}", reason="pytest looks for it before the fork"),
        Left(what=f"no {INI}", reason="pytest looks for its configuration in the folders above"),
        Left(what="pytest arguments of its own", reason="the warm process was started with others"),
        Left(what="a module of a name that the warm process has imported", reason="it would not be imported any more"),
        Left(what="a conftest that can't be imported or parsed", reason="only a new process fails as pytest does then"),
        Left(what="a package that warns when it is imported", reason="importing it early hides its warning"),
        Left(
            what="a suite at whose end there are finalizers of its own, log handlers or callbacks of weak references",
            reason="a fork's shutdown finalizes them when modules that they use may be gone",
        ),
        Left(
            what="on Python 3.8 and 3.9, a suite at whose end something isn't closed or awaited, and one with uvloop",
            reason="a fork's shutdown there doesn't say all that a process's does",
        ),
    )


def left_to_spawn(job: Job) -> str | None:
    """Why the job's suite is run by `spawn`; None if it may be forked. Raises `OSError` if it can't be read."""
    if job.arguments:
        return "it has pytest arguments of its own"
    return reason_to_spawn(_read(job.suite))


def reason_to_spawn(files: Mapping[str, str]) -> str | None:
    """Why a suite with these files, {relative path: text}, is run by `spawn`; None if it may be forked."""
    for name in OTHER_CONFIGURATION:
        if name in files:
            return f"it has a file {name}, which pytest looks for before it is forked"
    if INI not in files:
        return f"without {INI} pytest looks for its configuration in the folders above"
    return _judged_ini(files[INI]) or next(_judged_files(files), None)


def shadowed(suite: Path, modules: Collection[str]) -> str | None:
    """Why the suite must go to `spawn` because of a module that it has and that the warm process has imported."""
    names = {path.name.removesuffix(".py") for path in suite.iterdir() if path.suffix == ".py" or path.is_dir()}
    both = sorted(names.intersection(modules))
    return f"its {both[0]} stands before a module of that name that is imported already" if both else None


@lru_cache(maxsize=64)
def _judged_ini(text: str) -> str | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        return f"its {INI} can't be read: {error}"
    options: Mapping[str, str] = parser["pytest"] if parser.has_section("pytest") else {}
    for name in options:
        if name not in INI_OPTIONS:
            return f"its {INI} sets {name}, which may depend on the suite's files"
    for line in options.get("filterwarnings", "").splitlines():
        _, _, category, *_ = *line.split(":"), "", "", ""
        if "." in category and not category.startswith("pytest."):
            return f"its {INI} names the warning {category}, which may be the suite's own"
    return None


def _read(suite: Path) -> dict[str, str]:
    """The files that rules look at. Raises `OSError`."""
    top = str(suite)
    texts = {}
    for folder, _, names in os.walk(top):
        inside = folder[len(top) + 1 :].replace(os.sep, "/")
        for name in names:
            if name.endswith(".py") or (not inside and name in (INI, *OTHER_CONFIGURATION)):
                # A path's own `read_text` takes twice the time, and each cell's suite is read.
                with open(f"{folder}/{name}", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
                    texts[f"{inside}/{name}" if inside else name] = file.read()
    return texts


def _judged_files(files: Mapping[str, str]) -> Iterator[str]:
    """Why files of the suite keep it from being forked."""
    for path in sorted(path for path in files if path.endswith(".py")):
        early = not path.rpartition("/")[2].startswith("test_")
        said = _judged_text(files[path], early)
        if said is not None:
            yield f"{path}: {said}"


@lru_cache(maxsize=4096)
def _judged_text(text: str, early: bool) -> str | None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return "it can't be parsed" if early else None
    names = set(_names(tree))
    for rule in RULES:
        for name in rule.names:
            if (early or not rule.early) and any(each == name or each.startswith(name + ".") for each in names):
                return f"{name}: {rule.reason}"
    return _judged_statements(tree) if early else None


def _judged_statements(tree: ast.Module) -> str | None:
    """Hooks and assignments by which pytest and the process are set up."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.name.startswith("pytest_") and not node.name.startswith(LATE_HOOKS):
                return f"{node.name} is called before a suite is forked"
        elif isinstance(node, ast.Name) and node.id == "pytest_plugins":
            return "its plugins are to be there before pytest starts"
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load) and _is_environ(node):
            return "os.environ: pytest has looked at it before a forked suite's conftest is imported"
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _dotted(node.value) == "os":
            return f"os.{node.attr}: {WRITES}"
    return None


def _is_environ(node: ast.Subscript) -> bool:
    """Whether it is a variable of the process, but none that only asyncio reads, and each time it makes a loop."""
    if isinstance(node.slice, ast.Constant) and node.slice.value == "PYTHONASYNCIODEBUG":
        return False
    return _dotted(node.value) in ("os.environ", "environ")


def _names(tree: ast.Module) -> Iterator[str]:
    """Dotted names that are mentioned or imported; `from os import chdir` is `os.chdir`, by whatever name."""
    others = dict(_renamed(tree))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Name)):
            first, dot, rest = _dotted(node).partition(".")
            yield others.get(first, first) + dot + rest
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _renamed(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What `import gc as collector` makes of a name: (`collector`, `gc`)."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            above = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            yield from ((alias.asname, above + alias.name) for alias in node.names if alias.asname)


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return f"{_dotted(node.value)}.{node.attr}"
        case _:
            return ""
