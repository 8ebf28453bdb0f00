"""pytest-asyncio runs the tests and the async fixtures."""

from harness.catalogue.value import Value

VALUE = Value(
    meaning="pytest-asyncio runs the async tests and fixtures",
    phrase="pytest-asyncio",
    sources=("https://pytest-asyncio.readthedocs.io/en/stable/",),
)
