"""A task group of anyio that a fixture keeps open around the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Excludes, Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="an async fixture yields inside a task group of anyio; the test's producer runs in it",
    phrase="a producer in a task group that a fixture keeps open",
    sources=(
        "https://anyio.readthedocs.io/en/stable/cancellation.html",
        "https://github.com/pytest-dev/pytest-asyncio/issues/1191",
        "https://github.com/frankie567/httpx-ws/issues/78",
    ),
    needs=(Needs("anyio", "anyio has no release for this Python"),),
    excludes=(Excludes("runner = unittest", "a `unittest` suite has no fixtures"),),
    installs=("anyio",),
)


def build(draft: Draft) -> None:
    """The group is entered before the fixture's `yield` and left after it."""
    draft.fixtures.imports.add("import anyio")
    draft.further_fixtures["tasks"] = ("async with anyio.create_task_group() as tasks:", "    yield tasks")
    draft.work = (
        'tasks.start_soon(client.lpush, "{key}", "ripe")',
        'popped = await client.blpop("{key}", timeout=5)',
        'assert popped[1] == b"ripe"',
    )
