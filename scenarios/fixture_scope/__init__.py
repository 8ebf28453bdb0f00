"""How long the client fixture lives."""

from harness.catalogue.value import Axis, ValueGroup

AXIS = Axis(
    question="How long does the client fixture live?",
    order=2,
    default="function",
    core=True,
    first=("function", "class", "module", "package", "session"),
    clause="the client's fixture has {} scope",
    groups=(ValueGroup(("class", "module", "package", "session"), "the client's fixture is wider than one test"),),
)
