"""anyio's pytest plugin runs the tests and the async fixtures."""

from harness.catalogue.value import Excludes, Needs, Value

VALUE = Value(
    meaning="anyio's pytest plugin runs the async tests and fixtures, on asyncio",
    phrase="anyio's plugin",
    sources=(
        "https://anyio.readthedocs.io/en/stable/testing.html",
        "https://github.com/pytest-dev/pytest-asyncio/issues/706",
    ),
    needs=(Needs("anyio", "anyio has no release for this Python"),),
    excludes=(
        Excludes("loop_scope != unset", "loop scopes are pytest-asyncio's; anyio's loop lives as long as its fixtures"),
        Excludes("asyncio_mode = plain_fixture", "anyio's async fixtures are under plain `pytest.fixture` anyway"),
        Excludes("creation_site = event_loop_fixture", "`event_loop` is a fixture of pytest-asyncio"),
        Excludes(
            "loop_policy in (policy_fixture, loop_factories, factory_choice, event_loop_override)",
            "pytest-asyncio's own fixtures and hooks say nothing to anyio; its `anyio_backend` chooses the loop",
        ),
    ),
    installs=("anyio",),
)
