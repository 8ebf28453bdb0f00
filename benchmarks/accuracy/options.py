"""What the accuracy task takes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from harness.cli.fields import CELLS, FILES, PrintedOptions, option
from harness.cli.values import read_path, read_some_of

PARTS = ("explain", "diagnose", "cells", "cure")
"""Each is a module beside this one, with `measure() -> tuple[Figure, ...]`."""


@dataclass(frozen=True, kw_only=True)
class AccuracyOptions(PrintedOptions):
    """What is measured."""

    parts: Annotated[
        tuple[str, ...],
        Parameter(
            group=CELLS,
            metavar="|".join(PARTS),
            converter=read_some_of(PARTS),
            help="the commands whose answers are checked; all of them if none is named",
        ),
    ] = field(kw_only=False, default=())
    into: Annotated[
        Path | None,
        option("--into DIR", FILES, "folder for the result as JSON; without it, nothing is written", read_path),
    ] = None
