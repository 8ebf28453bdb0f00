"""Who runs the async tests."""

from harness.catalogue.value import Axis

AXIS = Axis(
    question="Who runs the async tests?",
    order=9,
    default="pytest_asyncio",
    first=("pytest_asyncio", "anyio", "unittest"),
    clause="the tests are run by {}",
)
