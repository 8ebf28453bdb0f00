"""How long the client fixture lives."""

from harness.catalogue.value import Axis

AXIS = Axis(
    question="How long does the client fixture live?",
    order=2,
    default="function",
    core=True,
    first=("function", "class", "module", "package", "session"),
)
