"""What the corpus takes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from harness.cli.fields import CELLS, FILES, PrintedOptions, Repeat, option
from harness.cli.values import read_path, read_texts


@dataclass(frozen=True, kw_only=True)
class CorpusOptions(PrintedOptions):
    """What is compared, and how often it is run."""

    names: Annotated[
        tuple[str, ...],
        option(
            "--project NAME", CELLS, "this project or shape; may be given several times; without it, all", read_texts
        ),
    ] = ()
    repeat: Annotated[Repeat, Parameter(help="run each project this many times by each side")] = 2
    into: Annotated[
        Path | None,
        option(
            "--into DIR",
            FILES,
            "folder for the result as Markdown and JSON, such as results/corpus; without it, nothing is written",
            read_path,
        ),
    ] = None
