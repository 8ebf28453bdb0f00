"""All tests run in one process."""

from harness.catalogue.value import Value

VALUE = Value(
    meaning="one process runs all tests",
    phrase="one process",
    sources=("https://docs.pytest.org/en/stable/",),
)
