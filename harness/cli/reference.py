"""Writes `docs/cli.md` from the declaration: `python -m harness.cli.reference`."""

from __future__ import annotations

from pathlib import Path

from harness.cli.app import COMPLETION, make_app
from harness.cli.commands import GROUPS, TASKS
from harness.invocation import SCRIPT

FILE = Path(__file__).parents[2] / "docs" / "cli.md"

INTRODUCTION = f"""\
<!-- Written by `python -m harness.cli.reference`. -->

# Commands

```console
{SCRIPT} COMMAND [OPTIONS]
```

In a checkout each command is a nox session too, with its options after `--`: `nox -s matrix -- --profile smoke`.
`{SCRIPT} COMMAND --help` shows what is below, `{SCRIPT} --version` the version, and `{SCRIPT} {COMPLETION}` installs
completion for your shell.

"""

TASKS_HEADING = """
## For maintainers

Run these in a checkout, as nox sessions or as modules.

| session | module | what it does |
| --- | --- | --- |
"""


def make_reference() -> str:
    """Every command and option, as Markdown."""
    app = make_app()
    del app[COMPLETION]
    generated = app.generate_docs()
    commands = generated[generated.index(f"**{GROUPS[0]}**") :]
    rows = (f"| `nox -s {one.name}` | `python -m {one.module}` | {one.summary} |\n" for one in TASKS)
    return INTRODUCTION + commands.rstrip("\n") + "\n" + TASKS_HEADING + "".join(rows)


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(make_reference(), encoding="utf-8", newline="\n")
    print(f"Wrote {FILE.parent.name}/{FILE.name}.")
