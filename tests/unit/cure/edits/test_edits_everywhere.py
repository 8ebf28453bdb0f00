"""What holds of every edit: its result compiles, it changes nothing the second time, and names are unique."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.catalogue.loading import load_catalogue
from harness.cure.edits.listing import list_edits
from harness.habits.reading import read_habits
from tests.unit.cure.edits.editing import make_target

if TYPE_CHECKING:
    from harness.catalogue.cell import Cell
    from harness.catalogue.target import Target
    from harness.cure.model import Content

CATALOGUE = load_catalogue()
ANY_CELL = st.fixed_dictionaries({axis: st.sampled_from(names) for axis, names in CATALOGUE.value_names.items()}).map(
    CATALOGUE.cell
)


def check(content: Content, target: Target) -> int:
    offered = list_edits(content, read_habits(content), target)
    assert len({each.name for each in offered}) == len(offered)
    assert len({each.title for each in offered}) == len(offered)
    for candidate in offered:
        changed = candidate.change(content)
        assert changed is not None, candidate.name
        assert set(changed) >= set(content), candidate.name
        for file, data in changed.items():
            if file.endswith(".py"):
                compile(data, file, "exec", dont_inherit=True)
        assert candidate.change(changed) is None, candidate.name
    return len(offered)


@given(ANY_CELL, st.sampled_from(("0.17.2", "0.21.2", "0.23.8", "0.24.0", "1.0.0", "1.5.0")))
@settings(max_examples=25, deadline=None)
def test_an_edit_of_a_rendered_cell_compiles_and_changes_nothing_the_second_time(cell: Cell, plugin: str) -> None:
    target = make_target(plugin, uvloop="0.22.1")
    if CATALOGUE.not_applicable(cell, target) is None:
        files = CATALOGUE.suite(cell, target)
        check({name: text.encode() for name, text in files.items()}, target)
