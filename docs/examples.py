"""Examples in the pages: a command and what it prints, run again so that neither can go stale.

An example is a marker, then a block that starts with a command:

    <!-- example: committed, first 20 -->
    ```console
    $ valkey-loop-matrix compare 0.26.0 1.0.0
    …
    ```

`committed` needs nothing but the committed baseline; `server` runs suites on a real server. `first 20` keeps that many
lines, `from TEXT` starts with the first line that holds the text. The examples of a page run in their order, in one
folder that has the suite of `docs/examples/` as `tests` and the committed baseline, so that one can use what an earlier
one has written.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from harness.cli.passwords import SERVER_VARIABLE
from harness.invocation import NOX, SCRIPT

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
AS_INSTALLED = f"import sys; sys.argv[0] = {SCRIPT!r}; from harness.cli.main import main; sys.exit(main())"
"""Python code of a console script, so that commands in messages are written as in an installation."""

COLUMNS = "90"
"""As many as fit beside the site's navigation."""

OMITTED = "…"

BLOCK = re.compile(
    r"<!-- example: (?P<kind>committed|server)(?:, from (?P<start>[^>,]+?))?(?:, first (?P<first>\d+))? -->\n"
    r"```console\n\$ (?P<command>.+)\n(?P<output>(?:.*\n)*?)```\n"
)

VARIABLE_PARTS = (
    (re.compile(r"\b(\d+ h |\d+ min )?\d+(\.\d+)? (ms|s|min)\b"), "N s"),
    (re.compile(r"\b\d{8}T\d{6}Z-[0-9a-f]+\b"), "RUN"),
    (re.compile(r"\b(cpython|Python) (\d+\.\d+)\.\d+\b"), r"\1 \2"),
    (re.compile(r"\bfd=\d+|(?<=\('127\.0\.0\.1', )\d+"), "N"),
    (re.compile(r"^  machine .*", re.MULTILINE), "  machine"),
    (re.compile(r"\bserver valkey \d\S*"), "server valkey"),
)
"""What two runs of one command print differently: times, names of runs, sockets, the machine, patch releases."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One example as it stands in a page."""

    kind: str
    command: str
    output: str
    start: str | None
    first: int | None

    @property
    def arguments(self) -> list[str]:
        """What follows the program's name."""
        name, *arguments = shlex.split(self.command)
        if name != SCRIPT:
            raise ValueError(f"An example has to start with {SCRIPT}: {self.command}")
        return arguments

    def shorten(self, printed: str) -> str:
        """The lines that the page shows."""
        lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
        if self.start is not None:
            found = [index for index, line in enumerate(lines) if self.start in line]
            if not found:
                raise ValueError(f"{self.command} prints no line with {self.start!r}.")
            lines = lines[found[0] :]
        if self.first is not None and len(lines) > self.first:
            lines = [*"\n".join(lines[: self.first]).rstrip().splitlines(), OMITTED]
        return "".join(f"{line}\n" for line in lines)


def pages() -> list[Path]:
    """Every page that may have examples: those that are written by hand."""
    return [ROOT / "README.md", ROOT / "docs/index.md", *sorted((ROOT / "docs/guide").glob("*.md"))]


def find_examples(text: str) -> Iterator[Example]:
    """The examples of a page, in their order. A marker without its block is a ValueError."""
    found = [as_example(block) for block in BLOCK.finditer(text)]
    if len(found) != text.count("<!-- example: "):
        raise ValueError("There is a marker of an example that no block follows.")
    yield from found


def as_example(block: re.Match[str]) -> Example:
    """The example that a block of a page is."""
    first = block["first"]
    return Example(
        kind=block["kind"],
        command=block["command"],
        output=block["output"],
        start=block["start"],
        first=int(first) if first else None,
    )


def prepare_folder(folder: Path) -> None:
    """Give the examples of a page what they find: a suite of one's own, and no results but the committed ones."""
    shutil.copytree(ROOT / "docs/examples/tests", folder / "tests")
    shutil.copytree(ROOT / "results/baseline", folder / "results/baseline")  # so that all print the same path


def plain_environment() -> dict[str, str]:
    """The variables of a terminal outside nox, where nothing is set that the program reads."""
    kept = {name: value for name, value in os.environ.items() if name not in {NOX, SERVER_VARIABLE, "FORCE_COLOR"}}
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": COLUMNS, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


def run_example(example: Example, folder: Path) -> str:
    """Run an example's command in a folder and return what the page is to show.

    Exit code 1 is an answer, namely that something differs. Anything above it raises a RuntimeError.
    """
    done = subprocess.run(
        [sys.executable, "-c", AS_INSTALLED, *example.arguments],
        cwd=folder,
        env=plain_environment(),
        encoding="utf-8",
        capture_output=True,
        check=False,
    )
    if done.returncode > 1:
        raise RuntimeError(f"{example.command}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return example.shorten(done.stdout)


def without_variable_parts(output: str) -> str:
    """The output with everything that differs from run to run replaced."""
    for pattern, replacement in VARIABLE_PARTS:
        output = pattern.sub(replacement, output)
    return output


def printed_now(text: str, *kinds: str) -> list[tuple[Example, str]]:
    """The examples of a page that are of the given kinds, each with what its command prints now."""
    with TemporaryDirectory() as folder:
        prepare_folder(Path(folder))
        return [(each, run_example(each, Path(folder))) for each in find_examples(text) if each.kind in kinds]


def updated(text: str, *kinds: str) -> str:
    """The page with the output of its examples of the given kinds as it is now, where that differs."""
    outputs = iter([output for _, output in printed_now(text, *kinds)])

    def replaced(block: re.Match[str]) -> str:
        if block["kind"] not in kinds:
            return block[0]
        now = next(outputs)
        if without_variable_parts(now) == without_variable_parts(block["output"]):
            return block[0]
        begin, end = block.start("output") - block.start(), block.end("output") - block.start()
        return block[0][:begin] + now + block[0][end:]

    return BLOCK.sub(replaced, text)
