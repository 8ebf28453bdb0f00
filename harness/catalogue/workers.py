"""What suites have in common that pytest-xdist runs in two workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

XDIST = "pytest-xdist"
NEW_PROCESS = "the workers of pytest-xdist are processes of their own"
ALONE = "a suite takes seconds, since its workers must meet, and what it shows depends on who flushes, not on loops"
OWN_WORK = "what the tests do has to last until the other worker is at its own, so it isn't another workload's"

MEETING = '''
@pytest.fixture(scope="session", autouse=True)
def both_started(tmp_path_factory, worker_id):
    """Let the first tests of both workers begin at the same time, however long a worker took to start."""
    if worker_id == "master":
        return
    folder = tmp_path_factory.getbasetemp().parent
    (folder / worker_id).touch()
    deadline = time.monotonic() + 30  # a run of a part may have no second one
    while len(list(folder.glob("gw*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
'''
"""The folder that all workers of a run share is where pytest-xdist's documentation puts what they agree on."""


def add_workers(draft: Draft) -> None:
    """Two workers, and tests long enough to meet.

    `loadfile` gives the first module to one of them and the other two to the other. The first test keeps a key for as
    long as those of the other worker take together; these wait while they have no key, so nobody's flush can hit them.
    """
    draft.options.append("addopts = -n 2 --dist loadfile")
    draft.conftest.add(MEETING, "import time", "import pytest")
    draft.first_work = (
        'await client.set("{key}", "ripe")',
        "await asyncio.sleep(1.2)",
        'assert await client.get("{key}") == b"ripe"',
        draft.delete_key,
    )
    draft.work = (
        "await asyncio.sleep(0.3)",
        'await client.set("{key}", "ripe")',
        'assert await client.get("{key}") == b"ripe"',
        draft.delete_key,
    )
