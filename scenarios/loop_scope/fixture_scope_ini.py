"""The loop of each fixture has the fixture's own scope, as pytest.ini says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="`asyncio_default_fixture_loop_scope = fixture-scope` in pytest.ini, and nothing for the tests",
    phrase="each fixture's own, by an option",
    sources=(
        "https://pytest-asyncio.readthedocs.io/en/stable/reference/configuration.html",
        "https://pytest-asyncio.readthedocs.io/en/stable/reference/changelog.html",
    ),
    needs=(Needs("pytest-asyncio>=1.5", "the option's value `fixture-scope` came with pytest-asyncio 1.5"),),
)


def build(draft: Draft) -> None:
    """The option alone."""
    draft.options.append("asyncio_default_fixture_loop_scope = fixture-scope")
