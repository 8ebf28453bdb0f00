"""The stories of a run as text and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from harness.diagnose.wording import list_some
from harness.invocation import command_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.diagnose.model import RunStory, Story

MOST = 10
"""Stories that are printed without `--all`."""


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
