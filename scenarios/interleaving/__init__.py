"""What happens between the first two async tests."""

from harness.catalogue.value import Axis

AXIS = Axis(
    question="What happens between the first two async tests?",
    order=7,
    default="none",
    first=("none",),
    clause="between the tests is {}",
)
