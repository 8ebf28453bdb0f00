"""Two workers of pytest-xdist have a database each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Excludes, Needs, Value
from harness.catalogue.workers import ALONE, NEW_PROCESS, OWN_WORK, XDIST, add_workers

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="two workers of pytest-xdist run the tests, file by file, each on a database that its number chooses",
    phrase="two workers with a database each",
    sources=(
        "https://pytest-xdist.readthedocs.io/en/stable/how-to.html",
        "https://github.com/mozilla/treeherder/pull/9665",
    ),
    needs=(Needs("pytest-xdist", "pytest-xdist has no release for this Python"),),
    excludes=(Excludes("workload != get_set", OWN_WORK),),
    new_process=NEW_PROCESS,
    installs=(XDIST,),
    alone=ALONE,
    server="own",
)

CHOOSING = """
# A database of its own for each worker, counted from the one in VALKEY_URL on.
server, _, number = os.environ["VALKEY_URL"].rpartition("/")
worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
os.environ["VALKEY_URL"] = f"{server}/{int(number) + int(worker[2:])}"
"""


def build(draft: Draft) -> None:
    """The conftest of the whole suite chooses, which is imported before any other."""
    add_workers(draft)
    draft.conftest.head.append(CHOOSING.strip("\n"))
    draft.conftest.imports.add("import os")
