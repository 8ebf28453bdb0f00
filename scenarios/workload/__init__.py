"""What a test does with its client."""

from harness.catalogue.value import Axis

AXIS = Axis(
    question="What does a test do with its client?",
    order=8,
    default="get_set",
    first=("get_set",),
    clause="a test's work is {}",
)
