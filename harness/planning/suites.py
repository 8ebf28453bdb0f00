"""The suites of one's own that the options name."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.suites.conditions import PATIENCE, Conditions
from harness.suites.preparing import find_imported_client, prepare_suite
from harness.suites.suite import load_suites
from harness.suites.variables import read_variables

if TYPE_CHECKING:
    from harness.cli.fields import RunOptions
    from harness.suites.suite import Suite


def read_suites(options: RunOptions) -> tuple[Suite, ...]:
    """The suites, read, with how each is to be run. Raises `UsageError` for what is none."""
    suites = load_suites(options.suites, read_conditions(options)) if options.suites else ()
    if options.environment is not None:
        return tuple(replace(suite, client=options.client or find_imported_client(suite.content)) for suite in suites)
    return tuple(
        prepare_suite(
            suite,
            requirements=options.requirements,
            install=options.install == "project",
            client=options.client,
        )
        for suite in suites
    )


def read_conditions(options: RunOptions) -> Conditions:
    """How suites are run. Raises `UsageError` for what can't be understood."""
    variables = read_variables(options.variables, options.variable_files, os.environ)
    return Conditions(
        arguments=tuple(word for text in options.pytest_arguments for word in _split(text)),
        variables=tuple(sorted(variables.items())),
        ports=options.ports,
        network="host" if options.network == "host" else "own",
        patience=options.limit or PATIENCE,
        longest=options.longest,
    )


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(
            f"--pytest-args: {text!r} can't be split into arguments: {str(error).lower()}.",
            remedy="Write it as for a shell, such as --pytest-args '-k \"one or two\" -x'.",
        ) from None
