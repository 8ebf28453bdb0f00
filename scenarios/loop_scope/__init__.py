"""How long the event loops of fixtures and tests live."""

from harness.catalogue.value import Axis

AXIS = Axis(
    question="How long do the event loops of fixtures and tests live?",
    order=5,
    default="unset",
    first=("unset", "fixture", "session", "mixed"),
)
