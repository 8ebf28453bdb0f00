"""A hook puts its mark in front, since the first one counts; marks name the loop as the installed release does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.calls import drop_keyword, set_keyword
from harness.cure.edits.editing import Edit, Spot
from harness.cure.edits.marks import replace_nodes
from harness.cure.edits.source import MARK, called, find_keyword, keyword_text
from harness.cure.edits.tree import find_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules
    from harness.cure.edits.source import SourceFile

    FindCalls = Callable[[SourceFile], list[cst.Call]]

ADDING = m.Call(func=m.Attribute(attr=m.Name("add_marker")), args=[m.Arg(), m.ZeroOrMore()])


def find_behind(source: SourceFile) -> list[cst.Call]:
    """The calls that add the plugin's mark behind those that are there."""
    found = []
    calls = find_all(source.module, cst.Call) if b"add_marker" in source.text else []
    for call in calls:
        if not m.matches(call, ADDING):
            continue
        plain = source.names.read(called(call.args[0].value)) == MARK
        if plain and len(call.args) == 1 and find_keyword(call, "append") is None:
            found.append(call)
    return found


def prepend(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    return set_keyword(node, "append", "False")


def find_old_names(source: SourceFile) -> list[cst.Call]:
    """The marks whose loop is named by `scope`, as in 0.23."""
    calls = find_all(source.module, cst.Call) if b"mark.asyncio" in source.text else []
    return [
        each
        for each in calls
        if source.names.read(each.func) == MARK and keyword_text(each, "scope") and not find_keyword(each, "loop_scope")
    ]


def rename(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    scope = keyword_text(node, "scope")
    return set_keyword(drop_keyword(node, "scope"), "loop_scope", f'"{scope}"')


def list_files(code: SuiteCode, find: FindCalls) -> Iterator[Spot]:
    """The files in which there is one."""
    return (Spot(source.file, "", f"`{source.file}`") for source in code.files.values() if find(source))


def find_hooks(code: SuiteCode) -> Iterator[Spot]:
    return list_files(code, find_behind)


def find_renamed(code: SuiteCode) -> Iterator[Spot]:
    return list_files(code, find_old_names) if code.facts.has_loop_scopes() else iter(())


def change_all(
    find: FindCalls, change: Callable[[cst.CSTNode], cst.CSTNode], code: SuiteCode, spots: Sequence[Spot]
) -> Modules:
    """All that are found in the files of the spots, changed."""
    sources = [code.files[each.file] for each in spots]
    return {each.file: replace_nodes(each.module, dict.fromkeys(find(each), change)) for each in sources}


EDITS = (
    Edit(
        name="mark_in_front",
        title="put the mark that {} adds in front of the others",
        plural="hooks",
        find=find_hooks,
        apply=partial(change_all, find_behind, prepend),
    ),
    Edit(
        name="rename_mark_scope",
        title="name the loop of tests by loop_scope in {}",
        plural="files",
        find=find_renamed,
        apply=partial(change_all, find_old_names, rename),
    ),
)
