"""What the benchmark takes."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from harness.cli.fields import (
    CELLS,
    BaselineOption,
    Cells,
    PrintedOptions,
    PytestAsyncioVersions,
    PythonVersions,
    Repeat,
    Server,
    StoredOptions,
)
from harness.cli.values import read_some_of

PARTS = ("cells", "runs", "compare", "bisect")


@dataclass(frozen=True, kw_only=True)
class BenchmarkOptions(BaselineOption, PrintedOptions, StoredOptions):
    """What is measured, and on what. An empty tuple means: each part has a choice of its own."""

    parts: Annotated[
        tuple[str, ...],
        Parameter(
            name="--part",
            group=CELLS,
            metavar="|".join(PARTS) + "[,…]",
            converter=read_some_of(PARTS),
            help="what to measure: single cells under each launcher, whole runs of matrix, comparisons of large sets "
            "of results, or a bisection; without it, all",
        ),
    ] = ()
    cells: Cells = ()  # ids
    python_versions: PythonVersions = ()
    pytest_asyncio_versions: PytestAsyncioVersions = ()
    server: Server = None
    repeat: Annotated[
        Repeat, Parameter(help="measure everything this many times, but the run that nothing is cached for once")
    ] = 10
