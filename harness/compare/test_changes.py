"""Which tests of suites that are no cells changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.analysis.suite_tests import ABSENT, describe_row, find_tests
from harness.suites.suite import is_suite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.compare.model import Comparison
    from harness.evidence.store import EvidenceStore
    from harness.store.model import Results
    from harness.verdicts.signatures import SignatureCategory


class TestChange(msgspec.Struct, frozen=True, kw_only=True):
    """A test that did something else in the other environment of a pair."""

    __test__ = False  # for pytest, which takes any class of such a name for a group of tests

    suite: str
    test: str
    pair: int  # place in `Comparison.pairs`
    before: str  # what became of it: `passed`, `failed: different-loop`
    after: str


def find_changed_tests(
    comparison: Comparison, results: Results, store: EvidenceStore, categories: Mapping[str, SignatureCategory]
) -> Iterator[TestChange]:
    """Suite by suite, pair by pair, in the order in which tests ran. `results` are those that were compared."""
    cells = sorted({one.cell for run in results.runs for one in run.outcomes if is_suite(one.cell)})
    for cell in cells:
        seen = find_tests(results, cell, store, categories)
        for place, one in enumerate(comparison.pairs):
            if one.pair.before is None or one.pair.after is None:
                continue
            digests = one.pair.before.digest, one.pair.after.digest
            for test, became in seen.items():
                before, after = describe_row([became.get(digest) or [ABSENT] for digest in digests])
                if before != after:
                    yield TestChange(suite=cell, test=test, pair=place, before=before, after=after)
