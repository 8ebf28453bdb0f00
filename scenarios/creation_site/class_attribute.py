"""A client made in the body of each test class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Excludes, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="an attribute of the test class, made when the class body runs",
    phrase="in the body of the test class",
    sources=("https://docs.pytest.org/en/stable/how-to/fixtures.html",),
    excludes=(
        Excludes(
            "fixture_scope in (module, package, session)",
            "a fixture wider than a class has no test class whose attribute it could read (`request.cls`)",
        ),
    ),
)


def build(draft: Draft) -> None:
    """Each test class makes its client; a fixture reads it from the class that asked."""
    draft.class_lines.append(f"client = {draft.new_client}")
    draft.test_imports.update({"import os", draft.client_import})
    if draft.runner == "unittest":
        draft.source = ClientSource(expression="self.client", where="class")
    else:
        draft.source = ClientSource(expression="request.cls.client", requests=("request",))
