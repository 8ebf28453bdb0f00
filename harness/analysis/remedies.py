"""What the suites of a run lack, and the command that adds all of it."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from harness.analysis.explanations import Explanation, Surroundings, explain_suite
from harness.analysis.missing_table import ExplainedSuite
from harness.cache import find_cache_root
from harness.cli.fields import StoredOptions
from harness.cli.given import write_options, write_sides
from harness.environments.provisioning import find_environments_folder
from harness.invocation import command_line
from harness.launchers.variables import is_let_through, names_server
from harness.output.printing import short_path
from harness.suites.lacks import UNKNOWN, LackKind
from harness.suites.offers import find_environment_to_offer
from harness.suites.suite import Suite
from harness.suites.target import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from harness.catalogue.cell import Cell
    from harness.cli.fields import RunOptions
    from harness.evidence.store import EvidenceStore
    from harness.store.model import Results, Run
    from harness.suites.subject import Subject

    Explained = tuple[ExplainedSuite, ...]


def explain_suites(
    name: str, options: RunOptions, cells: Iterable[Cell | Subject], results: Results, store: EvidenceStore
) -> Explained:
    """Those of the suites that lack something, each with a command `name` that adds it."""
    found = []
    for suite in cells:
        if isinstance(suite, Suite) and suite.conditions is not None:
            explanation = explain_suite(suite, results.runs, store, _Surrounding(options, suite))
            if explanation is not None:
                found.append(_write_commands(name, options, suite, explanation))
    return tuple(found)


class _Surrounding:
    """What a suite finds in the environment of a run."""

    def __init__(self, options: RunOptions, suite: Suite) -> None:
        self._folder = options.environment
        self._given = {variable for variable, _ in suite.conditions.variables} if suite.conditions else set()

    def __call__(self, run: Run) -> Surroundings:
        environment = run.header.environment
        folders = [find_environments_folder(find_cache_root()) / environment.digest] if environment else []
        return Surroundings(
            installed=environment.installed if environment else {},
            modules=frozenset(_list_modules([*folders, *([self._folder] if self._folder else [])])),
            variables=lambda name: (
                name in self._given or names_server(name) or (is_let_through(name) and name in os.environ)
            ),
            inherited=frozenset(os.environ),
        )


def _list_modules(folders: Iterable[Path]) -> Iterator[str]:
    """Top-level modules and packages that are installed in virtual environments."""
    for folder in folders:
        for pattern in ("lib/*/site-packages/*", "Lib/site-packages/*"):
            yield from (path.name.partition(".")[0] for path in folder.glob(pattern))


def _write_commands(name: str, options: RunOptions, suite: Suite, explanation: Explanation) -> ExplainedSuite:
    added = [word for lack in explanation.lacks for word in lack.options]
    # `diagnose` takes suites without a flag.
    before = [] if name == "diagnose" else [*write_sides(options), "--suite"]

    def write(*without: str) -> list[str]:
        return [*before, *write_run(options, suite, without=without)]

    offered = None if options.environment else find_environment_to_offer(suite.folder)
    kinds = {lack.kind for lack in explanation.lacks}
    variables = [word for lack in explanation.lacks if lack.kind is LackKind.VARIABLE for word in lack.options]
    own = ["--environment", short_path(offered), *variables] if offered and kinds != {LackKind.VARIABLE} else []
    return ExplainedSuite(
        explanation=explanation,
        command=_write_command(name, [*write(), *_drop_repeated(added)]) if added else "",
        with_environment=_write_command(name, [*write("requirements", "install"), *own]) if own else "",
    )


def write_run(options: RunOptions, suite: Suite, *, without: Collection[str] = ()) -> list[str]:
    """The suite, and what one writes behind it to run it as these options do, without the values of secrets."""
    rest = write_options(options, without=("suites", "variables", *without))
    hidden = [word for text in options.variables for word in ("--env", _hide_value(text))]
    return [_write_suite(suite), *rest, *hidden]


def write_results(options: StoredOptions) -> list[str]:
    """The folder in which the same command finds what was measured, unless that is the usual one."""
    return [] if options.results == StoredOptions.results else ["--results", short_path(options.results)]


def _write_suite(suite: Suite) -> str:
    part = suite.id.partition(SEPARATOR)[2]
    return short_path(suite.folder) + (f"{SEPARATOR}{part}" if part else "")


def _hide_value(text: str) -> str:
    """A variable as it was given, but without a value that may be a secret."""
    name, given, value = text.partition("=")
    return f"{name}={UNKNOWN}" if given and "{" not in value else text


def _drop_repeated(words: list[str]) -> list[str]:
    pairs = dict.fromkeys(zip(words[::2], words[1::2], strict=True))
    return [word for pair in pairs for word in pair]


def _write_command(name: str, words: list[str]) -> str:
    return command_line(name, shlex.join(words))
