"""A client made once, when its module is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a module-level client, made when the module is imported",
    phrase="when its module is imported",
    sources=(
        "https://github.com/redis/redis-py/issues/3351",
        "https://github.com/valkey-io/valkey-py/pull/180",
    ),
)


def build(draft: Draft) -> None:
    """The client is a name in app.py; a fixture hands it to the tests."""
    draft.app.imports.update({"import os", draft.client_import})
    draft.app.head.append(f"client = {draft.new_client}")
    draft.fixtures.imports.add("import app")
    draft.source = ClientSource(expression="app.client")
