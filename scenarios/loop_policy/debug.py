"""asyncio's debug mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="asyncio's debug mode, switched on before any loop is made",
    phrase="asyncio's debug mode",
    sources=("https://docs.python.org/3/library/asyncio-dev.html#debug-mode",),
)


def build(draft: Draft) -> None:
    """Loops read the variable when they are made."""
    draft.conftest.imports.add("import os")
    draft.conftest.head.append('os.environ["PYTHONASYNCIODEBUG"] = "1"')
