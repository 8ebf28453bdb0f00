"""Changes between two cells as code."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from harness.catalogue.loading import load_catalogue
from harness.catalogue.rendering import write_suite
from harness.knowledge.code import render_suite, show_change, summarize_change
from harness.pipeline.cells import make_target
from tests.unit.store.made_up_results import environment

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE = load_catalogue()
TARGET = make_target(environment())
CELL = CATALOGUE.parse("default/session/async_fixture/aclose")
PAIRS = [
    ("default/session/async_fixture/aclose", "default/function/async_fixture/aclose"),
    ("default/session/async_fixture/aclose", "default/session/async_fixture/aclose@loop_scope=session"),
    ("default/package/async_fixture/aclose", "default/function/async_fixture/aclose"),
    ("default/function/module_global/none", "default/function/inside_test/async_with"),
    ("default/function/app_lifespan/aclose", "default/function/async_fixture/aclose@asyncio_mode=auto"),
]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_applied_to_the_one_suite_a_change_gives_the_other(before: str, after: str, tmp_path: Path) -> None:
    one, other = CATALOGUE.parse(before), CATALOGUE.parse(after)
    write_suite(render_suite(CATALOGUE, one, TARGET), tmp_path)
    patch = show_change(CATALOGUE, one, other, TARGET)
    subprocess.run(["git", "apply", "--unsafe-paths", "-"], cwd=tmp_path, input=patch.encode(), check=True)
    found = {path.relative_to(tmp_path).as_posix(): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == render_suite(CATALOGUE, other, TARGET)


def test_only_what_differs_is_shown() -> None:
    patch = show_change(CATALOGUE, CELL, CATALOGUE.parse("default/function/async_fixture/aclose"), TARGET)
    changed = [line for line in patch.splitlines() if line[:1] in ("+", "-") and line[:3] not in ("+++", "---")]
    assert changed == ['-@pytest_asyncio.fixture(scope="session")', "+@pytest_asyncio.fixture"]
    assert show_change(CATALOGUE, CELL, CELL, TARGET) == ""


def test_for_reading_a_change_that_is_made_in_several_places_is_shown_once_and_counted() -> None:
    text = summarize_change(CATALOGUE, CELL, CATALOGUE.parse(f"{CELL.id}@loop_scope=session"), TARGET)
    assert text.count('+    @pytest.mark.asyncio(loop_scope="session")') == 1
    assert text.endswith(
        "# and the same in basket/test_items.py (2 places), basket/test_totals.py, orders/test_checkout.py\n"
    )


def test_another_release_changes_the_code_of_the_same_cell() -> None:
    cell = CATALOGUE.parse(f"{CELL.id}@loop_scope=fixture")
    older = make_target(environment("0.23.8"))
    patch = show_change(CATALOGUE, cell, cell, TARGET, after_target=older)
    assert '-    @pytest.mark.asyncio(loop_scope="session")' in patch
    assert '+    @pytest.mark.asyncio(scope="session")' in patch
