"""Who tells pytest-asyncio which functions are its own."""

from harness.catalogue.value import Axis

AXIS = Axis(
    question="Who tells pytest-asyncio which functions are its own?",
    order=6,
    default="strict",
    first=("strict", "auto", "plain_fixture"),
    clause="the mode is {}",
)
