"""Files are as private as the umask asks: no more open, and no more closed."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from harness.evidence.model import Evidence
from harness.evidence.store import EvidenceStore
from harness.files import replace_file
from harness.store.writing import RunWriter
from tests.unit.store.made_up_results import header

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(os.name == "nt", reason="needs a umask")
@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o027, 0o640), (0o022, 0o644), (0o002, 0o664)])
def test_what_a_run_writes_has_the_mode_that_the_umask_asks_for(mask: int, mode: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        replace_file(tmp_path / "table.md", b"")
        EvidenceStore(tmp_path).put(Evidence())
        with RunWriter(tmp_path / "results", header()):
            pass
    finally:
        os.umask(before)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {mode}
