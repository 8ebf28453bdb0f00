"""How the client is put away."""

from harness.catalogue.value import Axis

AXIS = Axis(
    question="How is the client put away?",
    order=4,
    default="aclose",
    core=True,
    first=("none", "aclose", "close", "async_with"),
    clause="its cleanup is {}",
)
