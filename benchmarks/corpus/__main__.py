"""`python -m benchmarks.corpus`: run projects by plain pytest and by `matrix --suite`, and compare every test."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

import harness
from benchmarks.corpus.measuring import compare_project
from benchmarks.corpus.model import Corpus
from benchmarks.corpus.options import CorpusOptions
from benchmarks.corpus.projects import choose, load_corpus
from benchmarks.corpus.tables import make_tables
from harness.cli.app import make_task_app
from harness.cli.commands import TASKS
from harness.cli.main import run_program
from harness.errors import ExitCode, UsageError
from harness.files import replace_file
from harness.output.printing import print_aside, print_json, print_tables
from harness.output.table import as_markdown
from harness.pipeline.settings import describe_machine
from harness.pipeline.storage import RESULTS_REMEDY, report_storage_errors
from harness.processes.guardian import Guardian
from harness.processes.networks import find_obstacle

if TYPE_CHECKING:
    from pathlib import Path

MODULE = "benchmarks.corpus"


def run(options: CorpusOptions) -> int:
    """Compare, print, write; 1 where anything differs."""
    projects = choose(load_corpus(), options.names)
    if obstacle := find_obstacle():
        raise UsageError(f"The corpus can't run here: {obstacle}.", remedy="Run it on Linux, where that is allowed.")
    compared = []
    with Guardian() as guardian:
        for project in projects:
            one = compare_project(project, options.repeat, guardian)
            compared.append(one)
            print_aside(f"{one.name}: {one.tests:,} tests, {len(one.differences):,} differ, ratio {one.ratio:.2f}")
    machine = describe_machine()
    corpus = Corpus(
        harness=harness.__version__, machine=f"{machine.system}, {machine.cores} cores", projects=tuple(compared)
    )
    if options.into is not None:
        write(corpus, options.into)
    if options.json:
        print_json(msgspec.to_builtins(corpus))
    else:
        print_tables(*make_tables(corpus))
    return ExitCode.DIFFERENCES if any(one.differences for one in compared) else ExitCode.DONE


def write(corpus: Corpus, folder: Path) -> None:
    """The tables as a page, and all of it as JSON."""
    page = "\n".join(map(as_markdown, make_tables(corpus)))
    with report_storage_errors("The corpus's result", folder, RESULTS_REMEDY):
        replace_file(folder / "corpus.md", page.encode())
        replace_file(folder / "corpus.json", msgspec.json.format(msgspec.json.encode(corpus)) + b"\n")


def main() -> int:
    """Run it, and return an exit code."""
    (task,) = (task for task in TASKS if task.module == MODULE)
    return run_program(make_task_app(CorpusOptions, task), run, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
