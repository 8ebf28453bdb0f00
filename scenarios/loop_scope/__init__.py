"""How long the event loops of fixtures and tests live."""

from harness.catalogue.value import Axis, ValueGroup

ON_SESSION = ("session", "ini_session", "hook_session", "param_session")

AXIS = Axis(
    question="How long do the event loops of fixtures and tests live?",
    order=5,
    default="unset",
    first=("unset", "fixture", "session", "mixed", "fixture_scope_ini", "ini_session"),
    clause="the loop scope is {}",
    groups=(
        ValueGroup(("unset",), "no loop scope is set"),
        ValueGroup(("unset", "mixed"), "no loop scope is set for the tests"),
        ValueGroup(("unset", "mixed", "fixture_scope_ini"), "no loop scope is set for the tests"),
        ValueGroup(("session", "mixed"), "the fixtures run on the session's loop"),
        ValueGroup(("mixed", *ON_SESSION), "the fixtures run on the session's loop"),
        ValueGroup(("fixture", "session"), "the tests' loop lives at least as long as the fixture"),
        ValueGroup(("fixture", *ON_SESSION), "the tests' loop lives at least as long as the fixture"),
        ValueGroup(ON_SESSION, "tests and fixtures run on the session's loop"),
    ),
)
