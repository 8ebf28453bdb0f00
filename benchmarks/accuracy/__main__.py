"""`python -m benchmarks.accuracy`: check the answers of commands on what is known to be right."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import msgspec

import harness
from benchmarks.accuracy.model import Accuracy, AccuracyPart
from benchmarks.accuracy.options import PARTS, AccuracyOptions
from benchmarks.accuracy.tables import make_tables
from harness.cli.app import make_task_app
from harness.cli.commands import TASKS
from harness.cli.main import run_program
from harness.errors import ExitCode
from harness.files import replace_file
from harness.output.printing import print_json, print_tables
from harness.pipeline.settings import describe_machine
from harness.pipeline.storage import RESULTS_REMEDY, report_storage_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.accuracy.model import Figure

MODULE = "benchmarks.accuracy"


def run(options: AccuracyOptions) -> int:
    """Measure, print, write; 1 where a goal isn't reached."""
    parts = tuple(AccuracyPart(name=name, figures=find_measure(name)()) for name in options.parts or PARTS)
    machine = describe_machine()
    accuracy = Accuracy(harness=harness.__version__, machine=f"{machine.system}, {machine.cores} cores", parts=parts)
    if options.into is not None:
        with report_storage_errors("The accuracy's result", options.into, RESULTS_REMEDY):
            options.into.mkdir(parents=True, exist_ok=True)
            replace_file(options.into / "accuracy.json", msgspec.json.format(msgspec.json.encode(accuracy)) + b"\n")
    if options.json:
        print_json(msgspec.to_builtins(accuracy))
    else:
        print_tables(*make_tables(accuracy))
    met = all(figure.met for part in parts for figure in part.figures)
    return ExitCode.DONE if met else ExitCode.DIFFERENCES


def find_measure(part: str) -> Callable[[], tuple[Figure, ...]]:
    """The function that measures one part; a part that isn't asked for isn't imported."""
    measure: Callable[[], tuple[Figure, ...]] = importlib.import_module(f"{MODULE}.{part}").measure
    return measure


def main() -> int:
    """Run it, and return an exit code."""
    (task,) = (task for task in TASKS if task.module == MODULE)
    return run_program(make_task_app(AccuracyOptions, task), run, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
