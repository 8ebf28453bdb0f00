"""The stories of a run as text and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from harness.analysis.missing_table import describe_missing
from harness.diagnose.drawing import BARS
from harness.diagnose.wording import list_some
from harness.invocation import command_line
from harness.output.table import fold
from harness.output.text import shorten_environment
from harness.suites.suite import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.diagnose.running import ObservedRun
    from harness.diagnose.stories import RunStory, Story

MOST = 10
"""Stories that are printed without `--all`."""


def describe_runs(runs: Sequence[ObservedRun], width: int, *, every: bool, plain: bool) -> Iterator[str]:
    """Of each suite what happened and the drawing, in lines that fit."""
    for run in runs:
        title = (
            f"What happened in {run.suite.id.removeprefix(PREFIX)} on {shorten_environment(run.outcome.environment)}"
        )
        yield title
        yield ("=" if plain else "═") * min(len(title), width)
        yield from fold("\n".join(describe_run(run.story, every=every)), width)
        if drawing := run.draw(width, plain=plain):
            yield ""
            yield from drawing
        yield ""


def is_plain(encoding: str | None) -> bool:
    """Whether a terminal of that encoding lacks the signs that the drawing is made of."""
    try:
        "".join(BARS.values()).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def make_runs_data(runs: Sequence[ObservedRun]) -> list[dict[str, Any]]:
    """Plain data, the same keys for every run."""
    return [
        {
            "suite": run.suite.id,
            "environment": run.outcome.environment,
            "pattern": run.outcome.verdict.pattern,
            "status": run.outcome.verdict.status,
            **make_data(run.story),
            "missing": describe_missing([run.missing] if run.missing else []),
        }
        for run in runs
    ]


def describe_run(run: RunStory, *, every: bool) -> Iterator[str]:
    """Lines, not folded; what follows a heading is indented."""
    yield from run.summary
    shown = run.stories if every else run.stories[:MOST]
    for number, story in enumerate(shown, start=1):
        yield ""
        yield f"{number}. {_describe_heading(story)}"
        yield from (f"   {sentence}" for sentence in story.sentences)
    if len(run.stories) > len(shown):
        yield ""
        yield f"{len(run.stories) - len(shown)} more: --all."
    names = list_explained(run.stories)
    if names:
        yield ""
        yield from (f"More: {command_line('explain', name)}" for name in names)


def list_explained(stories: Sequence[Story]) -> tuple[str, ...]:
    """The signatures at the root of what failed: those that are worth reading about first."""
    return tuple(dict.fromkeys(story.signatures[-1] for story in stories if story.signatures))[:3]


def make_data(run: RunStory) -> dict[str, Any]:
    """Plain data with the same keys each time."""
    data: dict[str, Any] = msgspec.to_builtins(run)
    return data


def _describe_heading(story: Story) -> str:
    times = f" ({story.count:,} times)" if story.count > 1 else ""
    tests = list_some([test.rpartition("/")[2] for test in story.tests])
    where = f": {tests}" if tests else ""
    return f"{story.heading}{times}{where}"
