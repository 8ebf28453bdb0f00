from __future__ import annotations

import msgspec
import pytest

from harness.analysis.label import find_hidden, join_labels, label
from harness.verdicts.model import Channel, Finding, Role, Status, Unnamed, Verdict
from harness.verdicts.signatures import SignatureCategory
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, LEAKS, MASKED, REMOVED, UNNAMED, masked, only

CATEGORIES = {
    "leaked-connection": SignatureCategory.LEAK,
    "leaked-keys": SignatureCategory.LEAK,
    "task-destroyed": SignatureCategory.LEAK,
    "deprecation": SignatureCategory.WARNING,
    "hang": SignatureCategory.OUTCOME,
    "crash": SignatureCategory.OUTCOME,
}


def reproduces(*findings: Finding) -> Verdict:
    return Verdict(status=Status.REPRODUCES, findings=tuple(sorted(findings)))


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (CLEAN, "clean"),
        (LEAKS, "leaks connection"),
        (MASKED, "loop-closed←different-loop"),
        (DIFFERENT, "different-loop"),
        (REMOVED, "n/a"),
        (UNNAMED, "fails KeyError"),
        (Verdict(status=Status.WARNS, findings=(only("deprecation"),)), "warns deprecation"),
        (Verdict(status=Status.INFRASTRUCTURE, reason="disk full"), "infrastructure"),
        (reproduces(only("hang")), "hang"),
        (reproduces(only("different-loop"), only("leaked-connection"), only("deprecation")), "different-loop"),
        (reproduces(only("loop-closed", Channel.CLEANUP)), "cleanup: loop-closed"),
        (reproduces(only("scope-mismatch"), only("loop-closed", Channel.CLEANUP)), "scope-mismatch"),
        (reproduces(only("a"), only("b"), only("c"), only("d")), "a, b +2"),
        (reproduces(only("a"), only("hang"), only("b"), only("z")), "a, b +1, hang"),
        (reproduces(*masked("loop-closed", "a"), only("hang", Channel.CLEANUP)), "loop-closed←a, hang"),
        (reproduces(only("loop-closed", Channel.CLEANUP), only("hang")), "hang"),
        (reproduces(only("a", Channel.CLEANUP), only("hang", Channel.CLEANUP)), "cleanup: a, hang"),
        (reproduces(only("hang", Channel.CLEANUP), only("leaked-keys")), "cleanup: hang"),
        (msgspec.structs.replace(UNNAMED, findings=(only("crash"),)), "fails KeyError, crash"),
        (Verdict(status=Status.LEAKS), "leaks"),
    ],
)
def test_a_verdict_in_a_few_words(verdict: Verdict, text: str) -> None:
    assert label(verdict, CATEGORIES) == text


def test_a_surface_error_is_joined_only_to_a_root_met_in_the_same_test() -> None:
    surface, root = masked("loop-closed", "different-loop")
    elsewhere = Finding(signature="hang", channel=Channel.BODY, role=Role.ROOT, tests=("test_b.py::test_nine",))
    verdict = reproduces(surface, root, elsewhere)
    assert label(verdict, CATEGORIES) == "loop-closed←different-loop, hang"
    assert find_hidden(verdict) == {("loop-closed", "different-loop")}


def test_an_error_without_a_name_says_its_class_and_no_escape_sequence() -> None:
    odd = Unnamed(channel=Channel.BODY, type="some.module.Bad\x1b[31mError", text="")
    assert label(Verdict(status=Status.FAILS, unnamed=(odd,)), {}) == "fails BadError"


def test_repeated_samples_carry_counts() -> None:
    assert join_labels(["clean"]) == "clean"
    assert join_labels(["clean"] * 5) == "clean 5/5"
    assert join_labels(["loop-closed", "clean", "loop-closed"]) == "loop-closed 2/3 · clean 1/3"
