"""What the tests of launchers share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.processes.guardian import Guardian

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def guardian() -> Iterator[Guardian]:
    """Watches over the processes of one module's tests."""
    with Guardian() as guardian:
        yield guardian
