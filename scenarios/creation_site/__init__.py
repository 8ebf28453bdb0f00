"""Where the client is made."""

from harness.catalogue.value import Axis

AXIS = Axis(
    question="Where is the client made?",
    order=3,
    default="async_fixture",
    core=True,
    first=("module_global", "class_attribute", "cached_getter", "shared_pool", "sync_fixture", "async_fixture"),
    clause="the client is made {}",
)
