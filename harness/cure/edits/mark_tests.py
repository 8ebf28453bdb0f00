"""Async tests that nothing marks get the plugin's mark, without which strict mode doesn't run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cure.edits.editing import Edit, Spot
from harness.cure.edits.marks import find_mark, list_async_tests, mark_functions, mark_module

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules
    from harness.cure.edits.source import Function, SourceFile


def find_bare(code: SuiteCode, source: SourceFile) -> list[Function]:
    return [each for each in list_async_tests(source, code.tests) if find_mark(source, each) is None]


def find_unmarked(code: SuiteCode) -> Iterator[Spot]:
    if not code.facts.auto:
        for source in code.files.values():
            if find_bare(code, source):
                yield Spot(source.file, "", f"`{source.file}`")


def mark_all(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    changed = {}
    for spot in spots:
        source = code.files[spot.file]
        bare = find_bare(code, source)
        every = [each for each in code.tests if each.file == spot.file]
        if len(bare) == len(every):
            changed[spot.file] = mark_module(source, source.module, "")
        else:
            changed[spot.file] = mark_functions(source, source.module, dict.fromkeys(bare, ""))
    return changed


EDITS = (
    Edit(
        name="mark_tests",
        title="mark the async tests of {} with pytest.mark.asyncio",
        plural="test modules",
        find=find_unmarked,
        apply=mark_all,
    ),
)
