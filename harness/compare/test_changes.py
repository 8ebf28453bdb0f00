"""Which tests of suites that are no cells changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.analysis.suite_tests import ABSENT, describe_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.analysis.suites import SuiteView
    from harness.compare.model import Comparison


class TestChange(msgspec.Struct, frozen=True, kw_only=True):
    """A test that did something else in the other environment of a pair."""

    __test__ = False  # for pytest, which takes any class of such a name for a group of tests

    suite: str
    test: str
    pair: int  # place in `Comparison.pairs`
    before: str  # what became of it: `passed`, `failed: different-loop`
    after: str


def find_changed_tests(comparison: Comparison, suites: Iterable[SuiteView]) -> Iterator[TestChange]:
    """Suite by suite, pair by pair, in the order in which tests ran. `suites` hold what was compared."""
    for suite in suites:
        for place, one in enumerate(comparison.pairs):
            if one.pair.before is None or one.pair.after is None:
                continue
            digests = one.pair.before.digest, one.pair.after.digest
            for test, became in suite.seen.items():
                before, after = describe_row([became.get(digest) or [ABSENT] for digest in digests])
                if before != after:
                    yield TestChange(suite=suite.cell, test=test, pair=place, before=before, after=after)
