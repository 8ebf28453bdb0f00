"""`--executor`: which one it is. Dask is imported for its own alone."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from harness.cli.options import EXECUTORS
from harness.errors import UsageError
from harness.pipeline.executor import Threads

if TYPE_CHECKING:
    from harness.cli.options import MatrixOptions
    from harness.pipeline.executor import Executor


def choose_executor(options: MatrixOptions) -> Executor:
    """Where it runs. Raises `UsageError` for options that don't go together."""
    if options.executor == EXECUTORS[0]:
        if options.scheduler:
            raise UsageError("--scheduler is for a Dask cluster.", remedy="Add --executor dask.")
        return Threads(download=options.downloads)
    # Not imported above: hardly any run is on a cluster.
    dask = import_module("harness.dask.executor")
    dask.require_spreadable(options)
    executor: Executor = dask.DaskExecutor(options.scheduler)
    return executor
