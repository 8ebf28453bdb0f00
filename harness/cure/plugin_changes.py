"""Changes that only pytest-asyncio makes sense of, for a suite that doesn't ask for it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.cure.patches import list_changed_lines, make_patch
from harness.environments.identity import PLUGIN
from harness.habits.plugin_use import has_other_runner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.cure.model import Candidate, Content
    from harness.habits.model import Habits

_SIGNS = re.compile(r"pytest_asyncio|\.mark\.asyncio\b|\basyncio_(mode|default_)|\bdef event_loop")
"""What stands in a line that a suite without the plugin can't have, or that does nothing there."""


def fit_without_plugin(candidates: Iterable[Candidate], content: Content, habits: Habits) -> tuple[Candidate, ...]:
    """The candidates for a suite that doesn't ask for pytest-asyncio: what needs that says that it must be installed.

    Where something else runs the async tests, there are no such changes.
    """
    return tuple(_fit(candidates, content, drop=has_other_runner(habits)))


def drop_releases(versions: Iterable[Sequence[Candidate]]) -> tuple[Sequence[Candidate], ...]:
    """The groups without those of pytest-asyncio."""
    return tuple(group for group in versions if all(name != PLUGIN for one in group for name, _ in one.versions))


def _fit(candidates: Iterable[Candidate], content: Content, *, drop: bool) -> Iterator[Candidate]:
    for one in candidates:
        if not _needs_plugin(one, content):
            yield one
        elif not drop:
            yield replace(one, title=f"install {PLUGIN} and {one.title}")


def _needs_plugin(candidate: Candidate, content: Content) -> bool:
    after = candidate.change(content)
    changed = list_changed_lines(make_patch(content, after)) if after is not None else ()
    return any(line.startswith("+") and _SIGNS.search(line) for _, line in changed)
