"""A client, a lock or a queue isn't given a loop: it takes the running one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.cure.edits.calls import drop_keyword
from harness.cure.edits.clients import find_kind
from harness.cure.edits.editing import Edit, Spot
from harness.cure.edits.marks import replace_nodes
from harness.cure.edits.source import find_keyword
from harness.cure.edits.tree import find_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules
    from harness.cure.edits.source import SourceFile


def find_calls(code: SuiteCode, source: SourceFile) -> list[cst.Call]:
    """The calls that hand a loop to a client, or to a primitive of asyncio."""
    found = []
    for call in find_all(source.module, cst.Call) if b"loop=" in source.text else ():
        dotted = source.names.read(call.func)
        known = dotted.startswith("asyncio.") or find_kind(dotted, call, code.facts.target)
        if known and find_keyword(call, "loop") is not None and not dotted.endswith((".ensure_future", "_threadsafe")):
            found.append(call)
    return found


def find_handed(code: SuiteCode) -> Iterator[Spot]:
    for source in code.files.values():
        if find_calls(code, source):
            yield Spot(source.file, "", f"`{source.file}`")


def drop_loops(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    changed = {}
    for spot in spots:
        source = code.files[spot.file]
        changed[spot.file] = replace_nodes(source.module, dict.fromkeys(find_calls(code, source), drop_loop))
    return changed


def drop_loop(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    return drop_keyword(node, "loop")


EDITS = (
    Edit(
        name="drop_loop_argument",
        title="don't hand the loop to what {} makes",
        plural="files",
        find=find_handed,
        apply=drop_loops,
    ),
)
