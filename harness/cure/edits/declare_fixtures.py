"""An async fixture is declared with the plugin's decorator, without which strict mode doesn't run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cure.edits.decorators import change_fixture, use_plugin
from harness.cure.edits.editing import Edit, Modules, Spot, rewrite_functions, spot_of
from harness.cure.edits.source import ASYNCIO_FIXTURE, Function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import libcst as cst

    from harness.cure.edits.code import SuiteCode


def find_plain(code: SuiteCode) -> Iterator[Spot]:
    """Async fixtures with pytest's decorator. In auto mode the plugin takes them anyway."""
    if not code.facts.auto and code.facts.target.meets("pytest-asyncio>=0.17"):
        yield from (spot_of(each) for each in code.fixtures if each.is_async and each.maker != ASYNCIO_FIXTURE)


def declare(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    wanted = {(each.file, each.key) for each in spots}
    chosen = [each for each in code.fixtures if (each.file, each.key) in wanted]
    imports = {each.file: each.names.spell(ASYNCIO_FIXTURE) for each in chosen}
    changed: dict[str, cst.Module] = {}
    for file, spelled in imports.items():
        own: dict[Function, Callable[[cst.FunctionDef], cst.FunctionDef]] = {
            each: declare_one(each) for each in chosen if each.file == file
        }
        changed |= rewrite_functions(code, own, () if spelled else ("import pytest_asyncio",))
    return changed


def declare_one(fixture: Function) -> Callable[[cst.FunctionDef], cst.FunctionDef]:
    return lambda node: change_fixture(fixture, node, use_plugin(fixture))


EDITS = (
    Edit(
        name="declare_fixture",
        title="declare {} with pytest_asyncio.fixture",
        plural="async fixtures",
        find=find_plain,
        apply=declare,
    ),
)
