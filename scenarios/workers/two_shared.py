"""Two workers of pytest-xdist use the same database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Excludes, Needs, Value
from harness.catalogue.workers import ALONE, NEW_PROCESS, OWN_WORK, XDIST, add_workers

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="two workers of pytest-xdist run the tests, file by file, on one database",
    phrase="two workers on one database",
    sources=(
        "https://pytest-xdist.readthedocs.io/en/stable/how-to.html",
        "https://github.com/dbfixtures/pytest-redis/issues/571",
    ),
    needs=(Needs("pytest-xdist", "pytest-xdist has no release for this Python"),),
    excludes=(Excludes("workload != get_set", OWN_WORK),),
    new_process=NEW_PROCESS,
    installs=(XDIST,),
    alone=ALONE,
)


def build(draft: Draft) -> None:
    """Both workers take VALKEY_URL as it is."""
    add_workers(draft)
