"""Which event loops the suite runs on, and who decides it."""

from harness.catalogue.value import Axis

AXIS = Axis(
    question="Which event loops does the suite run on, and who says so?",
    order=1,
    default="default",
    core=True,
    first=("default",),
    clause="conftest has {}",
)
