"""Every category a changed cell can be in, and what makes two verdicts the same."""

from __future__ import annotations

import msgspec
import pytest

from harness.compare.categories import Judge
from harness.compare.model import ChangeKind
from harness.verdicts.model import Channel, Status, Verdict
from harness.verdicts.signatures import SignatureCategory
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, LEAKS, MASKED, REMOVED, UNNAMED, only

JUDGE = Judge(
    {
        "leaked-connection": SignatureCategory.LEAK,
        "leaked-task": SignatureCategory.LEAK,
        "deprecation": SignatureCategory.WARNING,
    }
)
WARNS = Verdict(status=Status.WARNS, findings=(only("deprecation"),), pattern=".....")
PUT_AWAY = Verdict(
    status=Status.REPRODUCES, findings=(only("different-loop", Channel.CLEANUP),), pattern=DIFFERENT.pattern
)
GONE = Verdict(status=Status.INFRASTRUCTURE, reason="the server has gone")
NOWHERE = Verdict(status=Status.UNRESOLVABLE, reason="no version fits")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (CLEAN, CLEAN, ChangeKind.SAME),
        (REMOVED, REMOVED, ChangeKind.SAME),
        (CLEAN, DIFFERENT, ChangeKind.APPEARED),
        (CLEAN, WARNS, ChangeKind.APPEARED),
        (LEAKS, DIFFERENT, ChangeKind.APPEARED),
        (DIFFERENT, CLEAN, ChangeKind.DISAPPEARED),
        (UNNAMED, LEAKS, ChangeKind.DISAPPEARED),
        (DIFFERENT, MASKED, ChangeKind.OTHER_ERROR),
        (DIFFERENT, UNNAMED, ChangeKind.OTHER_ERROR),
        (DIFFERENT, PUT_AWAY, ChangeKind.OTHER_CHANNEL),
        (CLEAN, REMOVED, ChangeKind.INEXPRESSIBLE),
        (REMOVED, DIFFERENT, ChangeKind.EXPRESSIBLE),
        (CLEAN, GONE, ChangeKind.MISSING),
        (NOWHERE, CLEAN, ChangeKind.MISSING),
    ],
)
def test_a_cell_is_in_one_category(before: Verdict, after: Verdict, expected: ChangeKind) -> None:
    assert JUDGE.category((before,), (after,)) is expected


def test_a_side_that_disagrees_with_itself_is_unstable_whatever_the_other_says() -> None:
    assert JUDGE.category((CLEAN, DIFFERENT), (CLEAN,)) is ChangeKind.UNSTABLE
    assert JUDGE.category((CLEAN,), (CLEAN, CLEAN, DIFFERENT)) is ChangeKind.UNSTABLE


def test_samples_that_cannot_be_relied_on_are_left_aside() -> None:
    assert JUDGE.category((GONE, CLEAN), (CLEAN, GONE)) is ChangeKind.SAME


def test_the_same_error_in_other_tests_is_a_change() -> None:
    later = msgspec.structs.replace(DIFFERENT, pattern="FFFFF")
    assert JUDGE.category((DIFFERENT,), (later,)) is ChangeKind.OTHER_ERROR


def test_texts_and_what_stands_beside_an_error_do_not_count() -> None:
    texts = msgspec.structs.replace(
        DIFFERENT,
        findings=(*(msgspec.structs.replace(one, sample="another text") for one in DIFFERENT.findings),),
    )
    beside = msgspec.structs.replace(
        DIFFERENT, findings=(*DIFFERENT.findings, only("deprecation"), only("leaked-connection"))
    )
    assert JUDGE.category((DIFFERENT,), (texts,)) is ChangeKind.SAME
    assert JUDGE.category((DIFFERENT,), (beside,)) is ChangeKind.SAME


def test_a_leak_more_in_a_cell_without_errors_is_a_change() -> None:
    more = msgspec.structs.replace(LEAKS, findings=(*LEAKS.findings, only("leaked-task")))
    assert JUDGE.category((LEAKS,), (more,)) is ChangeKind.OTHER_ERROR
