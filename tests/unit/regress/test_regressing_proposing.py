"""`regress --propose`: what it writes is refused until the reasons are there, and then excuses just what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.errors import UsageError
from harness.regress.expected_file import Cells, read_expected
from harness.regress.proposing import propose_entries
from tests.unit.regress.made_up_regress import NEW, OLD, TODAY, judged, run_of
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, LEAKS, MASKED, REMOVED

if TYPE_CHECKING:
    from pathlib import Path

    from harness.verdicts.model import Verdict

CATALOGUE = load_catalogue()
SMOKE = [cell.id for cell in list_profile_cells(CATALOGUE, load_profile("smoke"))]


def becomes(cell: str) -> tuple[Verdict, Verdict]:
    """Differences of every kind: by a rule, without one, gone, and no longer to be expressed."""
    if "event_loop_fixture" in cell:
        return CLEAN, REMOVED
    if "module_global" in cell:
        return LEAKS, MASKED
    if "shared_pool" in cell:
        return MASKED, CLEAN
    if cell == "default/function/async_fixture/none":
        return CLEAN, DIFFERENT
    return CLEAN, CLEAN


BEFORE, AFTER = ({cell: becomes(cell)[side] for cell in SMOKE} for side in (0, 1))


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "expected.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_entries_without_reasons_are_refused_and_with_them_excuse_all_that_was_found(tmp_path: Path) -> None:
    cells = Cells(CATALOGUE, ["suite:mine"])
    before, after = run_of({**BEFORE, "suite:mine": CLEAN}, OLD), run_of({**AFTER, "suite:mine": LEAKS}, NEW)
    found = judged(before, after)
    assert found.comparison.changed > 10
    draft = propose_entries(found.comparison, TODAY)
    with pytest.raises(UsageError, match="the reason is empty"):
        read_expected(write(tmp_path, draft), cells)
    entries = read_expected(write(tmp_path, draft.replace('reason = ""', 'reason = "so it is"')), cells)
    assert len(entries) == len(found.comparison.groups)
    again = judged(before, after, *entries)
    assert not again.comparison.changed
    assert not any(entry.unused for entry in again.entries)


def test_entries_excuse_nothing_else_on_other_versions_and_to_other_outcomes(tmp_path: Path) -> None:
    found = judged(run_of(BEFORE, OLD), run_of(AFTER, NEW))
    draft = propose_entries(found.comparison, TODAY).replace('reason = ""', 'reason = "so it is"')
    assert 'pytest-asyncio = "==1.0.0"' in draft
    entries = read_expected(write(tmp_path, draft), Cells(CATALOGUE, ()))
    worse = {cell: DIFFERENT if verdict == MASKED else verdict for cell, verdict in AFTER.items()}
    moved = sum("module_global" in cell for cell in SMOKE)
    assert judged(run_of(BEFORE, OLD), run_of(worse, NEW), *entries).comparison.changed == moved
