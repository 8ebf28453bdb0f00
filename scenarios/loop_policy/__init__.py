"""Which event loops the suite runs on, and who decides it."""

from harness.catalogue.value import Axis, ValueGroup

AXIS = Axis(
    question="Which event loops does the suite run on, and who says so?",
    order=1,
    default="default",
    core=True,
    first=("default",),
    clause="conftest has {}",
    groups=(
        ValueGroup(
            ("default", "debug", "windows_proactor", "windows_selector"),
            "the loops are asyncio's and no fixture or hook chooses them",
        ),
    ),
)
