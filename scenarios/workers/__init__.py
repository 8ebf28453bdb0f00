"""How many processes share the tests, and what they share."""

from harness.catalogue.value import Axis

AXIS = Axis(
    question="How many processes run the tests, and what do they share?",
    order=10,
    default="one",
    first=("one",),
    clause="the tests run in {}",
)
